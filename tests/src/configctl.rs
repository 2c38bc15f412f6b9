//! `configctl`, run to its end or watching.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::programs::program;
use crate::system::end;
use crate::time::LONG;

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it complained about.
    pub err: String,
}

/// `configctl --file FILE ARGS`, run to its end.
pub fn configctl(file: &Path, args: &[&str]) -> Outcome {
    let mut command = program("configctl");
    command.arg("--file").arg(file).args(args);
    run(command)
}

/// Runs any command to its end.
pub fn run(mut command: Command) -> Outcome {
    let output = command.output().expect("the program starts");
    Outcome {
        code: output.status.code().expect("an exit code: no signal ended it"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A `configctl watch --json` that is running.
pub struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    /// Starts one, and returns its first line with it.
    pub fn start(file: &Path) -> (Self, Value) {
        let mut command = program("configctl");
        command.arg("--file").arg(file).args(["watch", "--json"]);
        Self::spawn(command)
    }

    /// Starts this command, which prints an object a line.
    pub fn spawn(command: Command) -> (Self, Value) {
        let watching = Self::lines(command);
        let first = watching.next();
        (watching, first)
    }

    /// Starts this command, which prints lines.
    pub fn lines(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("configctl starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (send, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, lines }
    }

    /// All lines up to one with this in it.
    pub fn until(&self, part: &str) -> String {
        let mut all = String::new();
        while !all.lines().last().is_some_and(|line| line.contains(part)) {
            let line = self.lines.recv_timeout(LONG);
            all += &format!("{}\n", line.unwrap_or_else(|error| panic!("no {part:?} in {all:?}: {error}")));
        }
        all
    }

    /// The next event.
    pub fn next(&self) -> Value {
        self.next_within(LONG).unwrap_or_else(|| panic!("no event within {LONG:?}"))
    }

    /// The next event, if one comes in this time.
    pub fn next_within(&self, patience: Duration) -> Option<Value> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => Some(serde_json::from_str(&line).expect("an object on one line")),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("configctl watch ended"),
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub fn ended(mut self) -> i32 {
        self.child.wait().expect("an end").code().expect("an exit code")
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}
