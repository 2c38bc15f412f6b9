//! Files that may not be read, and places that may not be written: as a user without privileges.

use std::path::Path;

use config_fs::LockError;
use config_model::Config;
use config_store::{Cause, OpenError, Options, Rejection, Store, UpdateError};

use super::child::succeed_unprivileged;
use super::schemas::Service;
use super::support::{LONG, Scratch, days, eventually, identity, names, quick, set_mode};

#[test]
fn an_unreadable_file_is_not_a_missing_one() {
    let scratch = Scratch::with(days(5));
    set_mode(&scratch.config(), 0);
    succeed_unprivileged("denied", &scratch, &scratch.config());
}

/// A child's.
pub(crate) fn denied(path: &Path) {
    let before = identity(path);
    let error = Store::<Config>::open(path).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Unreadable { refused: false, .. })), "{error:?}");
    assert_eq!(identity(path), before);
    // The same while it is served.
    set_mode(path, 0o600);
    let store: Store<Config> = quick().open(path).unwrap();
    set_mode(path, 0);
    eventually("the rejection", LONG, || store.status().rejection.is_some());
    let error = store.update(|config| config.features.debug = true).unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Unreadable { .. })), "{error:?}");
    assert_eq!(store.snapshot().retention.events_days, 5);
    set_mode(path, 0o600);
    eventually("the end of it", LONG, || store.status().rejection.is_none());
    // And one that may not be looked for.
    let directory = path.parent().unwrap();
    set_mode(directory, 0);
    let error = Store::<Config>::open(path).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Unreadable { .. })), "{error:?}");
    eventually("the rejection", LONG, || store.status().rejection.is_some());
    set_mode(directory, 0o700);
    eventually("the end of it", LONG, || store.status().rejection.is_none());
    assert_eq!(store.snapshot().generation(), 1);
}

#[test]
fn a_read_only_place_is_served_and_not_written() {
    let scratch = Scratch::with(days(5));
    succeed_unprivileged("read-only", &scratch, &scratch.config());
}

/// A child's.
pub(crate) fn read_only(path: &Path) {
    let directory = path.parent().unwrap();
    set_mode(directory, 0o500);
    let store: Store<Config> = Store::open(path).unwrap();
    assert_eq!((store.opened_by(), store.snapshot().retention.events_days), (Cause::Open, 5));
    let error = store.update(|config| config.features.debug = true).unwrap_err();
    assert!(matches!(error, UpdateError::Lock(LockError::ReadOnly { .. })), "{error:?}");
    assert!(!store.snapshot().features.debug);
    assert_eq!(names(directory), ["config.json"]);
    // No first file either.
    let error = Store::<Config>::open(directory.join("other.json")).unwrap_err();
    assert!(matches!(error, OpenError::Lock(LockError::ReadOnly { .. })), "{error:?}");
    set_mode(directory, 0o700);
}

#[test]
fn an_older_file_in_a_read_only_place_is_migrated_in_memory() {
    let scratch = Scratch::with("{\"version\": 1, \"timeout\": 30}");
    succeed_unprivileged("old-read-only", &scratch, &scratch.config());
}

/// A child's: once with no lock file, once with one that can be had.
pub(crate) fn old_read_only(path: &Path) {
    let directory = path.parent().unwrap();
    for round in 0..2 {
        set_mode(directory, 0o500);
        let before = identity(path);
        let store: Store<Service> = Options::new().watch(None).open(path).unwrap();
        assert_eq!((store.opened_by(), store.snapshot().timeouts.connect), (Cause::Open, 30));
        assert_eq!(store.status().warnings.len(), 1, "{:?}", store.status().warnings);
        store.reload().unwrap();
        assert_eq!(store.status().warnings.len(), 1, "{:?}", store.status().warnings);
        store.update(|service| service.timeouts.connect = 31).unwrap_err();
        assert_eq!((identity(path), store.snapshot().timeouts.connect), (before, 30));
        assert_eq!(names(directory).len(), 1 + round);
        set_mode(directory, 0o700);
        drop(config_fs::ConfigFile::locate(path).unwrap().lock(config_fs::Wait::No).unwrap());
    }
}
