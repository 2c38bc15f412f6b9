//! How a store is opened.

use std::path::Path;
use std::time::Duration;

use config_fs::{ConfigFile, Contents, Trust};
use config_model::{Document, Limits};

use crate::open::OpenError;
use crate::reading::{Reading, accept};
use crate::rejection::Rejection;
use crate::revision::Revision;
use crate::store::Store;

/// How a [`Store`] is opened. The defaults are those of [`Store::open`]: seed, migrate, watch.
///
/// ```
/// use config_model::Config;
/// use config_store::Options;
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("config.json");
/// let store = Options::new().watch(None).open::<Config>(path)?;
/// assert_eq!(store.snapshot().retention.events_days, 90);
/// # Ok::<(), config_store::OpenError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) seed: bool,
    pub(crate) migrate: bool,
    pub(crate) watch: Option<config_watch::Options>,
    pub(crate) limits: Limits,
    pub(crate) trust: Trust,
    pub(crate) lock_wait: Duration,
    pub(crate) patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: true,
            migrate: true,
            watch: Some(config_watch::Options::default()),
            limits: Limits::default(),
            trust: Trust::default(),
            lock_wait: Duration::from_secs(10),
            patience: Duration::from_secs(1),
        }
    }
}

impl Options {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Write a first file where there is none? Default: yes.
    #[must_use]
    pub fn seed(mut self, seed: bool) -> Self {
        self.seed = seed;
        self
    }

    /// Bring a file of an older version up to the present one, after a copy of it was kept beside it? Default: yes.
    /// With no, it is migrated in memory and rewritten by the first update.
    #[must_use]
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// How to watch the file. Default: 250 ms of debounce, a poll every 400 ms. `None`: only
    /// [`Store::reload`] looks.
    #[must_use]
    pub fn watch(mut self, watch: Option<config_watch::Options>) -> Self {
        self.watch = watch;
        self
    }

    /// The largest file, in bytes. Default: 64 MiB.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.limits.max_bytes = max_bytes;
        self
    }

    /// Are unknown fields problems, not warnings? Default: no.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.limits.strict = strict;
        self
    }

    /// The widest mode of the file that is nothing to warn about, for where something else sets it, as Kubernetes does
    /// (0440, 0640). Default: 0600. A file that group or others may write is refused whatever is expected, and a save makes
    /// the mode 0600.
    #[must_use]
    pub fn expected_mode(mut self, mode: u32) -> Self {
        self.trust = self.trust.expected_mode(mode);
        self
    }

    /// Are a file and directories served that belong to one other user than root and this one? That user decides for this
    /// program then. Default: no. See [`Trust::allow_foreign_owner`].
    #[must_use]
    pub fn allow_foreign_owner(mut self, allow: bool) -> Self {
        self.trust = self.trust.allow_foreign_owner(allow);
        self
    }

    /// Whom to trust, by these options.
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// How long an update waits for other processes and threads that are changing the file. Default: 10 s.
    #[must_use]
    pub fn lock_wait(mut self, lock_wait: Duration) -> Self {
        self.lock_wait = lock_wait;
        self
    }

    /// How long an empty, missing or half-written file may stay so before it is reported. Default: 1 s.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Reads and checks the file at `path`. It is never written, seeded, migrated or locked.
    ///
    /// # Errors
    /// Everything that keeps a store from serving it.
    pub fn read<D: Document>(&self, path: impl AsRef<Path>) -> Result<Reading<D>, Rejection> {
        let path = path.as_ref();
        let contents = self.contents(path)?;
        let revision = Revision::of(contents.bytes());
        accept(path, contents, revision, self.limits)
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

    /// Opens the store.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open<D: Document>(self, path: impl AsRef<Path>) -> Result<Store<D>, OpenError> {
        Store::open_with(path.as_ref(), self)
    }
}
