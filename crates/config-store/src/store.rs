//! The store: one file, its current document, and those who want to know.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config_fs::Concern;
use config_model::Document;
use config_watch::{Health as WatchHealth, Watch};
use parking_lot::Mutex;

use crate::changes::{Cause, Change, Event};
use crate::clock;
use crate::group::Group;
use crate::listeners::{Keeps, Listeners};
use crate::log::{self, Origin};
use crate::look::Look;
#[cfg(feature = "metrics")]
use crate::meters;
use crate::meters::Meters;
use crate::open::OpenError;
use crate::options::Options;
use crate::publish::Current;
use crate::reader::Reader;
use crate::rejection::Rejection;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::status::Status;
use crate::subscription::{Events, Subscription};
use crate::sync;
use crate::turn::Turns;
use crate::vet::{Vetted, Vetting};

/// A typed config file: its current document in memory, kept up with the disk.
///
/// A clone is the same store. Dropping the last one ends the watch and joins its thread.
pub struct Store<D: Document>(Arc<Handle<D>>);

/// The watch holds the shared part weakly, so that it never keeps a store alive.
struct Handle<D: Document> {
    shared: Arc<Shared<D>>,
    /// None when nothing is watched; taken first when the store goes.
    watch: Option<Watch>,
}

/// What the store's owner and its watch thread both work on.
pub(crate) struct Shared<D> {
    pub(crate) path: PathBuf,
    /// Of its metrics.
    pub(crate) label: Arc<str>,
    pub(crate) meters: Meters,
    pub(crate) settings: Settings,
    /// Changed under the lock of `look`, and read under it: it has a lock of its own for its type alone.
    pub(crate) vetting: Mutex<Vetting<D>>,
    pub(crate) current: sync::Arc<Current<D>>,
    pub(crate) opened_by: Cause,
    /// The edits that are saved together.
    pub(crate) group: Group<D>,
    /// One save at a time: held from its read to its publication.
    pub(crate) writer: Mutex<Turns>,
    /// What is known of the disk. Held while a document is published, so that looks and updates have an order.
    pub(crate) look: Mutex<Look>,
    pub(crate) listeners: Listeners<D>,
}

impl<D: Document> Store<D> {
    /// Opens the config file at `path`, and serves and watches it.
    ///
    /// - Where there is no file, and only when the kernel says so, the schema's [`seed`](Document::seed) is written, mode
    ///   0600; missing directories are made, mode 0700. An empty file is not a missing one.
    /// - A file whose name ends in `.jsonc` may have comments and trailing commas, which stay in every save; any other is
    ///   strict JSON. It is the name given here that counts, not that of what a symlink leads to.
    /// - What a crashed save left is removed.
    /// - A file of an older version is copied to `NAME.v1-REVISION.bak` beside it, then migrated and replaced; where that
    ///   cannot be written it is migrated in memory, with a warning that says why.
    /// - Changes by other programs are served within a second; one that is not valid leaves what was served before.
    /// - What is accepted is kept in a [history](Self::history), the last 20 contents: [`rollback`](Self::rollback) goes back.
    ///
    /// # Errors
    /// When there is no valid document to serve. The message says what to do; the file is as it was.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Options::default().open(path)
    }

    pub(crate) fn assemble(shared: Arc<Shared<D>>, watch: Option<Watch>) -> Self {
        Self(Arc::new(Handle { shared, watch }))
    }

    pub(crate) fn shared(&self) -> &Shared<D> {
        &self.0.shared
    }

    /// The file, as it was asked for, made absolute.
    pub fn path(&self) -> &Path {
        &self.shared().path
    }

    /// What it is called in metrics: its [name](Options::name), or its path.
    pub fn name(&self) -> &str {
        &self.shared().label
    }

    /// How the first document came about: [`Cause::Seed`], [`Cause::Open`], [`Cause::Migration`] or [`Cause::Recovery`].
    pub fn opened_by(&self) -> Cause {
        self.shared().opened_by
    }

    /// The current document, frozen. Never blocks on the disk. Nothing is kept for the thread that asks.
    pub fn snapshot(&self) -> Snapshot<D> {
        self.shared().current.get()
    }

    /// A handle for a worker that takes many snapshots.
    pub fn reader(&self) -> Reader<D> {
        Reader::new(self.clone())
    }

    /// Looks at the file now, and takes what it says, without the patience that the watch has for half-written files.
    ///
    /// # Errors
    /// Why what is on disk is not served. The document before stays.
    pub fn reload(&self) -> Result<Snapshot<D>, Rejection> {
        self.shared().look_now()
    }

    /// Has the watch look at the file, if there is one.
    pub(crate) fn look_soon(&self) {
        if let Some(watch) = &self.0.watch {
            watch.look_now();
        }
    }

    /// Accepted documents from now on.
    pub fn subscribe(&self) -> Subscription<D> {
        Subscription(self.shared().listeners.join(Keeps::LatestChange))
    }

    /// Everything that happens from now on: accepted and rejected edits, warnings.
    pub fn events(&self) -> Events<D> {
        Events(self.shared().listeners.join(Keeps::Events))
    }

    /// [`Status::warnings`] alone, for who has just opened a store: the file is not looked at for it.
    pub fn warnings(&self) -> Vec<String> {
        let shared = self.shared();
        shared.look.lock().warnings(&shared.path)
    }

    /// How the store is doing. Waits for a save or a look that is under way, and then asks the file system whether the file is
    /// still what was seen last; only where that is not certain it reads the file.
    pub fn status(&self) -> Status {
        let shared = self.shared();
        let look = shared.look.lock();
        let served = shared.current.get();
        let known = look.known();
        let status = Status {
            path: shared.path.clone(),
            revision: served.revision(),
            generation: served.generation(),
            bytes: served.bytes(),
            stale: false,
            accepted_at: look.accepted_at,
            looked_at: look.looked_at,
            rejection: look.reported.clone(),
            recovered: look.recovered.clone(),
            warnings: look.warnings(&shared.path),
            watch: self.watch_health(),
        };
        drop(look);
        Status { stale: shared.is_stale(&known), ..status }
    }

    fn watch_health(&self) -> Option<WatchHealth> {
        self.0.watch.as_ref().map(Watch::health)
    }

    /// Tells the recorder what only asking shows: whether what is served is what the file says, and how the file is watched; and
    /// everything else again, for a recorder that was installed after the store was opened. To be called when metrics are
    /// gathered. It waits as [`status`](Self::status) does, and keeps no save waiting.
    ///
    /// ```
    /// use config_model::Config;
    /// use config_store::Options;
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("config.json");
    /// let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    /// let store = Options::<Config>::new().name("gateway").open(path)?;
    /// store.collect_metrics();
    /// assert!(recorder.render().contains("config_stale{store=\"gateway\"} 0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "metrics")]
    pub fn collect_metrics(&self) {
        let shared = self.shared();
        let known = shared.look.lock().known();
        meters::register(&shared.label);
        shared.tell_meters();
        meters::observed(
            &shared.label,
            self.watch_health().map(|health| health.mode),
            shared.is_stale(&known),
        );
    }
}

impl<D: Document> Clone for Store<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Document> fmt::Debug for Store<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path())
            .field("current", &self.snapshot())
            .finish_non_exhaustive()
    }
}

impl<D: Document> Drop for Handle<D> {
    fn drop(&mut self) {
        // The thread first: after this nobody looks any more, so that "closed" is the last that listeners hear.
        drop(self.watch.take());
        // Held only where a look itself drops the last handle.
        if let Some(mut look) = self.shared.look.try_lock() {
            self.shared.remember_at_last(&mut look);
        }
        self.shared.listeners.close();
        log::closed(self.shared.origin());
    }
}

impl<D: Document> Shared<D> {
    /// Puts an accepted document in place and tells everyone. `look` is the lock that gives publications their order.
    pub(crate) fn publish(&self, look: &mut Look, vetted: Vetted<D>, cause: Cause) -> Snapshot<D> {
        let after = Snapshot::new(vetted, self.current.get().generation() + 1);
        let before = self.current.swap(&after);
        look.accepted_at = clock::wall();
        if cause != Cause::Overlay {
            look.cause = cause;
            look.recovered = None;
        }
        self.meters.succeeded(look.accepted_at);
        log::accepted(self.origin(), &after, cause);
        self.listeners.tell(&Event::Accepted(Change::new(before, after.clone(), cause)));
        after
    }

    /// Who says so in the log.
    pub(crate) fn origin(&self) -> Origin<'_> {
        self.settings.origin(&self.path)
    }

    /// Tells what was noted under locks, which nobody of this thread holds any more.
    pub(crate) fn tell_meters(&self) {
        self.meters.tell(&self.label, self.current.get().bytes());
    }

    /// Says once what is odd about the file.
    pub(crate) fn warn(&self, look: &mut Look, concerns: &[Concern]) {
        look.concerns = concerns.to_vec();
        for concern in look.warned.fresh(concerns) {
            log::concern(self.origin(), concern);
            self.listeners.tell(&Event::Warning(concern.to_string()));
        }
    }
}
