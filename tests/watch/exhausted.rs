//! The kernel has no more events to give, from the start or only later, to one user or another.

use std::os::unix::fs::symlink;

use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::stopwatch::Stopwatch;
use acceptance::system::alone;
use acceptance::time::eventually;
use serde_json::Value;

use crate::layout::{Nested, PROMISE, SILENCE, edit};
use crate::namespace::{self, INSTANCES, PLENTY, WATCHES, limited, set};

/// The status has a reason, and the log has it once.
fn assert_said_once(gateway: &Logged) {
    let error = gateway.health()["watch"]["last_error"].clone();
    assert!(error.as_str().is_some_and(|error| !error.is_empty()), "a reason: {}", gateway.watch());
    let said = || gateway.logged("file events are incomplete");
    let warnings = eventually("the log says so", || (!said().is_empty()).then(said));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

#[test]
fn exhausted_from_the_start_it_polls_and_says_so_once() {
    let _turn = alone();
    if !namespace::available() {
        return;
    }
    for limit in [INSTANCES, WATCHES] {
        let place = Place::with(&with_alias("old"));
        let gateway = limited(limit, 0, &place.file());
        assert_eq!(gateway.mode(), "poll-only", "{limit}");
        assert_said_once(&gateway);
        let saved = edit(&place.file(), "in-place");
        let first = gateway.served("in-place", &saved, PROMISE);
        place.rename_over(with_alias("renamed-over"));
        let saved = Stopwatch::start();
        let second = gateway.served("renamed-over", &saved, PROMISE);
        println!("{limit} = 0: {}; edits served after {first:.0?} and {second:.0?}", gateway.watch());
        // It tries again, in vain, and does not go on about it.
        assert_eq!(gateway.warning_within(2 * SILENCE), None, "{limit}");
        assert_said_once(&gateway);
        set(limit, PLENTY, &gateway);
        gateway.until("native");
        assert_eq!(gateway.health()["watch"]["last_error"], Value::Null);
        let saved = edit(&place.file(), "recovered");
        let late = gateway.served("recovered", &saved, PROMISE);
        println!("{limit} raised: {}; edit served after {late:.0?}", gateway.watch());
    }
}

#[test]
fn exhausted_when_the_directory_is_swapped_it_polls_until_there_is_room() {
    let _turn = alone();
    if !namespace::available() {
        return;
    }
    for limit in [INSTANCES, WATCHES] {
        let nested = Nested::with("old");
        let gateway = limited(limit, PLENTY, &nested.file());
        assert_eq!(gateway.mode(), "native", "{limit}: {}", gateway.watch());
        set(limit, 0, &gateway);
        let saved = nested.swap("swapped");
        let first = gateway.served("swapped", &saved, PROMISE);
        gateway.until("poll-only");
        assert_said_once(&gateway);
        let saved = edit(&nested.file(), "polled");
        let second = gateway.served("polled", &saved, PROMISE);
        println!("{limit} = 0 later: {}; served: swap {first:.0?}, edit {second:.0?}", gateway.watch());
        set(limit, PLENTY, &gateway);
        gateway.until("native");
        assert_eq!(gateway.health()["watch"]["last_error"], Value::Null);
        let saved = edit(&nested.file(), "recovered");
        let late = gateway.served("recovered", &saved, PROMISE);
        println!("{limit} raised: {}; edit served after {late:.0?}", gateway.watch());
    }
}

/// The file is a link into another directory, and there is a watch for one of the two.
#[test]
fn with_too_few_watches_it_is_partial_and_serves_both_directories() {
    let _turn = alone();
    if !namespace::available() {
        return;
    }
    let (place, behind) = (Place::empty(), Nested::with("old"));
    symlink(behind.file(), place.file()).expect("a link");
    let gateway = limited(WATCHES, 1, &place.file());
    assert_eq!(gateway.mode(), "partial", "{}", gateway.watch());
    assert_said_once(&gateway);
    let saved = edit(&behind.file(), "behind");
    let first = gateway.served("behind", &saved, PROMISE);
    let other = Place::with(&with_alias("re-pointed"));
    let beside = place.directory().join("link");
    symlink(other.file(), &beside).expect("a link");
    Place::rename(&beside, &place.file());
    let saved = Stopwatch::start();
    let second = gateway.served("re-pointed", &saved, PROMISE);
    println!("{WATCHES} = 1 of 2: {}; served: edit {first:.0?}, link {second:.0?}", gateway.watch());
    set(WATCHES, PLENTY, &gateway);
    gateway.until("native");
    assert_eq!(gateway.health()["watch"]["last_error"], Value::Null);
}
