//! Many writers and readers: no update is lost, no reader goes back.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use config_model::Config;
use config_store::{Options, Store};

use super::child;
use super::support::{LONG, Scratch, pair, put_by_rename};

fn increment(store: &Store<Config>, times: u64) {
    for _ in 0..times {
        store.update(|config| config.retention.traces_max_bytes += 1).unwrap();
    }
}

/// A child's.
pub(crate) fn count(path: &Path, times: u64) {
    let store = Options::new().lock_wait(LONG * 4).open(path).unwrap();
    increment(&store, times);
}

#[test]
fn no_increment_of_any_thread_or_process_is_lost() {
    let scratch = Scratch::with("{\"version\": 1, \"retention\": {\"traces_max_bytes\": 0}}");
    let open = || Options::<Config>::new().lock_wait(LONG * 4).open(scratch.config()).unwrap();
    let (store, other) = (open(), open());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let children: Vec<_> =
            (0..2).map(|_| child::command("count 100", &scratch.config()).spawn().unwrap()).collect();
        let reader = scope.spawn(|| {
            let (mut generation, mut count) = (0, 0);
            while !done.load(Ordering::Relaxed) {
                let now = store.snapshot();
                assert!(now.generation() >= generation && now.retention.traces_max_bytes >= count);
                (generation, count) = (now.generation(), now.retention.traces_max_bytes);
                thread::yield_now();
            }
        });
        let mut writers: Vec<_> = (0..16).map(|_| scope.spawn(|| increment(&store, 200))).collect();
        writers.extend((0..4).map(|_| scope.spawn(|| increment(&other, 50))));
        for writer in writers {
            writer.join().unwrap();
        }
        children.into_iter().for_each(child::finish);
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    for store in [store, other] {
        store.reload().unwrap();
        assert_eq!(store.snapshot().retention.traces_max_bytes, 16 * 200 + 4 * 50 + 2 * 100);
        assert!(store.status().rejection.is_none());
    }
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
}

#[test]
fn readers_see_whole_documents_and_never_go_back() {
    let scratch = Scratch::with(pair(1));
    let store = scratch.quick::<Config>();
    let held = store.snapshot();
    let done = AtomicBool::new(false);
    let read = || {
        let mut generation = 0;
        while !done.load(Ordering::Relaxed) {
            let now = store.snapshot();
            assert!(now.generation() >= generation);
            assert_eq!(now.retention.events_days, now.retention.traces_days);
            generation = now.generation();
            thread::yield_now();
        }
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
        for round in 0..150 {
            put_by_rename(&scratch.config(), if round % 3 == 0 { "{".to_owned() } else { pair(round) });
            let both = |config: &mut Config| {
                config.retention.events_days += 1;
                config.retention.traces_days += 1;
            };
            assert_eq!(store.update(both).is_ok(), round % 3 != 0);
            store.reload().ok();
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    assert_eq!((held.generation(), held.retention.events_days), (1, 1), "what is held does not change");
    assert_eq!(store.snapshot().retention.events_days, 150);
}

#[test]
fn two_stores_see_each_other() {
    let scratch = Scratch::new();
    let (one, other) = (scratch.quick::<Config>(), scratch.quick::<Config>());
    for round in 0..10 {
        let (from, to) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let mut changes = to.subscribe();
        let revision = from.update(|config| config.retention.events_days = round).unwrap().revision();
        let change = changes.next_within(LONG).unwrap();
        assert_eq!((change.cause(), change.after().revision()), (config_store::Cause::Edit, revision));
    }
}
