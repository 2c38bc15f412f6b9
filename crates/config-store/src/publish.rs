//! The current document, swapped as a whole.

use std::mem;

use parking_lot::RwLock;

use crate::snapshot::Snapshot;

/// Readers clone under a read lock that is held for the clone alone; a writer holds it for a pointer swap.
pub(crate) struct Current<D>(RwLock<Snapshot<D>>);

impl<D> Current<D> {
    pub(crate) fn new(first: Snapshot<D>) -> Self {
        Self(RwLock::new(first))
    }

    pub(crate) fn get(&self) -> Snapshot<D> {
        self.0.read().clone()
    }

    /// Puts `next` in place and hands back what was there: dropping a large document is not done under the lock.
    pub(crate) fn swap(&self, next: Snapshot<D>) -> Snapshot<D> {
        mem::replace(&mut *self.0.write(), next)
    }
}
