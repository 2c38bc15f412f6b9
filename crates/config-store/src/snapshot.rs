//! What a request holds: one accepted document, frozen.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use config_model::Problems;

use crate::revision::Revision;

/// One accepted document, whole and unchanging for as long as it is held. Cheap to clone, `Send` and `Sync`.
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
pub struct Snapshot<D>(Arc<Accepted<D>>);

struct Accepted<D> {
    document: D,
    revision: Revision,
    generation: u64,
    warnings: Problems,
}

impl<D> Snapshot<D> {
    pub(crate) fn new(document: D, revision: Revision, generation: u64, warnings: Problems) -> Self {
        Self(Arc::new(Accepted { document, revision, generation, warnings }))
    }

    /// The revision of the file's bytes that this was read from.
    pub fn revision(&self) -> Revision {
        self.0.revision
    }

    /// Counts the documents that this store accepted, from 1. A later snapshot never has a smaller one.
    pub fn generation(&self) -> u64 {
        self.0.generation
    }

    /// What was odd about the file, such as unknown fields.
    pub fn warnings(&self) -> &Problems {
        &self.0.warnings
    }
}

impl<D> Deref for Snapshot<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0.document
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
        let Accepted { revision, generation, .. } = &*self.0;
        f.debug_struct("Snapshot")
            .field("revision", revision)
            .field("generation", generation)
            .finish_non_exhaustive()
    }
}
