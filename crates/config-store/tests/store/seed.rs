//! The first file: written when there verifiably is none, and once.

use std::sync::Barrier;
use std::thread;

use config_model::{Config, decode};
use config_store::{Cause, OpenError, Options, Rejection, Revision, Store};

use super::schemas::{Bare, Forgetful, Wrong};
use super::support::{Scratch, identity, link, mode, names};

#[test]
fn a_first_run_writes_a_private_valid_file() {
    let scratch = Scratch::new();
    let path = scratch.join("share/copilot-api/config.json");
    let store: Store<Config> = Store::open(&path).unwrap();
    assert_eq!(store.opened_by(), Cause::Seed);
    assert_eq!(store.snapshot().generation(), 1);
    assert_eq!((mode(&path), mode(&scratch.join("share"))), (0o600, 0o700));
    assert_eq!(mode(&scratch.join("share/copilot-api")), 0o700);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(decode::<Config>(&bytes).unwrap().document, *store.snapshot());
    assert_eq!(store.snapshot().revision(), Revision::of(&bytes));
    assert!(store.status().warnings.is_empty() && store.status().rejection.is_none());
    assert_eq!(names(&scratch.join("share/copilot-api")), [".config.json.lock", "config.json"]);
}

#[test]
fn a_second_run_takes_what_is_there() {
    let scratch = Scratch::new();
    let first = scratch.unwatched::<Config>().snapshot().revision();
    let before = identity(&scratch.config());
    let store = scratch.unwatched::<Config>();
    assert_eq!((store.opened_by(), store.snapshot().revision()), (Cause::Open, first));
    assert_eq!(identity(&scratch.config()), before, "an open writes nothing");
}

#[test]
fn without_seeding_nothing_is_made() {
    let scratch = Scratch::new();
    for path in [scratch.config(), scratch.join("a/b/config.json")] {
        let error = Options::<Config>::new().seed(false).open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Rejected(Rejection::Missing { .. })), "{error:?}");
        assert!(!path.exists() && !scratch.join("a").exists());
    }
    assert_eq!(scratch.names(), [] as [&str; 0], "not even a lock file, for a look that must write nothing");
}

#[test]
fn many_at_once_seed_once() {
    for file in ["config.json", "a/b/config.json"] {
        let scratch = Scratch::new();
        let (path, barrier) = (scratch.join(file), Barrier::new(16));
        let stores: Vec<Store<Config>> = thread::scope(|scope| {
            let open = || {
                barrier.wait();
                Options::new().watch(None).open(&path).unwrap()
            };
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let seeded = stores.iter().filter(|store| store.opened_by() == Cause::Seed).count();
        assert_eq!(seeded, 1);
        let revision = Revision::of(&std::fs::read(&path).unwrap());
        assert!(stores.iter().all(|store| store.snapshot().revision() == revision));
        assert_eq!(names(path.parent().unwrap()), [".config.json.lock", "config.json"]);
    }
}

#[test]
fn a_seed_that_breaks_its_own_rules_is_not_written() {
    let scratch = Scratch::new();
    let error = Store::<Wrong>::open(scratch.config()).unwrap_err();
    assert!(matches!(&error, OpenError::BadSeed(problems) if problems.len() == 1), "{error:?}");
    let error = Store::<Bare>::open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Encode(_)), "{error:?}");
    assert!(!scratch.config().exists());
}

#[test]
fn a_seed_that_cannot_be_reproduced_is_what_is_served() {
    let scratch = Scratch::new();
    let store: Store<Forgetful> = scratch.unwatched();
    assert_eq!(*store.snapshot(), Forgetful { kept: 1, lost: 0 });
}

#[test]
fn links_to_nowhere_are_not_seeded_through() {
    let scratch = Scratch::new();
    link(&scratch.config(), "target.json");
    let error = Store::<Config>::open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Missing { .. })), "{error:?}");
    assert!(scratch.config().is_symlink() && !scratch.join("target.json").exists());

    let scratch = Scratch::new();
    link(&scratch.join("etc"), "elsewhere");
    let error = Store::<Config>::open(scratch.join("etc/config.json")).unwrap_err();
    assert!(matches!(error, OpenError::Directories(_)), "{error:?}");
    assert_eq!(scratch.names(), ["etc"]);
}
