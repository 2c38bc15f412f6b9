//! Publishing and reading in every order that threads and memory can have, by `loom`. `cargo xtask model` runs it.
//!
//! The code is that of `publish`, `reader` and `snapshot`; what is modelled is what they share memory through.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use config_model::Problems;
use loom::thread;

use self::shared::{Arc, AtomicU64, Ordering, RETIRING, be_number};
use crate::publish::Current;
use crate::reader::Latest;
use crate::revision::Revision;
use crate::snapshot::{Accepted, Snapshot};

/// Stands in for the standard library and `parking_lot`.
pub(crate) mod shared {
    use std::cell::Cell;
    use std::sync::PoisonError;

    pub(crate) use loom::sync::Arc;
    use loom::sync::MutexGuard;
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};

    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    loom::thread_local! {
        static OWN: Cell<usize> = Cell::new(0);
        /// Is this thread the one that frees old documents, for now?
        pub(super) static RETIRING: Cell<bool> = Cell::new(false);
    }

    /// Which stripe a thread reads is the test's choice.
    pub(super) fn be_number(number: usize) {
        OWN.with(|own| own.set(number));
    }

    pub(crate) fn own_number() -> usize {
        OWN.with(Cell::get)
    }
}

/// How often each document was freed. Not modelled: it orders nothing.
type Freed = std::sync::Arc<[AtomicUsize; 4]>;

/// A document that knows its number, and says when and where it is freed.
struct Numbered {
    number: u64,
    freed: Freed,
}

impl Numbered {
    fn freed(&self) -> &AtomicUsize {
        &self.freed[usize::try_from(self.number).unwrap()]
    }
}

impl Drop for Numbered {
    fn drop(&mut self) {
        assert!(RETIRING.with(std::cell::Cell::get), "{} is freed by who dropped it", self.number);
        assert_eq!(self.freed().fetch_add(1, SeqCst), 0, "{} is freed twice", self.number);
    }
}

/// At once: a thread of its own could only be later, and leave the last count to somebody else less often.
fn retire(old: Accepted<Numbered>) {
    let outer = RETIRING.with(|retiring| retiring.replace(true));
    drop(old);
    RETIRING.with(|retiring| retiring.set(outer));
}

fn numbered(number: u64, freed: &Freed) -> Snapshot<Numbered> {
    let document = Numbered { number, freed: Freed::clone(freed) };
    let (revision, warnings) = (Revision::of(b""), Problems::default());
    Snapshot::retired_by(
        retire,
        Accepted {
            document,
            file: None,
            revision,
            bytes: 0,
            generation: number,
            warnings,
            is_migrated: false,
        },
    )
}

/// A way to read: returns the generation that it saw.
type Read = fn(&Current<Numbered>, &mut Latest<Numbered>) -> u64;

/// Without a handle.
fn plain(current: &Current<Numbered>, _: &mut Latest<Numbered>) -> u64 {
    let announced = current.generation();
    let snapshot = current.get();
    assert!(snapshot.generation() >= announced, "the number came before the document");
    whole(&snapshot)
}

fn kept(_: &Current<Numbered>, latest: &mut Latest<Numbered>) -> u64 {
    whole(&latest.snapshot())
}

fn looked_at(_: &Current<Numbered>, latest: &mut Latest<Numbered>) -> u64 {
    let document = latest.document();
    assert_eq!(document.freed().load(SeqCst), 0, "freed under a handle");
    document.number
}

/// A document and a generation that belong together, for as long as they are held.
fn whole(snapshot: &Snapshot<Numbered>) -> u64 {
    assert_eq!(snapshot.number, snapshot.generation(), "mixed");
    assert_eq!(snapshot.freed().load(SeqCst), 0, "freed under a snapshot");
    snapshot.generation()
}

/// Every order in which threads are interrupted up to this often, and otherwise let go on for as long as they can: without
/// a bound it takes hours, and what goes wrong does so with few. `LOOM_MAX_PREEMPTIONS` sets another.
const INTERRUPTIONS: usize = 3;

fn check(orders: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(INTERRUPTIONS);
    model.check(orders);
}

/// One thread publishes, one reads and tells, and one is told and reads: it finds what it was told of, or what is newer.
fn tried(publications: u64, telling: Read, told: Read) {
    check(move || {
        let freed = Freed::default();
        let current = Current::new(&numbered(1, &freed));
        let newest = Arc::new(AtomicU64::new(0));
        // Of a stripe of its own.
        let teller = {
            let (current, newest) = (Arc::clone(&current), Arc::clone(&newest));
            thread::spawn(move || {
                be_number(1);
                let mut latest = Latest::of(&current);
                newest.store(telling(&current, &mut latest), Ordering::Release);
            })
        };
        let hearer = {
            let current = Arc::clone(&current);
            let mut latest = Latest::of(&current);
            thread::spawn(move || {
                let expected = newest.load(Ordering::Acquire);
                let first = told(&current, &mut latest);
                assert!(first >= expected, "{first} after being told of {expected}");
                let second = kept(&current, &mut latest);
                assert!(second >= first, "{second} after {first}");
            })
        };
        for number in 2..2 + publications {
            drop(current.swap(&numbered(number, &freed)));
        }
        teller.join().unwrap();
        hearer.join().unwrap();
        let last = 1 + publications;
        assert_eq!((current.generation(), plain(&current, &mut Latest::of(&current))), (last, last));
        drop(current);
        let freed: Vec<_> = freed.iter().map(|freed| freed.load(SeqCst)).collect();
        assert!((1..=last).all(|number| freed[usize::try_from(number).unwrap()] == 1), "{freed:?}");
    });
}

#[test]
fn who_was_told_by_a_plain_read_finds_it_by_one() {
    tried(1, plain, plain);
}

#[test]
fn who_was_told_by_a_plain_read_finds_it_by_a_handle() {
    tried(1, plain, kept);
}

#[test]
fn who_was_told_by_a_handle_finds_it_by_a_plain_read() {
    tried(1, kept, plain);
}

#[test]
fn who_was_told_by_a_handle_finds_it_by_looking() {
    tried(1, looked_at, looked_at);
}

/// A handle goes on while documents are published, keeps what it gave, and has the last one in the end.
#[test]
fn a_handle_follows() {
    check(|| {
        let freed = Freed::default();
        let current = Current::new(&numbered(1, &freed));
        let mut latest = Latest::of(&current);
        let own = Arc::clone(&current);
        let reader = thread::spawn(move || {
            let first = latest.snapshot();
            let second = latest.snapshot();
            assert!(whole(&first) <= whole(&second));
            drop(second);
            assert!(whole(&first) <= looked_at(&own, &mut latest));
            (first, latest)
        });
        for number in 2..4 {
            drop(current.swap(&numbered(number, &freed)));
        }
        let (first, mut latest) = reader.join().unwrap();
        whole(&first);
        assert_eq!(kept(&current, &mut latest), 3, "a handle stays behind");
        drop((first, latest, current));
        assert!(freed[1..].iter().all(|freed| freed.load(SeqCst) == 1), "{freed:?}");
    });
}
