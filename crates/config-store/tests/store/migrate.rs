//! Older and newer files.

use std::sync::Barrier;
use std::thread;

use config_model::{Config, ProblemKind};
use config_store::{Cause, Event, OpenError, Rejection, Revision, Store, UpdateError};

use super::schemas::Service;
use super::support::{
    Scratch, accepted, identity, mode, put, put_by_rename, quick, rejected, silent, timed, touch,
};

const FIRST: &str = "{\n    \"version\": 1,\n    \"note\":  \"kept\",\n    \"timeout\": 30\n}\n";
const SECOND: &str = "{\"version\": 2, \"timeout_seconds\": 40}";

fn backup(from: u32, text: &str) -> String {
    format!("config.json.v{from}-{}.bak", Revision::of(text.as_bytes()).short())
}

#[test]
fn an_older_file_is_copied_and_rewritten() {
    for (from, text, seconds) in [(1, FIRST, 30), (2, SECOND, 40)] {
        let scratch = Scratch::with(text);
        let store: Store<Service> = scratch.unwatched();
        assert_eq!((store.opened_by(), store.snapshot().timeouts.connect), (Cause::Migration, seconds));
        let copy = scratch.join(&backup(from, text));
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), text, "the copy is exact");
        assert_eq!((mode(&copy), mode(&scratch.config())), (0o600, 0o600));
        assert_eq!(store.snapshot().revision(), Revision::of(scratch.text().as_bytes()));
        assert!(scratch.text().contains("\"version\": 3"), "{}", scratch.text());
        assert_eq!(scratch.text().contains("\"note\":  \"kept\""), from == 1, "{}", scratch.text());
        assert!(store.status().warnings.is_empty());
        let again: Store<Service> = scratch.unwatched();
        assert_eq!((again.opened_by(), again.snapshot().timeouts.connect), (Cause::Open, seconds));
    }
}

#[test]
fn the_same_old_file_is_copied_once() {
    let scratch = Scratch::with(SECOND);
    for _ in 0..3 {
        put(&scratch.config(), SECOND);
        drop(scratch.unwatched::<Service>());
    }
    assert_eq!(scratch.names(), [".config.json.lock", "config.json", &backup(2, SECOND)]);
}

#[test]
fn without_migration_the_file_stays_until_the_first_update() {
    let scratch = Scratch::with(FIRST);
    let before = identity(&scratch.config());
    let store: Store<Service> = quick().migrate(false).open(scratch.config()).unwrap();
    assert_eq!((store.opened_by(), store.snapshot().timeouts.connect), (Cause::Open, 30));
    assert_eq!(identity(&scratch.config()), before);
    // What was said at the start still holds after a look.
    for _ in 0..3 {
        touch(&scratch.config());
        store.reload().unwrap();
        let warnings = store.status().warnings;
        assert!(matches!(&warnings[..], [one] if one.contains("version 1")), "{warnings:?}");
    }
    store.update(|service| service.timeouts.connect += 1).unwrap();
    assert_eq!(std::fs::read_to_string(scratch.join(&backup(1, FIRST))).unwrap(), FIRST);
    assert!(scratch.text().contains("\"connect\": 31"), "{}", scratch.text());
    assert!(store.status().warnings.is_empty(), "{:?}", store.status().warnings);
}

#[test]
fn many_at_once_migrate_once() {
    let scratch = Scratch::with(FIRST);
    let barrier = Barrier::new(8);
    let stores: Vec<Store<Service>> = thread::scope(|scope| {
        let open = || {
            barrier.wait();
            scratch.unwatched()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(stores.iter().all(|store| store.snapshot().timeouts.connect == 30));
    assert!(stores.iter().all(|store| store.status().warnings.is_empty()));
    let migrated = stores.iter().filter(|store| store.opened_by() == Cause::Migration).count();
    assert_eq!(migrated, 1);
    assert_eq!(scratch.names(), [".config.json.lock", "config.json", &backup(1, FIRST)]);
}

#[test]
fn what_cannot_be_migrated_stays() {
    for text in ["{\"version\": 1}", "{\"version\": 0}", "{\"version\": 1, \"timeout\": 0}"] {
        let scratch = Scratch::with(text);
        let error = Store::<Service>::open(scratch.config()).unwrap_err();
        assert!(matches!(error, OpenError::Rejected(Rejection::Invalid { .. })), "{error:?}");
        assert_eq!(scratch.text(), text);
    }
}

#[test]
fn an_older_version_that_appears_is_served_and_left_alone() {
    let scratch = Scratch::new();
    let store: Store<Service> = scratch.quick();
    let mut events = store.events();
    put_by_rename(&scratch.config(), FIRST);
    let before = identity(&scratch.config());
    let change = accepted(&mut events);
    assert_eq!((change.cause(), change.after().timeouts.connect), (Cause::Edit, 30));
    assert_eq!(change.after().revision(), Revision::of(FIRST.as_bytes()));
    let warning = events.next_within(super::support::LONG);
    assert!(matches!(&warning, Some(Event::Warning(text)) if text.contains("version 1")), "{warning:?}");
    for _ in 0..3 {
        silent(&store, &mut events);
        assert_eq!(identity(&scratch.config()), before);
        let warnings = store.status().warnings;
        assert!(matches!(&warnings[..], [one] if one.contains("version 1")), "{warnings:?}");
    }
    let revision = store.snapshot().revision();
    store.update_if(revision, |service| service.timeouts.connect = 31).unwrap();
    assert!(scratch.join(&backup(1, FIRST)).exists() && store.status().warnings.is_empty());
}

#[test]
fn a_newer_version_that_appears_is_refused_at_once() {
    let scratch = Scratch::new();
    let store: Store<Config> = quick().patience(super::support::NEVER).open(scratch.config()).unwrap();
    let mut events = store.events();
    let newer = "{\"version\": 2, \"models\": []}";
    put_by_rename(&scratch.config(), newer);
    let rejection = rejected(&mut events);
    assert!(rejection.problems().unwrap().has(ProblemKind::NewerVersion));
    let error = store.update(|config| config.features.debug = true).unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(_)), "{error:?}");
    assert_eq!((scratch.text().as_str(), store.snapshot().generation()), (newer, 1));
}

#[test]
fn a_migration_waits_for_the_lock_no_longer_than_it_may() {
    let scratch = Scratch::with(SECOND);
    let file = config_fs::ConfigFile::locate(scratch.config()).unwrap();
    let held = file.lock(config_fs::Wait::No).unwrap();
    let wait = std::time::Duration::from_millis(200);
    let (store, took) = timed(|| quick::<Service>().lock_wait(wait).open(scratch.config()).unwrap());
    assert!(took >= wait && took < super::support::LONG);
    assert_eq!(scratch.text(), SECOND);
    let warnings = store.status().warnings;
    assert!(warnings.iter().any(|warning| warning.contains("being changed by another")), "{warnings:?}");
    drop(held);
    store.update(|_| ()).unwrap();
    assert_ne!(scratch.text(), SECOND, "it is made up for by the next update");
    assert_eq!(store.status().warnings, Vec::<String>::new());
}
