//! What publishing and reading share memory through: the real things, or in the model check those of `loom`, which tries
//! every order of them.

#[cfg(all(test, loom))]
pub(crate) use crate::model::shared::{Arc, AtomicU64, Mutex, Ordering, own_number};
#[cfg(not(all(test, loom)))]
pub(crate) use real::{Arc, AtomicU64, Mutex, Ordering, own_number};

/// The count whose last holder gets what it counts. The same in the model, whose own has no `into_inner`: what it orders is
/// the standard library's promise.
pub(crate) use std::sync::Arc as Counted;

#[cfg(not(all(test, loom)))]
mod real {
    pub(crate) use std::sync::Arc;
    pub(crate) use std::sync::atomic::{AtomicU64, Ordering};

    use std::cell::Cell;
    use std::sync::atomic::AtomicUsize;

    pub(crate) use parking_lot::Mutex;

    /// Threads are counted, each once.
    #[inline]
    pub(crate) fn own_number() -> usize {
        thread_local! {
            // Without a destructor, and so without a check whether it has run.
            static OWN: Cell<usize> = const { Cell::new(0) };
        }
        OWN.with(|own| match own.get() {
            0 => {
                own.set(next_number());
                own.get()
            }
            number => number,
        })
    }

    #[cold]
    fn next_number() -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }
}
