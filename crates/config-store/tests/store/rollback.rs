//! Back to what was accepted before: an update like any other, also of a file that is broken.

use std::path::Path;

use config_model::Config;
use config_store::{Cause, Options, Recovery, Rejection, Revision, Store, UpdateError};
use insta::assert_snapshot;

use super::schemas::Service;
use super::support::{LONG, Scratch, days, events_days, identity, mode, names, put};

fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// A store that has accepted 1, 2 and 3 days.
fn three(scratch: &Scratch) -> Store<Config> {
    let store = scratch.unwatched::<Config>();
    for days in [2, 3] {
        store.update(|config| config.retention.events_days = days).unwrap();
    }
    store
}

fn of(text: &str) -> Revision {
    Revision::of(text.as_bytes())
}

#[test]
fn a_rollback_is_an_update_to_the_same_bytes() {
    let odd = days(1).replace(": ", " :\t");
    let scratch = Scratch::with(&odd);
    let store = three(&scratch);
    let mut changes = store.subscribe();
    let done = store.rollback(of(&odd)).unwrap();
    assert_eq!((scratch.text(), done.copy), (odd.clone(), None));
    assert_eq!(
        (done.snapshot.revision(), events_days(&store), mode(&scratch.config())),
        (of(&odd), 1, 0o600)
    );
    let change = changes.next_within(LONG).unwrap();
    assert_eq!((change.cause(), change.after().revision()), (Cause::Rollback, of(&odd)));
    let history = store.history().unwrap();
    assert_eq!((history.len(), history[0].revision, history[0].cause), (4, of(&odd), Some(Cause::Rollback)));
    // And forth again.
    store.rollback(history[1].revision).unwrap();
    assert_eq!(events_days(&store), 3);
    // Where it is already, nothing is written.
    let before = identity(&scratch.config());
    store.rollback(history[1].revision).unwrap();
    assert_eq!(identity(&scratch.config()), before);
}

#[test]
fn it_is_only_made_on_what_was_expected() {
    let scratch = Scratch::with(days(1));
    let store = three(&scratch);
    let now = store.snapshot().revision();
    put(&scratch.config(), days(9));
    let error = store.rollback_if(now, of(&days(1))).unwrap_err();
    assert!(matches!(error, UpdateError::Conflict { found, .. } if found == of(&days(9))), "{error:?}");
    assert_eq!(scratch.text(), days(9));
    store.rollback_if(of(&days(9)), of(&days(1))).unwrap();
    assert_eq!(events_days(&store), 1);
    put(&scratch.config(), "{");
    let error = store.rollback_if(of(&days(1)), of(&days(2))).unwrap_err();
    assert!(matches!(error, UpdateError::Conflict { .. }), "{error:?}");
    std::fs::remove_file(scratch.config()).unwrap();
    let error = store.rollback_if(of(&days(1)), of(&days(2))).unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Missing { .. })), "{error:?}");
}

#[test]
fn a_broken_file_is_kept_as_a_copy_first() {
    for broken in ["{", "", "{\"version\": 1, \"retention\": {\"events_days\": -1}}", "\u{feff}{}"] {
        let scratch = Scratch::with(days(1));
        let store = three(&scratch);
        put(&scratch.config(), broken);
        store.reload().unwrap_err();
        let error = store.update(|config| config.retention.events_days = 5).unwrap_err();
        assert!(matches!(error, UpdateError::OnDisk(_)), "{error:?}");

        let done = store.rollback(of(&days(2))).unwrap();
        let copy = done.copy.expect("a copy");
        assert_eq!((text_of(&copy).as_str(), mode(&copy)), (broken, 0o600));
        assert_eq!((scratch.text(), events_days(&store)), (days(2), 2));
        assert!(store.status().rejection.is_none());
        assert_eq!(copy, scratch.join(&format!("config.json.replaced-{}.bak", of(broken).short())));
    }
}

/// An edit that nobody served is in no history, and may be an hour's work.
#[test]
fn what_was_never_served_is_kept_as_a_copy_too() {
    let scratch = Scratch::with(days(1));
    let store = three(&scratch);
    put(&scratch.config(), days(9));
    let copy = store.rollback(of(&days(1))).unwrap().copy.expect("a copy");
    assert_eq!((text_of(&copy), scratch.text()), (days(9), days(1)));
}

#[test]
fn a_missing_file_is_written_again() {
    let scratch = Scratch::with(days(1));
    let store = three(&scratch);
    std::fs::remove_file(scratch.config()).unwrap();
    let done = store.rollback(of(&days(2))).unwrap();
    assert_eq!((done.copy, scratch.text(), mode(&scratch.config())), (None, days(2), 0o600));
}

#[test]
fn what_is_not_there_or_damaged_changes_nothing() {
    let scratch = Scratch::with(days(1));
    let store = three(&scratch);
    let before = (identity(&scratch.config()), scratch.names());
    let error = store.rollback(of("else")).unwrap_err();
    assert_snapshot!(error, @"revision 7dd530c4d36da47cd33396718ef1fa1e8c0f7d91ee551d7fdc1c73aa65edb454 is not in the history, so that nothing was changed");
    let entry = store.history().unwrap().remove(1);
    put(&entry.path, days(7));
    let error = store.rollback(entry.revision).unwrap_err();
    assert!(
        matches!(&error, UpdateError::OnDisk(rejection) if rejection.to_string().contains("damaged")),
        "{error}"
    );
    assert_eq!((identity(&scratch.config()), scratch.names()), before);
}

#[test]
fn what_this_program_does_not_take_is_not_gone_back_to() {
    let scratch = Scratch::with(days(200));
    let store = three(&scratch);
    drop(store);
    let picky = |_: Option<&Config>, new: &Config| {
        let place = config_model::Pointer::root().key("retention");
        let is_much = new.retention.events_days > 100;
        if is_much { Err(config_model::Problem::veto(place, "too much")) } else { Ok(()) }
    };
    let store = Options::new().watch(None).verify(picky).open(scratch.config()).unwrap();
    put(&scratch.config(), "{");
    let error = store.rollback(of(&days(200))).unwrap_err();
    assert!(matches!(error, UpdateError::Refused(_)), "{error:?}");
    assert_eq!(
        (scratch.text(), names(scratch.path())),
        ("{".to_owned(), vec![".config.json.lock".to_owned(), "config.json".to_owned()])
    );
}

#[test]
fn an_older_text_is_migrated_and_a_newer_one_refused() {
    let first = "{\"version\": 1, \"timeout\": 30}\n";
    let scratch = Scratch::with(first);
    let store = scratch.unwatched::<Service>();
    store.update(|service| service.timeouts.connect = 31).unwrap();
    let history = store.history().unwrap();
    assert_eq!(history.len(), 3, "the old text, what it was migrated to, and the update");
    assert_eq!(history[2].revision, of(first));
    store.rollback(of(first)).unwrap();
    assert!(scratch.text().contains("\"version\": 3") && scratch.text().contains("\"connect\": 30"));

    // A newer program was here, and is gone again: its file is never rewritten.
    let newer = "{\"version\": 4}";
    put(&scratch.config(), newer);
    let error = store.rollback(history[0].revision).unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Invalid { .. })), "{error:?}");
    assert_eq!(scratch.text(), newer);

    // Nor is what it had accepted served by this one.
    std::fs::remove_file(scratch.config()).unwrap();
    let entry = store.history().unwrap().remove(0);
    let name = entry
        .path
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .replace(&entry.revision.to_string(), &of(newer).to_string());
    put(&entry.path, newer);
    super::support::rename(&entry.path, &entry.path.with_file_name(name));
    let error = store.rollback(of(newer)).unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Invalid { .. })), "{error:?}");
    assert!(!scratch.config().exists());
}

/// By a program that starts on the broken file, as `configctl rollback` does.
#[test]
fn a_store_that_was_opened_on_a_broken_file_goes_back() {
    let scratch = Scratch::with(days(1));
    drop(three(&scratch));
    put(&scratch.config(), "{");
    let store: Store<Config> =
        Options::new().watch(None).recovery(Recovery::LastGood).open(scratch.config()).unwrap();
    assert_eq!(events_days(&store), 3);
    assert!(store.rollback(of(&days(1))).unwrap().copy.is_some());
    let status = store.status();
    assert_eq!(
        (events_days(&store), scratch.text(), status.recovered, status.rejection.is_none()),
        (1, days(1), None, true)
    );
}
