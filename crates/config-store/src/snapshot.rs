//! What a request holds: one accepted document, frozen.

use std::fmt;
use std::ops::Deref;

use config_model::{Document, Problems};

use crate::retire::retire;
use crate::revision::Revision;
use crate::sync::{Arc, Counted};
use crate::vet::Vetted;

/// One accepted document, whole and unchanging for as long as it is held. Cheap to clone, `Send` and `Sync`.
///
/// Whoever drops the last one of an old document does not wait for it to be freed: a thread of its own does that.
///
/// Take one when a request starts and use it to its end: a reload in between is then not seen by half of the request.
///
/// There is no way to change it:
///
/// ```compile_fail,E0594
/// # fn demo(snapshot: config_store::Snapshot<config_model::Config>) {
/// snapshot.features.debug = true; // cannot assign to data behind a shared reference
/// # }
/// ```
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let config = store.snapshot();
/// store.update(|config| config.features.debug = true)?;
/// assert!(!config.features.debug); // as it was
/// assert!(store.snapshot().features.debug && store.snapshot().generation() > config.generation());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Snapshot<D>(Arc<Held<D>>);

/// One of the counts of who holds a document: those that many threads touch at once would be what they wait for.
struct Held<D> {
    /// `None` when it is dropped, and only then.
    accepted: Option<Counted<Accepted<D>>>,
    /// Where the document goes when this is the last to let go of it.
    retire: fn(Accepted<D>),
}

pub(crate) struct Accepted<D> {
    pub(crate) document: D,
    /// What the file says, where something is laid over it.
    pub(crate) file: Option<Box<D>>,
    pub(crate) revision: Revision,
    /// How many there are in the text that it was read from.
    pub(crate) bytes: usize,
    pub(crate) generation: u64,
    pub(crate) warnings: Problems,
    /// Is it what a text of an older version was migrated to?
    pub(crate) is_migrated: bool,
}

impl<D: Document> Snapshot<D> {
    pub(crate) fn new(vetted: Vetted<D>, generation: u64) -> Self {
        let (Read { document, revision, bytes, warnings, is_migrated }, overlaid) = vetted.into_parts();
        let (document, file) = match overlaid {
            Some(overlaid) => (overlaid, Some(Box::new(document))),
            None => (document, None),
        };
        let accepted = Accepted { document, file, revision, bytes, generation, warnings, is_migrated };
        Self::retired_by(retire, accepted)
    }

    /// As it was read, to be served in another way.
    pub(crate) fn to_read(&self) -> Read<D> {
        let Accepted { revision, bytes, warnings, is_migrated, .. } = &**self.accepted();
        let (document, warnings) = (self.file().clone(), warnings.clone());
        Read { document, revision: *revision, bytes: *bytes, warnings, is_migrated: *is_migrated }
    }
}

/// A document as it was read, on its way to be served.
pub(crate) struct Read<D> {
    pub(crate) document: D,
    pub(crate) revision: Revision,
    pub(crate) bytes: usize,
    pub(crate) warnings: Problems,
    pub(crate) is_migrated: bool,
}

impl<D> Snapshot<D> {
    /// The first of a document, and what each of its counts goes to.
    pub(crate) fn retired_by(retire: fn(Accepted<D>), accepted: Accepted<D>) -> Self {
        Self(Arc::new(Held { accepted: Some(Counted::new(accepted)), retire }))
    }

    /// The same document, with a reference count of its own.
    pub(crate) fn apart(&self) -> Self {
        let Held { accepted, retire } = &*self.0;
        Self(Arc::new(Held { accepted: accepted.clone(), retire: *retire }))
    }

    #[expect(clippy::expect_used, reason = "it is there until it is dropped")]
    pub(crate) fn accepted(&self) -> &Counted<Accepted<D>> {
        self.0.accepted.as_ref().expect("a document")
    }

    /// What the file says: the same, but for what this program [lays over it](crate::Store::overlay).
    pub fn file(&self) -> &D {
        let accepted = self.accepted();
        accepted.file.as_deref().unwrap_or(&accepted.document)
    }

    pub(crate) fn is_migrated(&self) -> bool {
        self.accepted().is_migrated
    }

    /// The revision of the file's bytes that this was read from.
    pub fn revision(&self) -> Revision {
        self.accepted().revision
    }

    pub(crate) fn bytes(&self) -> usize {
        self.accepted().bytes
    }

    /// Counts the documents that this store accepted, from 1. A later snapshot never has a smaller one.
    pub fn generation(&self) -> u64 {
        self.accepted().generation
    }

    /// What was odd about the file, such as unknown fields.
    pub fn warnings(&self) -> &Problems {
        &self.accepted().warnings
    }
}

/// Whoever drops it, frees nothing of the document.
impl<D> Drop for Held<D> {
    fn drop(&mut self) {
        if let Some(accepted) = self.accepted.take().and_then(Counted::into_inner) {
            (self.retire)(accepted);
        }
    }
}

impl<D> Deref for Snapshot<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.accepted().document
    }
}

impl<D> Clone for Snapshot<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Without the document: a schema's own `Debug` may print a secret.
impl<D> fmt::Debug for Snapshot<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Accepted { revision, generation, .. } = &**self.accepted();
        f.debug_struct("Snapshot")
            .field("revision", revision)
            .field("generation", generation)
            .finish_non_exhaustive()
    }
}
