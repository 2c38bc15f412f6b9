//! What a program does not take is not served, whoever wrote it, and is told like any other problem.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use config_model::{Config, Pointer, Problem, ProblemKind};
use config_store::{Cause, OpenError, Options, Rejection, Store, UpdateError};
use insta::assert_snapshot;

use super::schemas::Service;
use super::support::{
    LONG, Scratch, accepted, days, events_days, eventually, identity, looked, put, put_by_rename, quick,
    rejected, silent,
};

/// Takes no number of days above 100, and none that is smaller than the one before.
fn picky(old: Option<&Config>, new: &Config) -> Result<(), Problem> {
    let place = Pointer::root().key("retention").key("events_days");
    let (was, is) = (old.map_or(0, |old| old.retention.events_days), new.retention.events_days);
    if is > 100 {
        return Err(Problem::veto(place, "there is no room for more than 100 days"));
    }
    if is < was {
        let problem = Problem::veto(place, format!("{was} days are kept already"));
        return Err(problem.with_help("restart it to keep fewer"));
    }
    Ok(())
}

fn open(scratch: &Scratch) -> Store<Config> {
    Options::new().watch(None).verify(picky).open(scratch.config()).unwrap()
}

fn redacted(scratch: &Scratch, error: &impl ToString) -> String {
    scratch.redacted(&error.to_string())
}

#[test]
fn an_edit_is_refused_with_its_place_and_said_once() {
    let scratch = Scratch::with(days(5));
    let store = quick().verify(picky).open(scratch.config()).unwrap();
    let (mut events, mut changes) = (store.events(), store.subscribe());
    put_by_rename(&scratch.config(), days(4));
    let rejection = rejected(&mut events);
    assert_snapshot!(redacted(&scratch, &rejection), @r"
    DIR/config.json is not taken by this program:
    3:32: /retention/events_days: 5 days are kept already
      help: restart it to keep fewer
    ");
    assert!(rejection.problems().unwrap().has(ProblemKind::Veto));
    assert_eq!((events_days(&store), store.snapshot().generation()), (5, 1));
    assert_eq!(store.status().rejection.unwrap().to_string(), rejection.to_string());
    assert_eq!(store.reload().unwrap_err().to_string(), rejection.to_string());
    put_by_rename(&scratch.config(), days(4));
    looked(&store);
    silent(&store, &mut events);
    assert!(changes.next_within(Duration::ZERO).is_none());
    put_by_rename(&scratch.config(), days(6));
    let change = accepted(&mut events);
    assert_eq!((change.before().generation(), change.after().retention.events_days), (1, 6));
    assert!(store.status().rejection.is_none());
}

#[test]
fn an_update_is_refused_and_nothing_is_written() {
    let scratch = Scratch::with(days(5));
    let store = open(&scratch);
    let mut events = store.events();
    let before = (identity(&scratch.config()), scratch.names());
    let revision = store.snapshot().revision();
    let refused = [
        store.update(|config| config.retention.events_days = 101).unwrap_err(),
        store.update_if(revision, |config| config.retention.events_days = 101).unwrap_err(),
        store.update_text::<UpdateError>(None, |_, _| Ok(days(101))).unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(&error, UpdateError::Refused(problems) if problems.has(ProblemKind::Veto)));
        let text =
            "the change was refused:\n3:32: /retention/events_days: there is no room for more than 100 days";
        assert_eq!(error.to_string(), text);
    }
    // The lock file is what an update makes before it knows its edit.
    assert_eq!(identity(&scratch.config()), before.0);
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"], "beside {:?}", before.1);
    silent(&store, &mut events);
    store.update(|config| config.retention.events_days = 100).unwrap();
    assert_eq!((scratch.text(), events_days(&store)), (days(100), 100));
}

#[test]
fn the_first_document_too() {
    let scratch = Scratch::with(days(101));
    let before = identity(&scratch.config());
    let error = Options::new().verify(picky).open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Invalid { .. })), "{error:?}");
    assert_snapshot!(redacted(&scratch, &error), @r"
    DIR/config.json is not taken by this program:
    3:32: /retention/events_days: there is no room for more than 100 days
    ");
    assert_eq!((identity(&scratch.config()), scratch.names()), (before, vec!["config.json".to_owned()]));
}

#[test]
fn a_seed_that_is_not_taken_is_not_written() {
    let scratch = Scratch::new();
    let veto = |_: Option<&Config>, _: &Config| Err(Problem::veto(Pointer::root(), "never"));
    let error = Options::new().verify(veto).open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::BadSeed(_)), "{error:?}");
    assert!(!scratch.config().exists());
}

/// A copy of the older file is the first thing that an update of it writes.
#[test]
fn no_copy_of_an_older_file_is_left_behind() {
    let scratch = Scratch::with("{\"version\": 1, \"timeout\": 40}");
    let veto = |old: Option<&Service>, _: &Service| match old {
        None => Ok(()),
        Some(_) => Err(Problem::veto(Pointer::root(), "not while it runs")),
    };
    let options = Options::new().watch(None).migrate(false).verify(veto);
    let store = options.open(scratch.config()).unwrap();
    let error = store.update(|service| service.timeouts.connect = 1).unwrap_err();
    assert!(matches!(error, UpdateError::Refused(_)), "{error:?}");
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
    // The migration alone changes nothing of what it means: it is not asked about.
    let migrated = Options::new().watch(None).verify(veto).open(scratch.config()).unwrap();
    assert_eq!(migrated.opened_by(), Cause::Migration);
}

/// What is asked, in order: nothing about what means the same.
#[test]
fn it_is_asked_with_what_is_served() {
    let scratch = Scratch::with(days(5));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let options = Options::new().watch(None).verify(move |old: Option<&Config>, new: &Config| {
        log.lock().unwrap().push((old.map(|old| old.retention.events_days), new.retention.events_days));
        Ok(())
    });
    let store = options.open(scratch.config()).unwrap();
    put(&scratch.config(), format!("{}\n", days(5)));
    store.reload().unwrap();
    put(&scratch.config(), days(6));
    store.reload().unwrap();
    store.update(|config| config.retention.events_days += 1).unwrap();
    store.update(|_| {}).unwrap();
    // Found by an update: what is served then is still the one before.
    put(&scratch.config(), days(10));
    store.update(|config| config.retention.events_days += 1).unwrap();
    put(&scratch.config(), days(20));
    store.update(|_| {}).unwrap();
    let expected = [(None, 5), (Some(5), 6), (Some(6), 7), (Some(7), 11), (Some(11), 20)];
    assert_eq!(*asked.lock().unwrap(), expected);
}

#[test]
fn an_update_that_changes_nothing_does_not_serve_what_is_not_taken() {
    let scratch = Scratch::with(days(5));
    let store = open(&scratch);
    put(&scratch.config(), days(4));
    let error = store.update(|_| {}).unwrap_err();
    assert!(matches!(&error, UpdateError::OnDisk(Rejection::Invalid { .. })), "{error:?}");
    assert_eq!(events_days(&store), 5);
    // One that mends it is what is served next.
    assert_eq!(store.update(|config| config.retention.events_days = 7).unwrap().retention.events_days, 7);
}

#[test]
fn all_of_them_are_asked() {
    let scratch = Scratch::with(days(5));
    let no = |text: &'static str| {
        move |old: Option<&Config>, _: &Config| {
            old.map_or(Ok(()), |_| Err(Problem::veto(Pointer::root().key("features"), text)))
        }
    };
    let options = Options::new().watch(None).verify(no("first")).verify(picky).verify(no("second"));
    let store = options.open(scratch.config()).unwrap();
    put(&scratch.config(), days(4));
    assert_snapshot!(redacted(&scratch, &store.reload().unwrap_err()), @r"
    DIR/config.json is not taken by this program:
    1:1: /features: first
    1:1: /features: second
    3:32: /retention/events_days: 5 days are kept already
      help: restart it to keep fewer
    ");
}

#[test]
fn one_that_panics_says_no_and_nothing_is_the_worse_for_it() {
    let panics = |old: Option<&Config>, new: &Config| {
        assert_ne!(new.retention.events_days, 13, "unlucky: {:?}", old.is_some());
        Ok(())
    };
    let scratch = Scratch::with(days(13));
    let error = Options::new().verify(panics).open(scratch.config()).unwrap_err();
    assert_snapshot!(redacted(&scratch, &error), @r"
    DIR/config.json is not taken by this program:
    1:1: (document): a verifier of this program panicked
      help: this is a mistake in the program; what it said is on its standard error
    ");
    put(&scratch.config(), days(5));
    let store = quick().verify(panics).open(scratch.config()).unwrap();
    let mut events = store.events();
    put_by_rename(&scratch.config(), days(13));
    rejected(&mut events);
    assert!(matches!(store.update(|_| {}), Err(UpdateError::OnDisk(_))));
    put_by_rename(&scratch.config(), days(6));
    accepted(&mut events);
    let error = store.update(|config| config.retention.events_days = 13).unwrap_err();
    assert!(matches!(error, UpdateError::Refused(_)), "{error:?}");
    assert_eq!(scratch.text(), days(6));
    store.update(|config| config.retention.events_days = 14).unwrap();
    assert_eq!((events_days(&store), store.status().watch.unwrap().panics), (14, 0));
}

/// What a verifier goes by may change without the file: then it is news, and a look that is asked for takes it.
#[test]
fn another_reason_is_told_and_none_ends_it() {
    let scratch = Scratch::with(days(5));
    let reason = Arc::new(Mutex::new(Some("the disk is full")));
    let now = Arc::clone(&reason);
    let options = Options::new().watch(None).verify(move |old: Option<&Config>, _: &Config| {
        let reason = now.lock().unwrap().filter(|_| old.is_some());
        reason.map_or(Ok(()), |reason| Err(Problem::veto(Pointer::root(), reason)))
    });
    let store = options.open(scratch.config()).unwrap();
    let mut events = store.events();
    put(&scratch.config(), days(6));
    for text in ["the disk is full", "the disk is gone"] {
        *reason.lock().unwrap() = Some(text);
        assert!(store.reload().unwrap_err().to_string().ends_with(text));
        assert!(rejected(&mut events).to_string().ends_with(text));
        silent(&store, &mut events);
    }
    *reason.lock().unwrap() = None;
    assert_eq!(store.reload().unwrap().retention.events_days, 6);
    accepted(&mut events);
}

/// Whoever is refused is nobody else's trouble: the others are saved, each with its own edit.
#[test]
fn one_of_many_updates_is_refused() {
    let scratch = Scratch::with(days(5));
    let options = Options::new().watch(None).lock_wait(LONG).verify(|_, new: &Config| {
        if new.features.debug { Err(Problem::veto(Pointer::root(), "no debugging")) } else { Ok(()) }
    });
    let store = options.open(scratch.config()).unwrap();
    thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for _ in 0..10 {
                    let refused = store.update(|config| config.features.debug = true);
                    assert!(
                        thread % 2 == 1 || matches!(refused, Err(UpdateError::Refused(_))),
                        "{refused:?}"
                    );
                    store.update(|config| config.retention.events_days += 1).unwrap();
                }
            });
        }
    });
    assert_eq!((events_days(&store), store.snapshot().features.debug), (85, false));
}

/// Edits by another program, updates and readers at once: nobody ever gets what was not taken.
#[test]
fn nobody_sees_what_was_not_taken() {
    let scratch = Scratch::with(days(0));
    let options = quick().lock_wait(LONG).verify(|_, new: &Config| {
        let place = Pointer::root().key("retention").key("events_days");
        if new.retention.events_days % 2 == 1 { Err(Problem::veto(place, "odd")) } else { Ok(()) }
    });
    let store = options.open(scratch.config()).unwrap();
    let changes = store.subscribe();
    let last = 1000;
    thread::scope(|scope| {
        scope.spawn(|| {
            for change in changes {
                assert_eq!(change.after().retention.events_days % 2, 0);
                if change.after().retention.events_days == last {
                    break;
                }
            }
        });
        scope.spawn(|| {
            for value in 0..100 {
                put_by_rename(&scratch.config(), days(value));
                drop(store.update(|config| config.retention.events_days += 1));
                drop(store.update(|config| config.features.debug ^= true));
            }
            put_by_rename(&scratch.config(), days(last));
        });
        let mut reader = store.reader();
        eventually("the last one", LONG, || {
            assert_eq!(events_days(&store) % 2, 0);
            events_days(&store) == last
        });
        assert_eq!(reader.snapshot().retention.events_days, last);
    });
}

#[test]
fn what_it_says_is_bounded_and_harmless() {
    let scratch = Scratch::with(days(5));
    let options = Options::new().watch(None).verify(|old: Option<&Config>, _: &Config| {
        let secret = Pointer::root().key("models").key("a").key("allowed_keys").key("sk-secret");
        let text = format!("\u{1b}[2J\u{202e}{}", "long ".repeat(1000));
        old.map_or(Ok(()), |_| Err(Problem::veto(secret, &text).with_help(&text)))
    });
    let store = options.open(scratch.config()).unwrap();
    let error = store.update(|config| config.features.debug = true).unwrap_err().to_string();
    assert!(error.contains("/models/a/allowed_keys/*: \\u{1b}[2J\\u{202e}long"), "{error}");
    assert!(error.len() < 3000 && !error.contains("sk-secret") && !error.contains('\u{1b}'), "{error}");
}
