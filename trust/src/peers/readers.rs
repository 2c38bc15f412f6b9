//! The readers that are compared, each as its own documentation shows it.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use anyhow::Result;
use config_model::{Config, Limits, decode_with};
use figment::Figment;
use figment::providers::{Format as _, Json};
use hotswap_config::prelude::HotswapConfig;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::schema::Plain;

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Ours,
    Figment,
    Config,
    Hotswap,
    SerdeJson,
}

impl Reader {
    pub(crate) const ALL: [Self; 5] =
        [Self::Ours, Self::Figment, Self::Config, Self::Hotswap, Self::SerdeJson];

    /// As the table has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "config-model",
            Self::Figment => "figment",
            Self::Config => "config",
            Self::Hotswap => "hotswap-config",
            Self::SerdeJson => "serde_json",
        }
    }
}

/// What they need: a file, and for one of them a runtime.
pub(crate) struct Readers {
    file: PathBuf,
    runtime: Runtime,
    _directory: TempDir,
}

impl Readers {
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { file: directory.path().join("config.json"), runtime, _directory: directory })
    }

    /// Puts these bytes into the file.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<()> {
        super::write_bytes(&self.file, bytes)
    }

    /// Does `reader` take the file for a config? A panic is no acceptance.
    pub(crate) fn accepts(&self, reader: Reader, is_strict: bool) -> bool {
        let read = || match reader {
            Reader::Ours => ours(&self.file, is_strict),
            Reader::Figment => figment(&self.file),
            Reader::Config => config(&self.file),
            Reader::Hotswap => self.runtime.block_on(hotswap(&self.file)),
            Reader::SerdeJson => serde_json(&self.file),
        };
        let hook = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        let accepted = panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or(false);
        panic::set_hook(hook);
        accepted
    }
}

fn ours(file: &Path, strict: bool) -> bool {
    let limits = Limits { strict, ..Limits::default() };
    fs::read(file).is_ok_and(|bytes| decode_with::<Config>(&bytes, limits).is_ok())
}

fn figment(file: &Path) -> bool {
    Figment::new().merge(Json::file(file)).extract::<Plain>().is_ok()
}

fn config(file: &Path) -> bool {
    let built = config::Config::builder().add_source(config::File::from(file)).build();
    built.is_ok_and(|config| config.try_deserialize::<Plain>().is_ok())
}

async fn hotswap(file: &Path) -> bool {
    HotswapConfig::builder().with_file(file).build::<Plain>().await.is_ok()
}

fn serde_json(file: &Path) -> bool {
    fs::read(file).is_ok_and(|bytes| serde_json::from_slice::<Plain>(&bytes).is_ok())
}
