//! A handle for a thread or task that reads often.

use std::fmt;

use config_model::Document;

use crate::publish::Current;
use crate::snapshot::{Accepted, Snapshot};
use crate::store::Store;
use crate::sync::{Arc, Counted};

/// Reads the current document for one worker, by a reference count that no other worker touches.
///
/// It is for a worker that serves one request after the other, and asks for a snapshot at the start of each;
/// [`Store::snapshot`] is for everybody else.
///
/// Between two calls it keeps the document that it last saw, also when that is an old one: an idle handle holds on to one old
/// document at most, until it is used again, [refreshed](Self::current) or dropped. It keeps the store open, as a clone of it
/// would. A clone of a handle is a handle of its own.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let mut reader = store.reader();
/// std::thread::spawn(move || {
///     for _request in 0..3 {
///         let config = reader.snapshot();
///         assert!(config.route("unknown", None).is_err());
///     }
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reader<D: Document> {
    latest: Latest<D>,
    store: Store<D>,
}

impl<D: Document> Reader<D> {
    pub(crate) fn new(store: Store<D>) -> Self {
        Self { latest: Latest::of(&store.shared().current), store }
    }

    /// The current document, frozen, to be kept for a request. Never older than any that somebody told this thread of.
    #[inline]
    pub fn snapshot(&mut self) -> Snapshot<D> {
        self.latest.snapshot()
    }

    /// The current document, to be looked at without keeping it. Never older than any that somebody told this thread of.
    #[inline]
    pub fn current(&mut self) -> &D {
        self.latest.document()
    }

    /// The store that it reads.
    pub fn store(&self) -> &Store<D> {
        &self.store
    }
}

impl<D: Document> Clone for Reader<D> {
    fn clone(&self) -> Self {
        Self::new(self.store.clone())
    }
}

impl<D: Document> fmt::Debug for Reader<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("latest", &self.latest.snapshot).finish_non_exhaustive()
    }
}

/// What a handle last saw, and how it catches up.
pub(crate) struct Latest<D> {
    current: Arc<Current<D>>,
    /// The generation of `snapshot`, at hand.
    generation: u64,
    /// What `snapshot` holds, at hand too. Before it, so that it is never the last to be dropped.
    accepted: Counted<Accepted<D>>,
    /// With a reference count of its own.
    snapshot: Snapshot<D>,
}

impl<D> Latest<D> {
    pub(crate) fn of(current: &Arc<Current<D>>) -> Self {
        let snapshot = current.get().apart();
        Self {
            generation: snapshot.generation(),
            accepted: Counted::clone(snapshot.accepted()),
            snapshot,
            current: Arc::clone(current),
        }
    }

    #[inline]
    pub(crate) fn snapshot(&mut self) -> Snapshot<D> {
        self.catch_up();
        self.snapshot.clone()
    }

    #[inline]
    pub(crate) fn document(&mut self) -> &D {
        self.catch_up();
        &self.accepted.document
    }

    #[inline]
    fn catch_up(&mut self) {
        if self.current.generation() != self.generation {
            self.refresh();
        }
    }

    #[cold]
    fn refresh(&mut self) {
        let latest = self.current.get().apart();
        // Not the last of the old one: `snapshot` has it still.
        self.accepted = Counted::clone(latest.accepted());
        self.generation = latest.generation();
        self.snapshot = latest;
    }
}
