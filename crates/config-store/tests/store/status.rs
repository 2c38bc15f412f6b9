//! What an operator sees.

use config_model::Config;
use config_store::{Options, Rejection, Store, WatchOptions};

use super::support::{LONG, Scratch, days, eventually, idle, looked, put, put_by_rename, quick, set_mode};

#[test]
fn status_tells_what_is_served_and_what_is_not() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    let first = store.status();
    assert_eq!((first.path.as_path(), first.generation), (scratch.config().as_path(), 1));
    assert_eq!(first.revision, store.snapshot().revision());
    assert!(first.rejection.is_none() && first.warnings.is_empty());
    put_by_rename(&scratch.config(), "{\"version\": 1, \"models\": []}");
    eventually("the rejection", LONG, || store.status().rejection.is_some());
    let broken = store.status();
    assert_eq!(
        (broken.generation, broken.revision, broken.accepted_at),
        (1, first.revision, first.accepted_at)
    );
    assert!(broken.looked_at > first.looked_at);
    assert!(
        matches!(broken.rejection, Some(Rejection::Invalid { revision, .. }) if revision != first.revision)
    );
    let after = store.reload().map(drop);
    assert!(after.is_err());
    put_by_rename(&scratch.config(), days(6));
    eventually("the end of it", LONG, || store.status().rejection.is_none());
    let last = store.status();
    assert!(last.generation == 2 && last.accepted_at > first.accepted_at && last.revision != first.revision);
}

#[test]
fn warnings_last_as_long_as_their_reason() {
    let scratch = Scratch::with(days(5));
    set_mode(&scratch.config(), 0o644);
    let store = scratch.quick::<Config>();
    for _ in 0..3 {
        assert_eq!(store.status().warnings.len(), 1);
        looked(&store);
    }
    set_mode(&scratch.config(), 0o600);
    eventually("the warning ends", LONG, || store.status().warnings.is_empty());
    set_mode(&scratch.config(), 0o640);
    eventually("a new one", LONG, || store.status().warnings.iter().any(|text| text.contains("0640")));
}

/// A save makes the file a private one of ours. The directory is what it was, until that is closed.
#[test]
fn what_is_odd_about_a_directory_outlasts_a_save() {
    let scratch = Scratch::with(days(5));
    set_mode(&scratch.config(), 0o644);
    set_mode(scratch.config().parent().unwrap(), 0o770);
    let store = scratch.quick::<Config>();
    assert_eq!(store.status().warnings.len(), 2);
    store.update(|config| config.features.debug = true).unwrap();
    let warnings = store.status().warnings;
    assert!(warnings.len() == 1 && warnings.iter().all(|text| text.contains("0770")), "{warnings:?}");
    set_mode(scratch.config().parent().unwrap(), 0o700);
    eventually("the warning ends", LONG, || store.status().warnings.is_empty());
}

#[test]
fn the_watch_says_how_it_does() {
    let scratch = Scratch::with(days(5));
    let store: Store<Config> = Store::open(scratch.config()).unwrap();
    assert!(store.status().watch.unwrap().last_error.is_none());
    let polling = WatchOptions::default().native(false);
    let store: Store<Config> = Options::new().watch(Some(polling)).open(scratch.config()).unwrap();
    assert_eq!(store.status().watch.unwrap().armed.len(), 0);
    put(&scratch.config(), days(6));
    eventually("the poll sees it", LONG, || store.snapshot().retention.events_days == 6);
    assert!(scratch.unwatched::<Config>().status().watch.is_none());
}

/// A look opens the directory, and that is an event of its own: it must not lead to the next look.
#[test]
fn an_idle_store_does_not_look() {
    let scratch = Scratch::with(days(5));
    let store: Store<Config> = quick().open(scratch.config()).unwrap();
    let mut events = store.events();
    put_by_rename(&scratch.config(), "{\"version\": 1, \"models\": []}");
    super::support::rejected(&mut events);
    idle(&store);
    put_by_rename(&scratch.config(), days(6));
    eventually("the edit is served", LONG, || store.snapshot().retention.events_days == 6);
    idle(&store);
    store.update(|config| config.features.debug = true).unwrap();
    idle(&store);
    std::fs::remove_file(scratch.config()).unwrap();
    eventually("the rejection", LONG, || store.status().rejection.is_some());
    idle(&store);
}
