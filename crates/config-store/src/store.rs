//! The store: one file, its current document, and those who want to know.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config_fs::{Concern, shown};
use config_model::Document;
use config_watch::Watch;
use parking_lot::Mutex;

use crate::changes::{Cause, Change, Event};
use crate::clock;
use crate::group::Group;
use crate::listeners::{Keeps, Listeners};
use crate::open::OpenError;
use crate::options::Options;
use crate::publish::Current;
use crate::reader::Reader;
use crate::rejection::Rejection;
use crate::reload::Look;
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
    /// - What a crashed save left is removed.
    /// - A file of an older version is copied to `NAME.v1-REVISION.bak` beside it, then migrated and replaced; where that
    ///   cannot be written it is migrated in memory, with a warning that says why.
    /// - Changes by other programs are served within a second; one that is not valid leaves what was served before.
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

    /// How the first document came about: [`Cause::Seed`], [`Cause::Open`] or [`Cause::Migration`].
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

    /// How the store is doing. Waits for a save or a look that is under way.
    pub fn status(&self) -> Status {
        let shared = self.shared();
        let look = shared.look.lock();
        let served = shared.current.get();
        Status {
            path: shared.path.clone(),
            revision: served.revision(),
            generation: served.generation(),
            accepted_at: look.accepted_at,
            looked_at: look.looked_at,
            rejection: look.reported.clone(),
            warnings: look.warnings(),
            watch: self.0.watch.as_ref().map(Watch::health),
        }
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
        self.shared.listeners.close();
    }
}

impl<D: Document> Shared<D> {
    /// Puts an accepted document in place and tells everyone. `look` is the lock that gives publications their order.
    pub(crate) fn publish(&self, look: &mut Look, vetted: Vetted<D>, cause: Cause) -> Snapshot<D> {
        let after = Snapshot::new(vetted, self.current.get().generation() + 1);
        let revision = after.revision();
        let before = self.current.swap(&after);
        look.accepted_at = clock::wall();
        tracing::info!(path = %shown(&self.path), %revision, %cause, "config accepted");
        self.listeners.tell(&Event::Accepted(Change::new(before, after.clone(), cause)));
        after
    }

    /// Says once what is odd about the file.
    pub(crate) fn warn(&self, look: &mut Look, concerns: &[Concern]) {
        look.concerns = concerns.to_vec();
        for concern in look.warned.fresh(concerns) {
            tracing::warn!(path = %shown(&self.path), "{concern}");
            self.listeners.tell(&Event::Warning(concern.to_string()));
        }
    }
}
