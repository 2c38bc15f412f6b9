//! The kernel's queue of events overflows, and the event of the edit is among those that it drops.

use std::fs;
use std::time::Duration;

use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::stopwatch::Stopwatch;
use acceptance::system::{alone, kill, stat};
use acceptance::time::eventually;

use crate::layout::{PROMISE, edit};

/// From the moment at which the process may run again.
const LIMIT: Duration = Duration::from_secs(2);

/// How long the queue gets before it drops events.
fn queue() -> usize {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").expect("the limit");
    limit.trim().parse().expect("a number")
}

#[test]
fn an_edit_that_the_queue_drops_is_served() {
    let _turn = alone();
    let place = Place::with(&with_alias("old"));
    let gateway = Logged::start(&place.file());
    assert_eq!(gateway.mode(), "native", "{}", gateway.watch());
    kill("-STOP", gateway.pid());
    eventually("it is stopped", || (stat(gateway.pid()).first()? == "T").then_some(()));
    // A rename is two events, and no two of the same file follow each other, so none are merged.
    let renames = (queue() / 2 + 1000).max(20_000);
    let names = ["neighbour-a", "neighbour-b"].map(|name| place.directory().join(name));
    fs::copy(place.file(), &names[0]).expect("a neighbour");
    for round in 0..renames {
        Place::rename(&names[round % 2], &names[(round + 1) % 2]);
    }
    edit(&place.file(), "dropped");
    kill("-CONT", gateway.pid());
    let resumed = Stopwatch::start();
    let late = gateway.served("dropped", &resumed, LIMIT);
    println!("{renames} renames while stopped: {}; edit served {late:.0?} after it went on", gateway.watch());
    assert_eq!(gateway.health()["watch"]["panics"], 0);
    // It still hears of what comes next.
    let saved = edit(&place.file(), "next");
    let late = gateway.served("next", &saved, PROMISE);
    println!("after the overflow: {}; edit served after {late:.0?}", gateway.watch());
}
