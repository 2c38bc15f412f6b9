//! The current document, swapped as a whole, and read without readers getting in one another's way.
//!
//! A shared reference count is what makes readers slow: every core has to have the one cache line that it is in. So the
//! document is held by several counts, each for some of the threads, and by one for each [`Reader`](crate::Reader).

use std::{array, mem};

use crate::snapshot::Snapshot;
use crate::sync::{Arc, AtomicU64, Mutex, Ordering, own_number};

/// So many counts, however many processors there are: to ask for their number is to read half a dozen files. Each count is
/// replaced when a document is published, in a few microseconds for all. A power of two, so that a thread's own is found
/// without a division. Two make every difference that more would make, and the model check tries all orders of their locks.
const STRIPES: usize = if cfg!(all(test, loom)) { 2 } else { 64 };

/// Alone in its cache lines: processors fetch two at a time.
#[repr(align(128))]
struct Apart<T>(T);

/// A stripe of readers has a lock that is held for a clone alone; a writer holds all of them for as many pointer swaps, so
/// that nobody reads the old document after somebody has read the new one.
pub(crate) struct Current<D> {
    /// That of the document that is in place.
    generation: Apart<AtomicU64>,
    stripes: [Stripe<D>; STRIPES],
}

type Stripe<D> = Apart<Mutex<Snapshot<D>>>;

impl<D> Current<D> {
    pub(crate) fn new(first: &Snapshot<D>) -> Arc<Self> {
        Arc::new(Self {
            generation: Apart(AtomicU64::new(first.generation())),
            stripes: array::from_fn(|_| Apart(Mutex::new(first.apart()))),
        })
    }

    /// The generation of what [`get`](Self::get) would return. Whoever saw a document of this generation, or was told of one
    /// by somebody who did, sees no smaller number.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.0.load(Ordering::Acquire)
    }

    pub(crate) fn get(&self) -> Snapshot<D> {
        let [first, ..] = &self.stripes;
        self.stripes.get(own_number() % STRIPES).unwrap_or(first).0.lock().clone()
    }

    /// Puts `next` in place and hands back what was there. The caller gives swaps their order: of two at a time, the older
    /// one could come last.
    pub(crate) fn swap(&self, next: &Snapshot<D>) -> Snapshot<D> {
        let mut fresh: [_; STRIPES] = array::from_fn(|_| next.apart());
        let mut stripes = self.stripes.each_ref().map(|stripe| stripe.0.lock());
        stripes.iter_mut().zip(&mut fresh).for_each(|(stripe, fresh)| mem::swap(&mut **stripe, fresh));
        // While nobody can read, so that nobody knows of the new one and finds the old number.
        self.generation.0.store(next.generation(), Ordering::Release);
        // The old ones go when everybody can read again.
        drop(stripes);
        let [before, ..] = fresh;
        before
    }
}
