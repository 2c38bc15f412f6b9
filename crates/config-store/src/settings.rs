//! How a store is opened, but for what depends on the schema.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use config_fs::{ConfigFile, Contents, Trust, shown};
use config_model::{Document, Limits, Syntax};

use crate::log::Origin;
use crate::reading::{Reading, accept};
use crate::recovery::Recovery;
use crate::rejection::Rejection;
use crate::revision::Revision;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) seed: bool,
    pub(crate) migrate: bool,
    pub(crate) keep_opened: bool,
    pub(crate) watch: Option<config_watch::Options>,
    pub(crate) limits: Limits,
    pub(crate) trust: Trust,
    pub(crate) lock_wait: Duration,
    pub(crate) patience: Duration,
    /// How many accepted contents to keep, where this program has a say in it.
    pub(crate) history: Option<usize>,
    pub(crate) recovery: Recovery,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            seed: true,
            migrate: true,
            keep_opened: true,
            watch: Some(config_watch::Options::default()),
            limits: Limits::default(),
            trust: Trust::default(),
            lock_wait: Duration::from_secs(10),
            patience: Duration::from_secs(1),
            history: None,
            recovery: Recovery::default(),
        }
    }
}

impl Settings {
    /// For the file at `path`, whose name says which syntax it has.
    pub(crate) fn at(mut self, path: &Path) -> Self {
        self.limits.syntax = Syntax::of(path);
        self
    }

    /// Reads the file at `path`, which these settings are [for](Self::at).
    pub(crate) fn read<D: Document>(&self, path: &Path) -> Result<Reading<D>, Rejection> {
        let contents = self.contents(path)?;
        let revision = Revision::of(contents.bytes());
        accept(path, contents, revision, self.limits)
    }

    /// Who says so in the log, of the store at `path`.
    pub(crate) fn origin<'a>(&'a self, path: &'a Path) -> Origin<'a> {
        Origin { name: self.name.as_deref(), path }
    }

    /// What tells the store at `path` from others of this process.
    pub(crate) fn label(&self, path: &Path) -> Arc<str> {
        self.name.clone().unwrap_or_else(|| shown(path).to_string().into())
    }

    /// The bytes of the file at `path`, if whoever may write it is trusted.
    pub(crate) fn contents(&self, path: &Path) -> Result<Contents, Rejection> {
        let file =
            ConfigFile::locate_with(path, self.trust).map_err(|error| Rejection::of_locate(path, &error))?;
        file.read(self.max_bytes_read()).map_err(|error| Rejection::of_read(path, &error))
    }

    /// One byte count for the reader and the decoder, which takes no more than 4 GiB.
    pub(crate) fn max_bytes_read(&self) -> u64 {
        u64::try_from(self.limits.max_bytes).unwrap_or(u64::MAX).min(u64::from(u32::MAX) - 1)
    }
}
