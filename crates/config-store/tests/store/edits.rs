//! Edits by other programs: served within a second, once each, and nothing else is said.

use std::time::Duration;

use config_model::Config;
use config_store::{Cause, Event, Rejection, Store};

use super::support::{
    LONG, Scratch, accepted, days, events_days, eventually, link, looked, put, put_anew, put_by_rename,
    put_like_vim, rename, set_mode, silent, touch,
};

/// The promise is a second. A busy machine is given more, but not every time.
#[test]
fn every_way_to_save_is_served_within_a_second() {
    let scratch = Scratch::with(days(1));
    let store: Store<Config> = Store::open(scratch.config()).unwrap();
    let ways = [put::<String>, put_by_rename, put_like_vim, put_anew];
    let mut times: Vec<Duration> = (0..12)
        .map(|round| {
            let wanted = 100 + round as u64;
            ways[round % ways.len()](&scratch.config(), days(wanted));
            eventually("the edit is served", LONG, || events_days(&store) == wanted)
        })
        .collect();
    times.sort();
    assert!(times[times.len() / 2] <= Duration::from_secs(1), "{times:?}");
    assert!(times[times.len() - 1] <= Duration::from_secs(5), "{times:?}");
}

#[test]
fn an_edit_is_one_event_with_what_differs() {
    for save in [put::<String>, put_by_rename, put_like_vim, put_anew] {
        let scratch = Scratch::with(days(5));
        let store = scratch.quick::<Config>();
        let mut events = store.events();
        save(&scratch.config(), days(6));
        set_mode(&scratch.config(), 0o600);
        let change = loop {
            match events.next_within(LONG) {
                // `vim` and `rm; cat >` leave the umask's mode for a moment.
                Some(Event::Warning(_)) => {}
                Some(Event::Accepted(change)) => break change,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            (change.cause(), change.before().generation(), change.after().generation()),
            (Cause::Edit, 1, 2)
        );
        assert_eq!(change.diff().to_string(), "~ /retention/events_days: 5 -> 6");
        looked(&store);
        while let Some(event) = events.next_within(Duration::ZERO) {
            assert!(matches!(event, Event::Warning(_)), "{event:?}");
        }
    }
}

#[test]
fn what_changes_no_byte_is_no_news() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    let mut events = store.events();
    for save in [put::<String>, put_by_rename] {
        save(&scratch.config(), days(5));
        looked(&store);
        silent(&store, &mut events);
    }
    touch(&scratch.config());
    set_mode(&scratch.config(), 0o400);
    silent(&store, &mut events);
    set_mode(&scratch.config(), 0o600);
    looked(&store);
    silent(&store, &mut events);
    assert_eq!(store.snapshot().generation(), 1);
}

#[test]
fn own_updates_are_not_edits() {
    let scratch = Scratch::with(days(0));
    let store = scratch.quick::<Config>();
    let mut events = store.events();
    for round in 1..=100 {
        let after = store.update(|config| config.retention.events_days = round).unwrap();
        if round % 10 == 0 {
            looked(&store);
        }
        let change = accepted(&mut events);
        assert_eq!((change.cause(), change.after().generation()), (Cause::Update, after.generation()));
    }
    looked(&store);
    silent(&store, &mut events);
}

#[test]
fn an_edit_right_after_an_update_is_seen() {
    let scratch = Scratch::with(days(0));
    let store = scratch.quick::<Config>();
    for round in 1..=50 {
        store.update(|config| config.retention.events_days = 500 + round).unwrap();
        // In place, of the same size, and within a tick of the clock that stamps files.
        put(&scratch.config(), days(100 + round));
        eventually("the edit is served", LONG, || events_days(&store) == 100 + round);
    }
}

#[test]
fn edits_within_one_tick_are_all_seen() {
    let scratch = Scratch::with(days(100));
    let store = scratch.unwatched::<Config>();
    for round in 101..400 {
        put(&scratch.config(), days(round));
        assert_eq!(store.reload().unwrap().retention.events_days, round);
    }
    let store = scratch.quick::<Config>();
    for round in 101..200 {
        put(&scratch.config(), days(round));
        put(&scratch.config(), days(round + 1));
        eventually("the last edit is served", LONG, || events_days(&store) == round + 1);
    }
}

#[test]
fn kubernetes_swaps_a_link() {
    let scratch = Scratch::new();
    for (version, value) in [("..1", 1), ("..2", 2)] {
        std::fs::create_dir(scratch.join(version)).unwrap();
        put(&scratch.join(version).join("config.json"), days(value));
    }
    link(&scratch.join("..data"), "..1");
    link(&scratch.config(), "..data/config.json");
    let store = scratch.quick::<Config>();
    assert_eq!(events_days(&store), 1);
    for round in 0..6 {
        link(&scratch.join("..new"), if round % 2 == 0 { "..2" } else { "..1" });
        rename(&scratch.join("..new"), &scratch.join("..data"));
        eventually("the swap is served", LONG, || events_days(&store) == 2 - round % 2);
    }
}

#[test]
fn deleted_and_brought_back() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    let mut events = store.events();
    for value in [5, 6] {
        rename(&scratch.config(), &scratch.join("aside"));
        let rejection = super::support::rejected(&mut events);
        assert!(matches!(rejection, Rejection::Missing { .. }), "{rejection:?}");
        assert_eq!(events_days(&store), 5);
        looked_at_nothing(&store);
        assert!(events.next_within(Duration::ZERO).is_none(), "said once");
        put_by_rename(&scratch.join("aside"), days(value));
        rename(&scratch.join("aside"), &scratch.config());
        let change = accepted(&mut events);
        assert_eq!((change.after().retention.events_days, change.diff().is_empty()), (value, value == 5));
        assert!(store.status().rejection.is_none());
    }
}

#[test]
fn a_directory_that_goes_and_comes_back_as_it_was() {
    let scratch = Scratch::new();
    let path = scratch.join("etc/config.json");
    let store: Store<Config> = super::support::quick().open(&path).unwrap();
    let mut events = store.events();
    looked(&store);
    for _ in 0..2 {
        // The file itself does not change: its stamp stays what it was.
        rename(&scratch.join("etc"), &scratch.join("aside"));
        assert!(matches!(super::support::rejected(&mut events), Rejection::Missing { .. }));
        rename(&scratch.join("aside"), &scratch.join("etc"));
        assert!(accepted(&mut events).diff().is_empty());
        assert!(store.status().rejection.is_none());
    }
    std::fs::remove_dir_all(scratch.join("etc")).unwrap();
    assert!(matches!(super::support::rejected(&mut events), Rejection::Missing { .. }));
    std::fs::create_dir(scratch.join("etc")).unwrap();
    put(&path, days(7));
    eventually("the new one is served", LONG, || events_days(&store) == 7);
}

/// A few more looks, with no file to touch.
fn looked_at_nothing(store: &Store<Config>) {
    for _ in 0..3 {
        store.reload().unwrap_err();
    }
}
