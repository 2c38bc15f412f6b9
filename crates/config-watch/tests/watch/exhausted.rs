//! When the kernel has no more events to give. These tests run themselves as another process, which may open few files
//! or is stopped for a while.

use super::support::{PATIENCE, Watched, scratch};
use config_watch::{Cause, Mode, Options};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    iter,
    process::{Child, Command, Stdio},
    time::Instant,
};

#[test]
fn out_of_descriptors_it_polls_and_recovers() {
    let inner = "watch::exhausted::inside_a_small_limit";
    let status = Command::new("sh")
        .args(["-c", "ulimit -n 40 && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([inner, "--exact", "--ignored", "--test-threads=1"])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "run by its parent, which sets the limit"]
fn inside_a_small_limit() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    fs::write(&file, "old").unwrap();
    let mut hoard: Vec<File> = iter::from_fn(|| File::open("/dev/null").ok()).take(1000).collect();
    assert!(hoard.len() < 40, "the parent sets a limit of 40");
    // One for the edits; notify needs three.
    hoard.pop();
    let watched = Watched::start(&file, Options::default());
    let health = watched.health();
    assert_eq!((health.mode, health.armed.len()), (Mode::PollOnly, 0));
    assert!(health.last_error.unwrap().contains("os error 24"), "EMFILE");
    watched.hinted("written meanwhile", || fs::write(&file, "newer").unwrap());

    drop(hoard);
    watched.wait_for(Cause::Rearmed);
    let health = watched.health();
    assert_eq!((health.mode, health.rearms, health.last_error), (Mode::Native, 1, None));
    fs::write(&file, "newest").unwrap();
    watched.wait_for(Cause::Event);
}

/// notify reports an overflow in an event without a path, which the debouncer drops together with the edit.
#[test]
fn an_edit_lost_to_an_overflowing_queue_is_hinted_at() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    fs::write(&file, "old").unwrap();
    let mut child = Killed(
        Command::new(std::env::current_exe().unwrap())
            .args(["watch::exhausted::inside_a_stopped_process", "--exact", "--ignored", "--nocapture"])
            .env("CONFIG_WATCH_FILE", &file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut said = BufReader::new(child.0.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().ends_with("ready")));
    child.signal("-STOP");
    let queue = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    // Each write is opened, modified and closed: three events that do not merge.
    for _ in 0..queue.trim().parse::<usize>().unwrap() / 3 + 1000 {
        fs::write(root.join("neighbour"), "{}").unwrap();
    }
    fs::write(&file, "newer").unwrap();
    child.signal("-CONT");
    assert!(said.any(|line| line.unwrap().ends_with("hinted")));
    assert!(child.0.wait().unwrap().success());
}

#[test]
#[ignore = "run by its parent, which stops it for a while"]
fn inside_a_stopped_process() {
    let file = std::env::var_os("CONFIG_WATCH_FILE").unwrap();
    let watched = Watched::start(file.as_ref(), Options::default());
    assert_eq!(watched.health().last_change, None);
    println!("ready");
    // The time in which it is stopped passes too: a wait that began before has run out when it goes on.
    let is_hinted = (0..3).any(|_| {
        let until = Instant::now() + PATIENCE;
        while watched.health().last_change.is_none() && Instant::now() < until {
            watched.hints.recv_timeout(until.saturating_duration_since(Instant::now())).ok();
        }
        watched.health().last_change.is_some()
    });
    assert!(is_hinted);
    println!("hinted");
}

/// A process that does not outlive its test, even if that fails while it is stopped.
struct Killed(Child);

impl Killed {
    fn signal(&self, signal: &str) {
        let status = Command::new("sh")
            .args(["-c", "kill \"$0\" \"$1\"", signal, &self.0.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
