//! Plays `tests/data/settle/*.txt`. Each line is a time in milliseconds, an input, and after `=>` the hint that is then
//! due and the time of the next wake-up:
//!
//! ```text
//! 100  event  => event 400
//! ```
//!
//! The inputs are `event`, `manual`, `same` and `changed` (a poll), `rearmed`, `failed`, `lost`, `wait` and `again MS` (a
//! look returned), `moved` and `stays` (whether to arm: the answer is `arm` or `hold` in the hint's place), and `nothing`.

use config_watch::{Cause, Next, settle::Settle};
use std::{fs, path::Path, time::Duration};

const POLL: Duration = Duration::from_millis(400);

#[test]
fn tables() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/settle");
    let mut played = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        play(&path.display().to_string(), &fs::read_to_string(&path).unwrap());
        played += 1;
    }
    assert!(played >= 5, "only {played} tables found");
}

fn play(name: &str, table: &str) {
    let mut settle = Settle::new(POLL);
    for (number, line) in table.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let Some((given, expected)) = line.split_once("=>") else {
            assert_eq!(line, "", "{name}:{}: no =>", number + 1);
            continue;
        };
        let given: Vec<&str> = given.split_whitespace().collect();
        let now = Duration::from_millis(given[0].parse().unwrap());
        let answer = step(&mut settle, now, given[1], given.get(2).copied());
        let found = format!("{answer} {}", settle.wake().as_millis());
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(found, expected.join(" "), "{name}:{}: {line}", number + 1);
    }
}

fn step(settle: &mut Settle, now: Duration, input: &str, argument: Option<&str>) -> &'static str {
    match input {
        "event" => settle.event(now),
        "manual" => settle.manual(now),
        "same" => settle.polled(now, false),
        "changed" => settle.polled(now, true),
        "rearmed" => settle.rearmed(now),
        "failed" => settle.failed_to_arm(now),
        "lost" => settle.lost(now),
        "wait" => settle.looked(now, Next::Wait),
        "again" => {
            settle.looked(now, Next::Again(Duration::from_millis(argument.unwrap().parse().unwrap())));
        }
        "moved" | "stays" if settle.arm_due(now, input == "moved") => return "arm",
        "moved" | "stays" => return "hold",
        "nothing" => {}
        // Two inputs at once: the first is not asked about.
        "event+manual" => {
            settle.event(now);
            settle.manual(now);
        }
        "changed+event" => {
            settle.polled(now, true);
            settle.event(now);
        }
        "event+changed" => {
            settle.event(now);
            settle.polled(now, true);
        }
        other => panic!("unknown input {other}"),
    }
    settle.due(now).map_or("-", name)
}

fn name(cause: Cause) -> &'static str {
    match cause {
        Cause::Event => "event",
        Cause::Poll => "poll",
        Cause::Rearmed => "rearmed",
        Cause::Manual => "manual",
        Cause::Again => "again",
        _ => "unknown",
    }
}
