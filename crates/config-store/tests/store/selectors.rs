//! Subscriptions to a part: what they hear of, and what they do not.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use config_model::{Config, Retention};
use config_store::{Cause, PartSubscription, Store};
use proptest::prelude::*;

use super::support::{LONG, Scratch, days, pair, put, timed};

const NOW: Duration = Duration::ZERO;
const BROKEN: &str = "{\"version\": 1, \"retention\": 1}";

fn retention(store: &Store<Config>) -> PartSubscription<Config, Retention> {
    store.subscribe_to(|config| &config.retention)
}

#[test]
fn an_edit_elsewhere_is_not_heard_of() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let mut changes = retention(&store);
    store.update(|config| config.features.debug = true).unwrap();
    assert!(changes.next_within(NOW).is_none(), "an update of another part");
    put(&scratch.config(), days(5));
    store.reload().unwrap();
    assert!(changes.next_within(NOW).is_none(), "an edit of another part, by another program");
    put(&scratch.config(), days(6));
    store.reload().unwrap();
    let change = changes.next_within(LONG).unwrap();
    assert_eq!((change.before().events_days, change.after().events_days), (5, 6));
    assert_eq!(change.whole().cause(), Cause::Edit);
    assert_eq!(*change.before(), change.whole().before().retention);
    assert_eq!(change.whole().after().revision(), store.snapshot().revision());
    assert!(changes.next_within(NOW).is_none());
}

#[test]
fn there_and_back_is_nothing() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let (mut changes, mut all) = (retention(&store), store.subscribe());
    for value in [6, 7, 5] {
        store.update(|config| config.retention.events_days = value).unwrap();
    }
    assert!(changes.next_within(NOW).is_none());
    assert!(all.next_within(NOW).is_some(), "documents were accepted");
    store.update(|config| config.retention.events_days = 8).unwrap();
    let change = changes.next_within(LONG).unwrap();
    assert_eq!((change.before().events_days, change.after().events_days), (5, 8));
}

#[test]
fn a_slow_subscriber_hears_once_from_what_it_saw_last() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    let mut changes = retention(&store);
    let mut seen = 0;
    for newest in [1, 30, 31, 80] {
        for value in seen + 1..=newest {
            store.update(|config| config.retention.events_days = value).unwrap();
            store.update(|config| config.features.debug ^= true).unwrap();
        }
        assert_eq!(changes.seen().events_days, seen, "as long as nothing is fetched");
        let change = changes.next_within(LONG).unwrap();
        assert_eq!((change.before().events_days, change.after().events_days), (seen, newest));
        assert_eq!(changes.seen().events_days, newest);
        assert!(changes.next_within(NOW).is_none());
        seen = newest;
    }
}

/// The part may have no size of its own, and is picked by a plain closure.
#[test]
fn any_part_that_can_be_compared() {
    let scratch = Scratch::new();
    let store = scratch.unwatched::<Config>();
    let mut everything = store.subscribe_to(|config| config);
    let mut debug = store.subscribe_to(|config| &config.features.debug);
    let mut upstream =
        store.subscribe_to(|config| config.models.get("a").map_or("", |model| model.upstream.as_str()));
    let text = "{\"version\": 1, \"models\": {\"a\": {\"upstream\": \"m\", \"enabled\": true, \"allowed_keys\": []}}}";
    put(&scratch.config(), text);
    store.reload().unwrap();
    let change = upstream.next_within(LONG).unwrap();
    assert_eq!((change.before(), change.after()), ("", "m"));
    assert_eq!(everything.next_within(LONG).unwrap().after().models.len(), 1);
    assert!(debug.next_within(NOW).is_none());
}

#[test]
fn what_was_rejected_is_never_seen() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let mut changes = retention(&store);
    put(&scratch.config(), BROKEN);
    store.reload().unwrap_err();
    assert!(changes.next_within(NOW).is_none());
    put(&scratch.config(), days(5));
    store.reload().unwrap();
    assert!(changes.next_within(NOW).is_none(), "it went back to what is served");
}

/// While a part is being picked, for as long as it likes, documents are published and others are told.
#[test]
fn a_slow_subscriber_delays_nobody() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let (picking, is_picking) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let mut slow = store.subscribe_to(move |config: &Config| {
        picking.send(()).ok();
        may_go_on.lock().unwrap().recv().ok();
        &config.retention
    });
    let mut others = retention(&store);
    thread::scope(|scope| {
        store.update(|config| config.retention.events_days = 6).unwrap();
        let slow =
            scope.spawn(move || slow.next().map(|change| change.whole().after().retention.events_days));
        is_picking.recv_timeout(LONG).unwrap();
        for value in 7..20 {
            let (_, took) = timed(|| store.update(|config| config.retention.events_days = value).unwrap());
            assert!(took < LONG, "{took:?}");
        }
        assert_eq!(others.next_within(LONG).unwrap().after().events_days, 19);
        drop(go_on);
        assert_eq!(slow.join().unwrap(), Some(6), "what it had fetched before it was slow");
    });
}

/// Whatever is published while somebody subscribes: each value is heard of once, in order, both halves of one document.
#[test]
fn no_change_is_missed_or_torn_while_subscribing() {
    let scratch = Scratch::with(pair(0));
    let store = scratch.unwatched::<Config>();
    let last = 300;
    thread::scope(|scope| {
        // Subscribes anew after each few changes, until the last one is served.
        let listen = || {
            let mut seen = 0;
            while seen < last {
                let mut changes = retention(&store);
                let mut generation = 0;
                seen = changes.seen().events_days;
                for _ in 0..3 {
                    let patience = if seen < last { LONG } else { NOW };
                    let Some(change) = changes.next_within(patience) else { break };
                    assert_eq!(change.before().events_days, change.before().traces_days);
                    assert_eq!(change.after().events_days, change.after().traces_days);
                    assert_eq!(change.before().events_days, seen, "a gap");
                    assert!(change.after().events_days > seen, "back in time");
                    assert!(change.whole().after().generation() > generation);
                    (seen, generation) = (change.after().events_days, change.whole().after().generation());
                }
            }
        };
        for _ in 0..4 {
            scope.spawn(listen);
        }
        for value in 1..=last {
            put(&scratch.config(), pair(value));
            store.reload().unwrap();
        }
    });
}

#[test]
fn it_ends_with_the_store() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let changes = retention(&store);
    store.update(|config| config.retention.events_days = 6).unwrap();
    drop(store);
    assert_eq!(changes.map(|change| change.after().events_days).collect::<Vec<_>>(), [6]);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Part(u64),
    Other(bool),
    Broken,
    Fetch,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..3u64).prop_map(Step::Part),
        any::<bool>().prop_map(Step::Other),
        Just(Step::Broken),
        Just(Step::Fetch),
    ];
    proptest::collection::vec(step, 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// The model is one number: what the subscriber saw last.
    #[test]
    fn it_hears_of_what_differs_from_what_it_saw_last(steps in steps()) {
        let scratch = Scratch::with(days(0));
        let store = scratch.unwatched::<Config>();
        let mut changes = retention(&store);
        let (mut seen, mut newest, mut debug) = (0, 0, false);
        for step in steps.into_iter().chain([Step::Fetch]) {
            match step {
                Step::Part(value) => newest = value,
                Step::Other(value) => debug = value,
                Step::Broken => {
                    put(&scratch.config(), BROKEN);
                    prop_assert!(store.reload().is_err());
                }
                Step::Fetch => {
                    let heard = changes.next_within(NOW).map(|change| (change.before().events_days, change.after().events_days));
                    prop_assert_eq!(heard, (seen != newest).then_some((seen, newest)));
                    seen = newest;
                }
            }
            if matches!(step, Step::Part(_) | Step::Other(_)) {
                put(&scratch.config(), format!("{{\"version\": 1, \"retention\": {{\"events_days\": {newest}}}, \"features\": {{\"debug\": {debug}}}}}"));
                prop_assert!(store.reload().is_ok());
            }
        }
    }
}
