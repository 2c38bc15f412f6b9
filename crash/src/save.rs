//! One save, by a process of its own, for tools that interrupt it.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::generations::Generations;
use crate::writer::Writer;

/// One save by a process of its own
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Once {
    writer: Writer,
    path: PathBuf,
}

/// Counts the file's first counter up by one. It was saved when this returns `Ok`.
pub(crate) fn run(once: &Once) -> Result<()> {
    let open = once.writer.open::<Generations>(&once.path)?;
    open.save(|text| {
        Generations::of(text.as_bytes()).map_or_else(|| text.to_owned(), |now| now.next_a().text())
    })
    .with_context(|| format!("{:?}", once.writer))
}
