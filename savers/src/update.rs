//! One save by another process that has a store of its own.

use std::path::PathBuf;

use anyhow::Result;
use config_model::Config;
use config_store::Options;

/// One save by another process
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Update {
    file: PathBuf,
    generation: u64,
}

/// Saves this generation.
pub(crate) fn run(update: &Update) -> Result<()> {
    let store = Options::<Config>::new().watch(None).open(&update.file)?;
    store.update(|config| config.retention.events_days = update.generation)?;
    Ok(())
}
