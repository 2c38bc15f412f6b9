//! A thousand stores in one process share a directory, and the kernel has events for a few of them only.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, SystemTime};

use acceptance::place::{Place, with_alias};
use acceptance::system::{alone, command, end};
use acceptance::time::{eventually, now};
use serde_json::Value;

use crate::layout::edit;
use crate::namespace::{self, INSTANCES, limit};

const STORES: usize = 1000;

/// Fewer than there usually are, so that the rest of the machine goes on.
const ROOM: usize = 32;

/// From the save, for the last of them.
const LIMIT: Duration = Duration::from_secs(2);

/// A process with many stores, which tells the status of each when it is asked.
struct Crowd {
    child: Child,
    ask: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Crowd {
    fn start(words: &[String], file: &Path) -> Self {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let mut crowd = command(&words);
        crowd.arg(env!("CARGO_BIN_EXE_stores")).arg(file).arg(STORES.to_string());
        let mut child =
            crowd.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process with stores");
        let ask = child.stdin.take().expect("its input");
        let answers = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, ask, answers }
    }

    fn statuses(&mut self) -> Vec<Value> {
        self.ask.write_all(b"status\n").expect("it is alive");
        let line = self.answers.next().expect("it is alive").expect("an answer");
        serde_json::from_str(&line).expect("a list")
    }

    /// How many of its descriptors are of inotify.
    fn instances(&self) -> usize {
        let descriptors = fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("its descriptors");
        let links = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        links.filter(|link| link.to_string_lossy().contains("inotify")).count()
    }

    /// A line of `/proc/PID/status`.
    fn field(&self, name: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the line");
        line.trim_start_matches(':').trim().to_owned()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn accepted_at(status: &Value) -> SystemTime {
    let micros = status["accepted_at"].as_u64().expect("a time");
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

/// Saves an edit, waits until every store has served it, and says how late: the median and the last.
fn seen_by_all(crowd: &mut Crowd, file: &Path, alias: &str) -> (Duration, Duration) {
    edit(file, alias);
    let saved = now();
    let statuses = eventually(&format!("{alias} is served by all"), || {
        let statuses = crowd.statuses();
        statuses.iter().all(|status| status["alias"] == alias).then_some(statuses)
    });
    assert_eq!(statuses.len(), STORES);
    let mut late: Vec<_> =
        statuses.iter().map(|status| accepted_at(status).duration_since(saved).unwrap_or_default()).collect();
    late.sort_unstable();
    (late[STORES / 2], late[STORES - 1])
}

#[test]
fn a_thousand_stores_see_an_edit_and_those_without_events_say_so() {
    let _turn = alone();
    if !namespace::available() {
        return;
    }
    let place = Place::with(&with_alias("old"));
    let mut crowd = Crowd::start(&limit(INSTANCES, ROOM), &place.file());
    let statuses = crowd.statuses();
    let native = statuses.iter().filter(|status| status["mode"] == "native").count();
    let blind: Vec<_> = statuses.iter().filter(|status| status["mode"] == "poll-only").collect();
    assert_eq!((statuses.len(), native + blind.len()), (STORES, STORES));
    assert!((1..=ROOM).contains(&native), "{native} have events");
    assert_eq!(crowd.instances(), native);
    let reasons: Vec<_> = blind.iter().filter_map(|status| status["last_error"].as_str()).collect();
    assert_eq!(reasons.len(), blind.len(), "each says why");
    println!(
        "{STORES} stores: {native} native, {} poll-only ({:?}); {} inotify instances, {} threads, {} resident",
        blind.len(),
        reasons.first(),
        crowd.instances(),
        crowd.field("Threads"),
        crowd.field("VmRSS"),
    );
    for alias in ["first", "second", "third"] {
        let (median, last) = seen_by_all(&mut crowd, &place.file(), alias);
        println!("{STORES} stores, {alias} edit: median {median:.0?}, last {last:.0?}");
        assert!(last < LIMIT, "the last store served it after {last:?}");
    }
}
