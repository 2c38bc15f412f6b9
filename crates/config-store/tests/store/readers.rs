//! Reading: by handles and without, on many threads, while documents are published.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

use config_model::{Config, Document, Problems};
use config_store::Store;
use serde::{Deserialize, Serialize};

use super::support::{LONG, Scratch, days, eventually, put_by_rename};

#[test]
fn a_handle_sees_what_was_published_and_keeps_what_it_gave() {
    let scratch = Scratch::with(days(5));
    let store: Store<Config> = scratch.unwatched();
    let mut reader = store.reader();
    let first = reader.snapshot();
    assert_eq!((first.retention.events_days, reader.current().retention.events_days), (5, 5));
    store.update(|config| config.retention.events_days = 6).unwrap();
    assert_eq!(reader.current().retention.events_days, 6);
    assert_eq!(reader.snapshot().revision(), store.snapshot().revision());
    put_by_rename(&scratch.config(), days(7));
    store.reload().unwrap();
    assert_eq!((reader.snapshot().generation(), reader.clone().snapshot().generation()), (3, 3));
    assert_eq!(first.retention.events_days, 5, "a snapshot is frozen");
}

#[test]
fn a_handle_keeps_its_store_open() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    let mut reader = store.reader();
    drop(store);
    put_by_rename(&scratch.config(), days(6));
    eventually("the edit is served", LONG, || reader.store().snapshot().retention.events_days == 6);
    assert_eq!(reader.snapshot().retention.events_days, 6);
}

/// Whoever was told of a document by any thread finds it, or a later one, in any way of reading.
#[test]
fn nobody_goes_back_in_time() {
    let scratch = Scratch::with(days(5));
    let store: Store<Config> = scratch.unwatched();
    let (newest, done) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut reader = store.reader();
                while !done.load(Ordering::Relaxed) {
                    for read in [
                        |store: &Store<Config>, _: &mut _| store.snapshot(),
                        |_: &_, reader: &mut config_store::Reader<_>| reader.snapshot(),
                    ] {
                        let told = newest.load(Ordering::SeqCst);
                        let generation = read(&store, &mut reader).generation();
                        assert!(generation >= told, "{generation} after {told}");
                        newest.fetch_max(generation, Ordering::SeqCst);
                    }
                }
            });
        }
        for days in 6..206 {
            put_by_rename(&scratch.config(), super::support::days(days));
            store.reload().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!((newest.load(Ordering::SeqCst), store.snapshot().generation()), (201, 201));
}

/// Tells on which threads its documents were freed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Told {
    number: u32,
}

static FREED: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

impl Drop for Told {
    fn drop(&mut self) {
        let name = thread::current().name().unwrap_or_default().to_owned();
        *FREED.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    }
}

impl Document for Told {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { number: 0 }
    }
    fn check(&self, _: &mut Problems) {}
}

#[test]
fn no_reader_frees_an_old_document() {
    let scratch = Scratch::new();
    let store: Store<Told> = scratch.unwatched();
    let (ask, asked) = channel::<()>();
    let (tell, told) = channel();
    let mut reader = store.reader();
    let own = store.clone();
    // Each time it holds the last of the old ones: of its handle's count, of its stripe's, and of an event's.
    let mut events = store.subscribe();
    let request = move || {
        let mut held = Vec::new();
        for () in asked {
            held = vec![reader.snapshot(), own.snapshot(), own.snapshot().clone()];
            tell.send(held.len()).unwrap();
        }
        drop(held);
    };
    let worker = thread::Builder::new().name("worker".to_owned()).spawn(request).unwrap();
    for _ in 0..50 {
        ask.send(()).unwrap();
        told.recv().unwrap();
        store.update(|told| told.number += 1).unwrap();
        drop(events.next());
    }
    drop((ask, store));
    worker.join().unwrap();
    eventually("the old ones are freed", LONG, || {
        FREED.lock().unwrap().get("config-retire").is_some_and(|freed| *freed >= 50)
    });
    assert_eq!(FREED.lock().unwrap().get("worker"), None, "{:?}", FREED.lock().unwrap());
}
