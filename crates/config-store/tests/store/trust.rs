//! Who may change the file: the same verdicts when a store is opened and at each look, and the document before them stays.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use config_model::Config;
use config_store::{Event, OpenError, Options, Rejection, Store, UpdateError};

use super::support::{
    LONG, Scratch, accepted, days, events_days, eventually, link, put, put_by_rename, quick, rejected,
    rename, set_mode, silent,
};

/// The reason why a store is not opened, which must be a refusal.
fn refused_at_start(options: Options<Config>, path: &Path) -> String {
    match options.open(path).unwrap_err() {
        OpenError::Rejected(Rejection::Unreadable { reason, refused: true, .. }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn what_others_may_write_is_refused_at_start_and_at_each_look() {
    for mode in [0o620, 0o602, 0o666] {
        let scratch = Scratch::with(days(5));
        let store = scratch.quick::<Config>();
        let mut events = store.events();
        put_by_rename(&scratch.config(), days(6));
        accepted(&mut events);
        set_mode(&scratch.config(), mode);
        let Rejection::Unreadable { reason, refused: true, .. } = rejected(&mut events) else {
            panic!("{mode:o}")
        };
        assert_eq!(refused_at_start(Options::new(), &scratch.config()), reason, "the same words");
        // Whatever it says now, it is not served, nor changed.
        put(&scratch.config(), days(7));
        store.reload().unwrap_err();
        let error = store.update(|config| config.features.debug = true).unwrap_err();
        assert!(
            matches!(error, UpdateError::OnDisk(Rejection::Unreadable { refused: true, .. })),
            "{error:?}"
        );
        assert_eq!((events_days(&store), scratch.text()), (6, days(7)));
        // Said once.
        for _ in 0..10 {
            silent(&store, &mut events);
        }
        set_mode(&scratch.config(), 0o600);
        accepted(&mut events);
        assert_eq!(events_days(&store), 7);
    }
}

/// A directory that is closed again leaves no trace on the file.
#[test]
fn a_directory_that_others_may_write_is_refused_until_it_is_closed() {
    let scratch = Scratch::new();
    let directory = scratch.join("config");
    fs::create_dir(&directory).unwrap();
    let path = directory.join("config.json");
    put(&path, days(5));
    set_mode(&path, 0o600);
    let store: Store<Config> = quick().open(&path).unwrap();
    let mut events = store.events();
    set_mode(&directory, 0o777);
    assert!(refused_at_start(Options::new(), &path).contains("has mode 0777"));
    put(&path, days(6));
    rejected(&mut events);
    assert_eq!(events_days(&store), 5);
    store.update(|config| config.features.debug = true).unwrap_err();
    let names = fs::read_dir(&directory).unwrap().count();
    set_mode(&directory, 0o700);
    eventually("the directory is closed", LONG, || events_days(&store) == 6);
    assert_eq!(names, fs::read_dir(&directory).unwrap().count());
    assert!(store.status().rejection.is_none());
}

#[test]
fn nothing_is_seeded_where_others_may_write() {
    let scratch = Scratch::new();
    for mode in [0o777, 0o703] {
        set_mode(scratch.path(), mode);
        refused_at_start(Options::new(), &scratch.config());
        refused_at_start(Options::new(), &scratch.join("inner/config.json"));
    }
    assert!(scratch.names().is_empty());
    set_mode(scratch.path(), 0o1777);
    let error = Store::<Config>::open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Lock(config_fs::LockError::Refused(_))), "{error:?}");
    assert!(scratch.names().is_empty());
    // In a directory of one's own below, it is.
    Store::<Config>::open(scratch.join("inner/config.json")).unwrap();
}

#[test]
fn an_expected_mode_is_silent_and_a_save_makes_it_private() {
    for mode in [0o400, 0o440, 0o640] {
        let scratch = Scratch::with(days(5));
        set_mode(&scratch.config(), mode);
        let store: Store<Config> =
            Options::new().watch(None).expected_mode(mode).open(scratch.config()).unwrap();
        let mut events = store.events();
        for _ in 0..1000 {
            store.reload().unwrap();
        }
        assert!(store.status().warnings.is_empty());
        silent(&store, &mut events);
        store.update(|config| config.features.debug = true).unwrap();
        assert_eq!(super::support::mode(&scratch.config()), 0o600);
    }
}

/// Kubernetes' files are 0644 unless told otherwise, and each swap brings new ones.
#[test]
fn a_thousand_swaps_warn_once() {
    let scratch = Scratch::new();
    let generation = |number: usize| {
        let directory = scratch.join(&format!("..{number}"));
        fs::create_dir(&directory).unwrap();
        put(&directory.join("config.json"), days(number as u64));
        set_mode(&directory.join("config.json"), 0o644);
        link(&scratch.join("..data_tmp"), format!("..{number}"));
        rename(&scratch.join("..data_tmp"), &scratch.join("..data"));
    };
    generation(0);
    link(&scratch.config(), "..data/config.json");
    let store = scratch.unwatched::<Config>();
    let mut events = store.events();
    let mut warnings = store.status().warnings.len();
    for number in 1..=1000 {
        generation(number);
        store.reload().unwrap();
        while let Some(event) = events.next_within(Duration::ZERO) {
            warnings += usize::from(matches!(event, Event::Warning(_)));
        }
    }
    assert_eq!((warnings, events_days(&store)), (1, 1000));
    assert_eq!(store.status().warnings.len(), 1, "and it is in the status");
}

/// A good file and a bad one take each other's place as fast as they can, and no reload serves the bad one. The verdict is
/// on what was read, not on what had the name a moment before.
#[test]
fn no_swap_slips_through_between_the_check_and_the_reading() {
    let scratch = Scratch::with(days(1));
    let store = scratch.unwatched::<Config>();
    let (good, bad) = (scratch.join("good"), scratch.join("bad"));
    let make = |path: &Path, text: String, mode| {
        put(path, text);
        set_mode(path, mode);
    };
    let is_over = AtomicBool::new(false);
    let (mut served, mut refused) = (0_u32, 0_u32);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0_u64.. {
                // Days that are odd are good.
                make(&good, days(2 * (round % 1000) + 1), 0o600);
                rename(&good, &scratch.config());
                make(&bad, days(2 * (round % 1000)), 0o666);
                rename(&bad, &scratch.config());
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        while served + refused < 10_000 || served == 0 || refused == 0 {
            match store.reload() {
                Ok(_) => served += 1,
                Err(Rejection::Unreadable { refused: true, .. }) => refused += 1,
                Err(other) => panic!("{other}"),
            }
            assert_eq!(events_days(&store) % 2, 1, "a bad file is served");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    println!("{served} reloads of a good file, {refused} of a bad one");
}
