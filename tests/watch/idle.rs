//! A watch of a file that nobody touches costs next to nothing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use acceptance::configctl::Watching;
use acceptance::place::{Place, with_alias};
use acceptance::system::{alone, stat};

use crate::layout::SILENCE;

/// How long it is left alone.
const WHILE: Duration = Duration::from_secs(10);

/// User and system time in ticks of 10 ms.
fn ticks(pid: u32) -> u64 {
    stat(pid).iter().skip(11).take(2).map(|field| field.parse::<u64>().expect("ticks")).sum()
}

/// The time that its threads were on a processor, more finely.
fn running(pid: u32) -> Duration {
    let tasks = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task")).expect("its threads");
    let nanos = tasks.map(|task| {
        let path = task.expect("a thread").path().join("schedstat");
        let statistics = fs::read_to_string(path).expect("statistics of the scheduler");
        statistics.split_whitespace().next().and_then(|field| field.parse().ok()).unwrap_or(0)
    });
    Duration::from_nanos(nanos.sum())
}

#[test]
fn an_idle_watch_takes_less_than_a_thousandth_of_a_core() {
    let _turn = alone();
    let place = Place::with(&with_alias("alias"));
    let (watching, _) = Watching::start(&place.file());
    // What its start led to is over.
    assert_eq!(watching.next_within(SILENCE), None);
    let before = (ticks(watching.pid()), running(watching.pid()));
    assert_eq!(watching.next_within(WHILE), None);
    let (ticks, running) =
        (ticks(watching.pid()) - before.0, running(watching.pid()).saturating_sub(before.1));
    println!("idle for {WHILE:?}: {ticks} ticks of 10 ms; {running:.2?} on a processor");
    assert!(ticks <= 1, "{ticks} ticks");
    assert!(running < WHILE / 1000, "{running:?} on a processor");
    place.write(with_alias("edited"));
    assert_eq!(watching.next()["event"], "accepted");
}
