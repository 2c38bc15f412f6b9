//! Broken edits: the document before them stays, each is said once, and its fix is picked up.

use std::time::Duration;

use config_model::{Config, ProblemKind};
use config_store::{Cause, Event, Rejection, Store};

use super::support::{
    LONG, NEVER, Scratch, accepted, days, events_days, looked, put, put_by_rename, put_like_vim, quick,
    rejected, set_mode, silent, touch,
};

const RULE: &str = "{\"version\": 1, \"retention\": {\"events_days\": 36501}}";
const TYPE: &str = "{\"version\": 1, \"retention\": {\"events_days\": \"1\"}}";
const TORN: &str = "{\"version\": 1, \"retention\": {";

/// Reports only what cannot be half of a save.
fn patient(scratch: &Scratch) -> Store<Config> {
    quick().patience(NEVER).open(scratch.config()).unwrap()
}

#[test]
fn what_is_whole_and_wrong_is_reported_at_once() {
    for (text, kind) in [(RULE, ProblemKind::Rule), (TYPE, ProblemKind::Type), ("{}", ProblemKind::Version)] {
        let scratch = Scratch::with(days(5));
        let store = patient(&scratch);
        let mut events = store.events();
        put_by_rename(&scratch.config(), text);
        let rejection = rejected(&mut events);
        assert!(rejection.problems().unwrap().has(kind), "{rejection}");
        assert_eq!((events_days(&store), store.snapshot().generation()), (5, 1));
        assert_eq!(store.status().rejection.unwrap().to_string(), rejection.to_string());
    }
}

#[test]
fn each_content_is_reported_once() {
    let scratch = Scratch::with(days(5));
    let store = patient(&scratch);
    let mut events = store.events();
    put_by_rename(&scratch.config(), RULE);
    rejected(&mut events);
    for _ in 0..3 {
        put_by_rename(&scratch.config(), RULE);
        looked(&store);
        touch(&scratch.config());
        looked(&store);
        silent(&store, &mut events);
    }
    put_by_rename(&scratch.config(), TYPE);
    rejected(&mut events);
    silent(&store, &mut events);
}

#[test]
fn the_fix_is_accepted() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    let mut events = store.events();
    for (round, broken) in [RULE, TYPE, TORN, ""].into_iter().enumerate() {
        put_by_rename(&scratch.config(), broken);
        rejected(&mut events);
        let fixed = 10 + round as u64;
        put_by_rename(&scratch.config(), days(fixed));
        let change = accepted(&mut events);
        assert_eq!((change.cause(), change.after().retention.events_days), (Cause::Edit, fixed));
        assert!(store.status().rejection.is_none());
    }
    silent(&store, &mut events);
}

#[test]
fn going_back_is_told_once_and_differs_in_nothing() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    let mut events = store.events();
    for broken in [RULE, TORN, ""] {
        put_by_rename(&scratch.config(), broken);
        rejected(&mut events);
        put_by_rename(&scratch.config(), days(5));
        let change = accepted(&mut events);
        assert!(change.diff().is_empty() && change.diff().to_string().is_empty());
        assert_eq!((change.before().generation(), change.after().generation()), (1, 1));
        looked(&store);
        silent(&store, &mut events);
    }
}

/// An editor that takes the file away for a moment must neither repeat what was said nor make it forgotten.
#[test]
fn a_moment_without_a_file_does_not_end_what_was_reported() {
    let scratch = Scratch::with(days(5));
    let store = patient(&scratch);
    let mut events = store.events();
    put_by_rename(&scratch.config(), RULE);
    rejected(&mut events);
    let missing = || {
        std::fs::remove_file(scratch.config()).unwrap();
        super::support::eventually("a look at nothing", LONG, || {
            let before = store.status().looked_at;
            super::support::eventually("a look", LONG, || store.status().looked_at > before);
            true
        });
        assert!(store.status().rejection.is_some(), "what is served is still not what was last saved");
    };
    missing();
    put_by_rename(&scratch.config(), RULE);
    looked(&store);
    assert!(events.next_within(Duration::ZERO).is_none(), "the same content, said again");
    missing();
    put_by_rename(&scratch.config(), days(5));
    assert!(accepted(&mut events).diff().is_empty());
    assert!(store.status().rejection.is_none());
    silent(&store, &mut events);
}

/// What was broken long ago says nothing about the save that is on its way now.
#[test]
fn a_long_broken_file_is_given_time_when_it_is_saved_again() {
    let scratch = Scratch::with(days(5));
    let patience = Duration::from_millis(400);
    let store = quick::<Config>().patience(patience).open(scratch.config()).unwrap();
    let mut events = store.events();
    put_by_rename(&scratch.config(), RULE);
    rejected(&mut events);
    assert!(events.next_within(patience * 6).is_none());
    let ((), took) = super::support::timed(|| {
        put_by_rename(&scratch.config(), TORN);
        rejected(&mut events);
    });
    assert!(took >= patience, "{took:?}");
}

#[test]
fn reload_says_at_once_why() {
    let scratch = Scratch::with(days(5));
    let store = quick::<Config>().patience(NEVER).watch(None).open(scratch.config()).unwrap();
    let mut events = store.events();
    for broken in ["", TORN, RULE] {
        put(&scratch.config(), broken);
        let rejection = store.reload().unwrap_err();
        assert!(matches!(rejection, Rejection::Invalid { .. }), "{rejection:?}");
        rejected(&mut events);
        assert!(store.reload().is_err(), "and says it again to who asks again");
        silent(&store, &mut events);
    }
    std::fs::remove_file(scratch.config()).unwrap();
    assert!(matches!(store.reload(), Err(Rejection::Missing { .. })));
    rejected(&mut events);
    put(&scratch.config(), days(6));
    set_mode(&scratch.config(), 0o600);
    assert_eq!(store.reload().unwrap().retention.events_days, 6);
    accepted(&mut events);
    silent(&store, &mut events);
}

#[test]
fn an_update_ends_what_was_reported() {
    let scratch = Scratch::with(days(5));
    let store = patient(&scratch);
    let mut events = store.events();
    put_by_rename(&scratch.config(), RULE);
    rejected(&mut events);
    put_by_rename(&scratch.config(), days(6));
    store.update(|config| config.features.debug = true).unwrap();
    looked(&store);
    assert!(store.status().rejection.is_none());
    let events: Vec<_> = std::iter::from_fn(|| events.next_within(Duration::ZERO)).collect();
    assert!(events.iter().all(|event| matches!(event, Event::Accepted(_))), "{events:?}");
    assert!(events.len() <= 2, "{events:?}");
}

#[test]
fn broken_again_and_again_in_every_way() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    for round in 0..8 {
        for save in [put::<&str>, put_by_rename, put_like_vim] {
            save(&scratch.config(), [RULE, TORN, "", "\0\0\0\0"][round % 4]);
            store.reload().unwrap_err();
            assert_eq!(events_days(&store), 5);
        }
    }
    put(&scratch.config(), days(6));
    super::support::eventually("the fix is served", LONG, || events_days(&store) == 6);
    assert!(store.status().rejection.is_none());
}

#[test]
fn a_check_that_panics_keeps_the_one_before() {
    let scratch = Scratch::new();
    let store: Store<super::schemas::Fragile> = scratch.quick();
    put_by_rename(&scratch.config(), "{\"version\": 1, \"size\": 13}");
    super::support::eventually("it is rejected", LONG, || store.status().rejection.is_some());
    let status = store.status();
    let told = status.rejection.unwrap();
    assert!(told.to_string().contains("the schema of this program panicked"), "{told}");
    assert_eq!((store.snapshot().size, status.stale, told.kind().name()), (1, true, "veto"));
    // Once, and to who asks.
    assert_eq!(store.reload().unwrap_err().to_string(), told.to_string());
    put_by_rename(&scratch.config(), "{\"version\": 1, \"size\": 14}");
    super::support::eventually("the fix is served", LONG, || store.snapshot().size == 14);
    let status = store.status();
    assert_eq!((status.stale, status.rejection.is_some(), status.watch.unwrap().panics), (false, false, 0));
    store.update(|document| document.size = 15).unwrap();
}
