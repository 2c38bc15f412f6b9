//! How a store is opened.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use config_fs::Trust;
use config_model::{Document, Problem};

use crate::open::OpenError;
use crate::overlay::Overlay;
use crate::reading::Reading;
use crate::rejection::Rejection;
use crate::settings::Settings;
use crate::store::Store;
use crate::vet::Vetting;

/// How a [`Store`] is opened. The defaults are those of [`Store::open`]: seed, migrate, watch.
///
/// ```
/// use config_model::Config;
/// use config_store::{Options, Store};
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Options::new().watch(None).open(path)?;
/// assert_eq!(store.snapshot().retention.events_days, 90);
/// # Ok::<(), config_store::OpenError>(())
/// ```
pub struct Options<D> {
    pub(crate) settings: Settings,
    pub(crate) vetting: Vetting<D>,
}

impl<D> Default for Options<D> {
    fn default() -> Self {
        Self { settings: Settings::default(), vetting: Vetting::none() }
    }
}

impl<D> Clone for Options<D> {
    fn clone(&self) -> Self {
        Self { settings: self.settings.clone(), vetting: self.vetting.clone() }
    }
}

impl<D> fmt::Debug for Options<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl<D> Options<D> {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// What this store is called in the log and in metrics, such as `gateway`: the same on every machine, and no other store
    /// of this process has it. Default: the path of the file, in which two stores of one process always differ, and which a
    /// metric shows to whoever may read it.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Write a first file where there is none? Default: yes.
    #[must_use]
    pub fn seed(mut self, seed: bool) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Bring a file of an older version up to the present one, after a copy of it was kept beside it? Default: yes.
    /// With no, it is migrated in memory and rewritten by the first update.
    #[must_use]
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.settings.migrate = migrate;
        self
    }

    /// How to watch the file. Default: 250 ms of debounce, a poll every 400 ms. `None`: only
    /// [`Store::reload`] looks.
    #[must_use]
    pub fn watch(mut self, watch: Option<config_watch::Options>) -> Self {
        self.settings.watch = watch;
        self
    }

    /// The largest file, in bytes. Default: 64 MiB.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.settings.limits.max_bytes = max_bytes;
        self
    }

    /// Are unknown fields problems, not warnings? Default: no.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.settings.limits.strict = strict;
        self
    }

    /// The widest mode of the file that is nothing to warn about, for where something else sets it, as Kubernetes does
    /// (0440, 0640). Default: 0600. A file that group or others may write is refused whatever is expected, and a save makes
    /// the mode 0600.
    #[must_use]
    pub fn expected_mode(mut self, mode: u32) -> Self {
        self.settings.trust = self.settings.trust.expected_mode(mode);
        self
    }

    /// Are a file and directories served that belong to one other user than root and this one? That user decides for this
    /// program then. Default: no. See [`Trust::allow_foreign_owner`].
    #[must_use]
    pub fn allow_foreign_owner(mut self, allow: bool) -> Self {
        self.settings.trust = self.settings.trust.allow_foreign_owner(allow);
        self
    }

    /// Whom to trust, by these options.
    pub fn trust(&self) -> Trust {
        self.settings.trust
    }

    /// How long an update waits for other processes and threads that are changing the file. Default: 10 s.
    #[must_use]
    pub fn lock_wait(mut self, lock_wait: Duration) -> Self {
        self.settings.lock_wait = lock_wait;
        self
    }

    /// How long an empty, missing or half-written file may stay so before it is reported. Default: 1 s.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.settings.patience = patience;
        self
    }

    /// What this program has against a document that the schema accepts, before it is served: `verifier` is asked with the
    /// document that is served, or `None` when the store is opened, and the one that would be. When it says no, what is served
    /// stays, and the problem is told like any other: [`Rejection`], [`Event::Rejected`](crate::Event::Rejected),
    /// [`Status::rejection`](crate::Status::rejection); by an update as [`UpdateError::Refused`](crate::UpdateError::Refused),
    /// and nothing is written.
    ///
    /// Of several verifiers all are asked. They may be asked more than once about the same document, and one that was let pass
    /// may still not be served, when its save fails. Updates that are saved together are judged as one. A document that differs
    /// in nothing from the one that is served is not asked about. One that panics says no by it.
    ///
    /// It runs while nothing else can be published, and must not wait for this store's updates, reloads or status.
    ///
    /// ```
    /// use config_model::{Config, Pointer, Problem};
    /// use config_store::Options;
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("config.json");
    /// let options = Options::new().verify(|old: Option<&Config>, new: &Config| {
    ///     if old.is_some_and(|old| old.features.auth) && !new.features.auth {
    ///         let place = Pointer::root().key("features").key("auth");
    ///         return Err(Problem::veto(place, "must not be switched off while this runs").with_help("restart it"));
    ///     }
    ///     Ok(())
    /// });
    /// let store = options.open(path)?;
    /// let refused = store.update(|config| config.features.auth = false).unwrap_err();
    /// assert!(refused.to_string().contains("must not be switched off"));
    /// assert!(store.snapshot().features.auth);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn verify(
        mut self,
        verifier: impl Fn(Option<&D>, &D) -> Result<(), Problem> + Send + Sync + 'static,
    ) -> Self {
        self.vetting.verifiers.push(Arc::new(verifier));
        self
    }

    /// Lays something over the file for as long as the store is open, from the first snapshot on: as [`Store::overlay`].
    ///
    /// ```
    /// use config_model::Config;
    /// use config_store::Options;
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("config.json");
    /// let days = std::env::var("EVENTS_DAYS").ok().and_then(|days| days.parse().ok());
    /// let options = Options::new().overlay(move |config: &mut Config| {
    ///     if let Some(days) = days {
    ///         config.retention.events_days = days;
    ///     }
    /// });
    /// let store = options.open(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn overlay(mut self, change: impl Fn(&mut D) + Send + Sync + 'static) -> Self {
        self.vetting.overlays.push(Overlay::new(change));
        self
    }
}

impl<D: Document> Options<D> {
    /// Reads and checks the file at `path`, whose name says which [`Syntax`](config_model::Syntax) it has. It is never
    /// written, seeded, migrated or locked; nothing is laid over it, and no verifier is asked.
    ///
    /// # Errors
    /// Everything in the file that keeps a store from serving it.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Reading<D>, Rejection> {
        self.settings.clone().at(path.as_ref()).read(path.as_ref())
    }

    /// Opens the store.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<Store<D>, OpenError> {
        Store::open_with(path.as_ref(), self)
    }
}
