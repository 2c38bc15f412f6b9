//! Updates of many threads that are saved by one write: what one of them does, or meets, is nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use config_fs::{ConfigFile, ReplaceError, Step, Wait};
use config_model::{AllowedKeys, Config, Model};
use config_store::{Options, Snapshot, Store, UpdateError};

use super::child;
use super::schemas::Forgetful;
use super::support::{LONG, Scratch, days, events_days, eventually, identity, put_by_rename};

type Edit<D> = Box<dyn Fn(&mut D) + Sync>;
type Outcome<D> = Option<Result<Snapshot<D>, UpdateError>>;

/// Runs all of these edits while another program has the lock, each on a thread of its own; lets go of it after `meanwhile`.
/// `None`: it panicked.
fn together<D: config_model::Document>(
    store: &Store<D>,
    edits: &[Edit<D>],
    meanwhile: impl FnOnce(),
) -> Vec<Outcome<D>> {
    let file = ConfigFile::locate(store.path()).unwrap();
    let held = file.lock(Wait::No).unwrap();
    let ran = AtomicUsize::new(0);
    let update = |edit: &Edit<D>| {
        let mut is_first = true;
        let result = catch_unwind(AssertUnwindSafe(|| {
            store.update(|document| {
                ran.fetch_add(usize::from(std::mem::take(&mut is_first)), Ordering::Relaxed);
                edit(document);
            })
        }));
        result.ok()
    };
    thread::scope(|scope| {
        let running: Vec<_> = edits.iter().map(|edit| scope.spawn(|| update(edit))).collect();
        eventually("all edits have run", LONG, || ran.load(Ordering::Relaxed) == edits.len());
        meanwhile();
        drop(held);
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn open(scratch: &Scratch) -> Store<Config> {
    Options::new().watch(None).lock_wait(LONG).open(scratch.config()).unwrap()
}

fn increments(count: usize) -> Vec<Edit<Config>> {
    (0..count)
        .map(|_| Box::new(|config: &mut Config| config.retention.events_days += 1) as Edit<Config>)
        .collect()
}

#[test]
fn edits_that_wait_for_the_same_lock_are_one_write() {
    let scratch = Scratch::with(days(0));
    let store = open(&scratch);
    let mut changes = store.subscribe();
    for outcome in together(&store, &increments(16), || {}) {
        let served = outcome.unwrap().unwrap();
        assert_eq!((served.retention.events_days, served.generation()), (16, 2));
    }
    assert_eq!((scratch.text(), events_days(&store)), (days(16), 16));
    let change = changes.next_within(LONG).unwrap();
    assert_eq!((change.before().generation(), change.after().generation()), (1, 2));
    assert!(changes.next_within(Duration::ZERO).is_none());
}

#[test]
fn a_save_by_another_program_in_between_is_edited_by_all() {
    let scratch = Scratch::with(days(0));
    let store = open(&scratch);
    let edits = || put_by_rename(&scratch.config(), days(100));
    for outcome in together(&store, &increments(8), edits) {
        assert_eq!(outcome.unwrap().unwrap().retention.events_days, 108);
    }
    assert_eq!((scratch.text(), events_days(&store)), (days(108), 108));
}

#[test]
fn what_is_refused_and_what_panics_is_left_out() {
    let scratch = Scratch::with(days(0));
    let store = open(&scratch);
    let mut edits = increments(6);
    edits.insert(1, Box::new(|config| config.retention.events_days = 40_000));
    edits.insert(
        3,
        Box::new(|config| {
            config.retention.events_days = 7;
            panic!("as a closure may");
        }),
    );
    let mut outcomes = together(&store, &edits, || {});
    assert!(outcomes.remove(3).is_none());
    let refused = outcomes.remove(1).unwrap().unwrap_err();
    let UpdateError::Refused(problems) = &refused else { panic!("{refused:?}") };
    // With its place in the text, which has nothing to do with the edits of others.
    let places: Vec<_> = problems
        .iter()
        .map(|problem| (problem.pointer().to_string(), problem.place().map(|place| place.line)))
        .collect();
    assert_eq!(places, [("/retention/events_days".to_owned(), Some(3))]);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Some(Ok(_)))), "{outcomes:?}");
    assert_eq!((scratch.text(), events_days(&store)), (days(6), 6));
}

/// That one edit cannot be written is found out for all of them at once.
#[test]
fn an_edit_that_cannot_be_written_spoils_no_other() {
    let scratch = Scratch::new();
    let store: Store<Forgetful> = Options::new().watch(None).lock_wait(LONG).open(scratch.config()).unwrap();
    let first = store.snapshot().kept;
    let mut edits: Vec<Edit<Forgetful>> =
        (0..4).map(|_| Box::new(|document: &mut Forgetful| document.kept += 1) as Edit<Forgetful>).collect();
    edits.insert(2, Box::new(|document| document.lost = 1));
    let mut outcomes = together(&store, &edits, || {});
    assert!(matches!(outcomes.remove(2), Some(Err(UpdateError::NotReproducible))));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Some(Ok(_)))), "{outcomes:?}");
    assert_eq!(store.snapshot().kept, first + 4);
}

#[test]
fn the_lock_is_waited_for_by_each_for_its_own_time() {
    let scratch = Scratch::with(days(0));
    let wait = Duration::from_millis(300);
    let store: Store<Config> = Options::new().watch(None).lock_wait(wait).open(scratch.config()).unwrap();
    let before = identity(&scratch.config());
    let file = ConfigFile::locate(store.path()).unwrap();
    let held = file.lock(Wait::No).unwrap();
    let update = || store.update(|config| config.retention.events_days += 1);
    thread::scope(|scope| {
        let early: Vec<_> = (0..4).map(|_| scope.spawn(update)).collect();
        for thread in early {
            assert!(matches!(thread.join().unwrap(), Err(UpdateError::Busy)));
        }
        assert_eq!(identity(&scratch.config()), before);
        let late = scope.spawn(update);
        drop(held);
        // None of the edits that were given up is in it.
        assert_eq!(late.join().unwrap().unwrap().retention.events_days, 1);
    });
    assert_eq!(scratch.text(), days(1));
}

#[test]
fn a_write_that_fails_fails_all_of_them() {
    let scratch = Scratch::with(days(0));
    // Nothing longer than a block can be written, as on a full disk. Without the signal it is an error.
    let limited = "trap '' XFSZ && ulimit -f 1";
    child::succeed(child::in_shell(limited, &mut child::command("together", &scratch.config())));
    assert_eq!(scratch.text(), days(1));
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
}

/// A child's, who can write half a kilobyte, or a whole one in some shells.
pub(crate) fn limited(path: &Path) {
    let store: Store<Config> = Options::new().watch(None).lock_wait(LONG).open(path).unwrap();
    let before = identity(path);
    let too_long = |config: &mut Config| {
        let number = config.models.len();
        let model = Model { upstream: "x".repeat(200), enabled: true, allowed_keys: AllowedKeys::any() };
        config.models.insert(format!("model-{number}"), model);
    };
    let edits: Vec<_> = (0..8).map(|_| Box::new(too_long) as Edit<Config>).collect();
    for outcome in together(&store, &edits, || {}) {
        let error = outcome.unwrap().unwrap_err();
        let UpdateError::Save(ReplaceError::NotSaved { step, source, .. }) = &error else {
            panic!("{error:?}")
        };
        assert_eq!((*step, source.raw_os_error()), (Step::Write, Some(27)), "{source}");
    }
    // Memory and disk are at what was durable last, and no edit of those that failed comes with the next.
    assert_eq!((store.snapshot().generation(), identity(path)), (1, before));
    let next = store.update(|config| config.retention.events_days = 1).unwrap();
    assert_eq!((next.models.len(), next.generation(), events_days(&store)), (0, 2, 1));
}
