//! Subscriptions: what they see, in which order, and when they end.

use std::thread;
use std::time::Duration;

use config_model::{AllowedKeys, ApiKey, Config, Model};
use config_store::{Cause, Event};

use super::support::{LONG, Scratch, accepted, days, put, put_by_rename, set_mode, silent, timed};

const BROKEN: &str = "{\"version\": 1, \"retention\": 1}";

#[test]
fn a_change_has_both_sides_a_cause_and_a_diff() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let (mut changes, before) = (store.subscribe(), store.snapshot());
    let after = store.update(|config| config.features.telemetry = true).unwrap();
    put(&scratch.config(), days(6));
    store.reload().unwrap();
    let change = changes.next_within(LONG).unwrap();
    assert_eq!(change.before().revision(), before.revision());
    assert_eq!(change.after().retention.events_days, 6, "what waits becomes one");
    assert_eq!((change.cause(), change.cause().name()), (Cause::Edit, "edit"));
    assert_eq!(change.diff().to_string(), "~ /retention/events_days: 5 -> 6");
    assert_eq!((after.generation(), change.after().generation()), (2, 3));
}

#[test]
fn secrets_are_masked_in_a_diff() {
    let scratch = Scratch::new();
    let store = scratch.unwatched::<Config>();
    let mut changes = store.subscribe();
    let model = |key: &str| Model {
        upstream: "gpt".into(),
        enabled: true,
        allowed_keys: AllowedKeys::only([ApiKey::new(key)]),
    };
    for key in ["first-secret", "second-secret"] {
        store.update(|config| drop(config.models.insert("fast".into(), model(key)))).unwrap();
        let diff = changes.next_within(LONG).unwrap().diff();
        let text = format!("{diff} {diff:?}");
        assert!(text.contains("[secret]") && !text.contains("-secret"), "{text}");
    }
    store.update(|config| config.models.clear()).unwrap();
    let diff = changes.next_within(LONG).unwrap().diff();
    assert!(!diff.is_empty() && !format!("{diff}{diff:?}").contains("-secret"), "{diff}");
}

#[test]
fn a_slow_subscriber_gets_the_first_before_and_the_last_after() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    let (mut changes, mut events) = (store.subscribe(), store.events());
    for value in 1..=100 {
        store.update(|config| config.retention.events_days = value).unwrap();
    }
    let change = changes.next_within(LONG).unwrap();
    assert_eq!((change.before().retention.events_days, change.after().retention.events_days), (0, 100));
    assert!(changes.next_within(Duration::ZERO).is_none());
    let list: Vec<_> = std::iter::from_fn(|| events.next_within(Duration::ZERO)).collect();
    assert!(list.len() < 100, "what nobody fetches is bounded");
    let mut served = 0;
    for event in list {
        let Event::Accepted(change) = event else { panic!("{event:?}") };
        assert_eq!(change.before().retention.events_days, served, "no gap");
        served = change.after().retention.events_days;
    }
    assert_eq!(served, 100);
}

/// However much else is said, no change is lost.
#[test]
fn rejections_do_not_push_a_change_out() {
    for others in [14, 15, 16, 17, 40] {
        let scratch = Scratch::with(days(5));
        let store = scratch.unwatched::<Config>();
        let (mut changes, mut events) = (store.subscribe(), store.events());
        store.update(|config| config.retention.events_days = 6).unwrap();
        for round in 0..others {
            put(&scratch.config(), format!("{BROKEN}{}", " ".repeat(round)));
            store.reload().unwrap_err();
        }
        put(&scratch.config(), days(7));
        store.reload().unwrap();
        let change = changes.next_within(LONG).unwrap();
        assert_eq!((change.before().retention.events_days, change.after().retention.events_days), (5, 7));
        let list: Vec<_> = std::iter::from_fn(|| events.next_within(Duration::ZERO)).collect();
        assert!(list.len() <= 16, "{}", list.len());
        let mut served = 5;
        for event in list {
            if let Event::Accepted(change) = event {
                assert_eq!(change.before().retention.events_days, served, "no gap");
                served = change.after().retention.events_days;
            }
        }
        assert_eq!(served, 7);
    }
}

#[test]
fn a_subscription_never_sees_what_was_rejected() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let (mut changes, mut events) = (store.subscribe(), store.events());
    put(&scratch.config(), BROKEN);
    store.reload().unwrap_err();
    assert!(changes.next_within(Duration::from_millis(50)).is_none());
    put(&scratch.config(), days(6));
    store.reload().unwrap();
    assert_eq!(changes.next_within(LONG).unwrap().before().retention.events_days, 5);
    assert!(matches!(events.next(), Some(Event::Rejected(_))));
    accepted(&mut events);
    silent(&store, &mut events);
}

#[test]
fn waiting_ends_in_time() {
    let scratch = Scratch::new();
    let store = scratch.unwatched::<Config>();
    let (mut changes, mut events) = (store.subscribe(), store.events());
    let wait = Duration::from_millis(100);
    let (nothing, took) = timed(|| (changes.next_within(wait).is_none(), events.next_within(wait).is_none()));
    assert_eq!(nothing, (true, true));
    assert!(took >= wait * 2 && took < LONG, "{took:?}");
    // A subscription is not woken for good by what it does not show.
    put(&scratch.config(), BROKEN);
    store.reload().unwrap_err();
    let (nothing, took) = timed(|| changes.next_within(wait).is_none());
    assert!(nothing && took >= wait, "{took:?}");
}

#[test]
fn for_ever_is_a_time_to_wait() {
    let scratch = Scratch::new();
    let store = scratch.unwatched::<Config>();
    let (mut changes, mut events) = (store.subscribe(), store.events());
    thread::scope(|scope| {
        let saw = scope.spawn(move || changes.next_within(Duration::MAX).is_some());
        let heard = scope.spawn(move || events.next_within(Duration::MAX).is_some());
        store.update(|config| config.features.debug = true).unwrap();
        assert!(saw.join().unwrap() && heard.join().unwrap());
    });
}

#[test]
fn everybody_hears_and_latecomers_hear_the_rest() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    let mut early: Vec<_> = (0..10).map(|_| store.subscribe()).collect();
    store.update(|config| config.retention.events_days = 1).unwrap();
    let mut late = store.subscribe();
    store.update(|config| config.retention.events_days = 2).unwrap();
    for changes in &mut early {
        assert_eq!(changes.next_within(LONG).unwrap().before().retention.events_days, 0);
    }
    assert_eq!(late.next_within(LONG).unwrap().before().retention.events_days, 1);
}

/// What a listener holds is let go with it: the documents that wait for it, too.
#[test]
fn a_dropped_subscription_is_freed() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    for value in 1..200 {
        drop((store.subscribe(), store.events()));
        if value % 20 == 0 {
            store.update(|config| config.retention.events_days = value).unwrap();
        }
    }
    let mut last = store.events();
    store.update(|config| config.retention.events_days = 1).unwrap();
    accepted(&mut last);
}

#[test]
fn a_wide_mode_is_warned_of_once() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let mut events = store.events();
    set_mode(&scratch.config(), 0o640);
    for _ in 0..100 {
        store.reload().unwrap();
    }
    let warnings: Vec<_> = std::iter::from_fn(|| events.next_within(Duration::ZERO)).collect();
    assert!(matches!(&warnings[..], [Event::Warning(text)] if text.contains("0640")), "{warnings:?}");
    assert_eq!(store.status().warnings.len(), 1);
    // In place, with the same mode: the same file in the same state.
    for round in 0..10 {
        put(&scratch.config(), days(100 + round));
        store.reload().unwrap();
        assert!(matches!(events.next(), Some(Event::Accepted(_))));
    }
    set_mode(&scratch.config(), 0o600);
    store.reload().unwrap();
    assert!(store.status().warnings.is_empty());
    put_by_rename(&scratch.config(), days(5));
    store.reload().unwrap();
    accepted(&mut events);
    silent(&store, &mut events);
}
