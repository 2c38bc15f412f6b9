//! Times that go backwards: the clock of the machine, and the files' own.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::programs::{has, program};
use acceptance::stopwatch::Stopwatch;
use acceptance::system::{alone, command, shell};
use acceptance::time::{eventually, now};
use serde_json::Value;

use crate::layout::{PROMISE, edit};
use crate::namespace::{self, INSTANCES, limit};

const HOUR: Duration = Duration::from_hours(1);

/// A time of the status, in the gateway's own clock.
fn time(gateway: &Logged, pointer: &str) -> SystemTime {
    let millis = gateway.health().pointer(pointer).and_then(Value::as_u64).expect("a time");
    UNIX_EPOCH + Duration::from_millis(millis)
}

/// How far its clock is behind the real one, as soon as that is so: the time of a look is noted when all of it is done, which is
/// after what it found is served.
fn behind(gateway: &Logged, is_so: impl Fn(Duration) -> bool) -> Duration {
    eventually("the clock of the last look", || {
        let behind = now().duration_since(time(gateway, "/watch/last_look")).unwrap_or_default();
        is_so(behind).then_some(behind)
    })
}

/// With the kernel's events, and without, where an ordinary user can be denied them.
fn modes() -> Vec<(&'static str, Vec<String>)> {
    let mut modes = vec![("native", vec!["env".to_owned()])];
    if namespace::available() {
        modes.push(("poll-only", limit(INSTANCES, 0)));
    }
    modes
}

/// Saves in place or by a rename.
fn save(place: &Place, alias: &str, renamed: bool) -> Stopwatch {
    if !renamed {
        return edit(&place.file(), alias);
    }
    place.rename_over(with_alias(alias));
    Stopwatch::start()
}

#[test]
fn a_clock_that_is_set_back_does_not_keep_edits_from_being_served() {
    let _turn = alone();
    if !has("faketime") {
        return;
    }
    let preload = shell(Path::new("/"), "faketime -f +0 sh -c 'echo \"$LD_PRELOAD\"'");
    for (mode, words) in modes() {
        let (place, settings) = (Place::with(&with_alias("old")), Place::empty());
        // The offset is read from a file each time that the clock is.
        let offset = settings.directory().join("offset");
        let set = |to: &str| shell(settings.directory(), &format!("echo {to} > next; mv next offset"));
        set("+0");
        let mut faked = command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        faked
            .args(["env", &format!("LD_PRELOAD={}", preload.trim())])
            .arg(format!("FAKETIME_TIMESTAMP_FILE={}", offset.display()))
            // A clock that is set leaves the monotonic one alone, and the times of the files that are there.
            .args(["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"])
            .arg(program("gateway").get_program());
        let gateway = Logged::spawn(faked, &place.file());
        assert_eq!(gateway.mode(), mode, "{}", gateway.watch());
        let saved = edit(&place.file(), "before");
        let first = gateway.served("before", &saved, PROMISE);
        println!("right clock: {}; edit served after {first:.0?}", gateway.watch());

        set("-3600");
        for round in 0..4 {
            let alias = format!("set-back-{round}");
            let saved = save(&place, &alias, round % 2 == 1);
            let late = gateway.served(&alias, &saved, PROMISE);
            let behind = behind(&gateway, |behind| behind > HOUR.saturating_sub(PROMISE));
            println!("clock {behind:.0?} back: {}; edit served after {late:.0?}", gateway.watch());
        }
        set("+0");
        let saved = edit(&place.file(), "set-right");
        let late = gateway.served("set-right", &saved, PROMISE);
        behind(&gateway, |behind| behind < HOUR / 2);
        println!("clock right again: {}; edit served after {late:.0?}", gateway.watch());
    }
}

#[test]
fn an_edit_that_is_an_hour_older_than_the_one_before_is_served() {
    let _turn = alone();
    for (mode, words) in modes() {
        let place = Place::with(&with_alias("old"));
        let gateway = Logged::under(&words.iter().map(String::as_str).collect::<Vec<_>>(), &place.file());
        assert_eq!(gateway.mode(), mode, "{}", gateway.watch());
        let mut delays = Vec::new();
        for round in 0..4 {
            let (alias, before) = (format!("older-{round}"), place.written_at());
            let next = Place::with(&with_alias(&alias));
            fs::copy(next.file(), place.directory().join("beside")).expect("a copy");
            let renamed = round % 2 == 1;
            let save = if renamed { "mv beside config.json" } else { "cp -p beside config.json; rm beside" };
            shell(place.directory(), &format!("touch -d '{} hours ago' beside; {save}", round + 1));
            let saved = Stopwatch::start();
            delays.push(gateway.served(&alias, &saved, PROMISE));
            let older = before.duration_since(place.written_at()).unwrap_or_default();
            assert!(older > HOUR / 2, "its time is older: {older:?}");
        }
        println!("each an hour older: {}; served after {delays:.0?}", gateway.watch());
    }
}
