//! A process that watches the file, and what it says.

use std::env;
use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::clock::{self, Moment};
use crate::document::POINTER;
use crate::peers::Peer;
use crate::threads;

/// Longer than a watcher takes to start, on a busy machine too.
const START: Duration = Duration::from_secs(30);

/// Who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// `configctl watch --json`.
    Ours,
    Peer(Peer),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours => f.write_str("config-store"),
            Self::Peer(peer) => peer.fmt(f),
        }
    }
}

/// What a watcher said.
#[derive(Clone, Debug, PartialEq, Eq)]
enum News {
    /// It is serving the first document.
    Ready,
    /// This generation is served.
    Generation(u64),
    /// Something else about the file that is not so: a rejection, a missing file, a document that was not saved.
    Wrong(String),
    /// A warning, as about a mode.
    Aside,
}

/// A process that watches, and is ready.
#[derive(Debug)]
pub(crate) struct Watcher {
    child: Child,
    news: Receiver<(SystemTime, News)>,
    /// What it said that it should not have said.
    pub(crate) wrong: Vec<String>,
}

impl Watcher {
    /// Starts one, and waits until it serves the first document.
    pub(crate) fn start(who: Who, file: &Path) -> Result<Self> {
        let mut child = command(who, file)?.spawn().with_context(|| format!("starting {who}"))?;
        let out = BufReader::new(child.stdout.take().context("its output")?);
        let (send, news) = channel();
        thread::spawn(move || {
            let mut lines = out.lines().map_while(Result::ok);
            // The time is taken before anything else is done with the line.
            lines.try_for_each(|line| send.send((clock::now(), News::of(&line))))
        });
        let watcher = Self { child, news, wrong: Vec::new() };
        match watcher.news.recv_timeout(START) {
            Ok((_, News::Ready)) => Ok(watcher),
            other => bail!("{who} did not start to watch: {other:?}"),
        }
    }

    /// Waits until it has said nothing for this long.
    pub(crate) fn settle(&mut self, silence: Duration) -> Result<()> {
        loop {
            match self.news.recv_timeout(silence) {
                Ok((_, News::Ready | News::Aside)) => {}
                Ok((_, News::Generation(generation))) => {
                    self.wrong.push(format!("generation {generation} was announced, and not expected"));
                }
                Ok((_, News::Wrong(what))) => self.wrong.push(what),
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => bail!("the watcher ended"),
            }
        }
    }

    /// When it announced this generation; `None` when it did not within this time from now.
    pub(crate) fn announced(&mut self, generation: u64, patience: Duration) -> Result<Option<SystemTime>> {
        let start = Moment::now();
        loop {
            match self.news.recv_timeout(patience.saturating_sub(start.elapsed())) {
                Ok((at, News::Generation(said))) if said == generation => return Ok(Some(at)),
                Ok((_, News::Generation(other))) => {
                    self.wrong.push(format!("generation {other} was announced before {generation}"));
                }
                Ok((_, News::Wrong(what))) => self.wrong.push(what),
                Ok((_, News::Ready | News::Aside)) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => bail!("the watcher ended"),
            }
        }
    }

    /// What its threads are waiting for.
    pub(crate) fn threads(&self) -> String {
        threads::of(self.child.id())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(who: Who, file: &Path) -> Result<Command> {
    let this = env::current_exe()?;
    let mut command = match who {
        Who::Ours => {
            let mut command = Command::new(this.with_file_name("configctl"));
            command.arg("--file").arg(file).args(["watch", "--json"]).stdin(Stdio::null());
            command
        }
        Who::Peer(peer) => {
            let mut command = Command::new(this);
            // Its input ends with this process, and the peer with its input. What it complains about is its own affair.
            command.args(["watch", peer.name()]).arg(file).stdin(Stdio::piped()).stderr(Stdio::null());
            command
        }
    };
    command.env_remove("XDG_DATA_HOME").env_remove("RUST_LOG").stdout(Stdio::piped());
    Ok(command)
}

impl News {
    /// A line as `configctl watch --json` prints it.
    fn of(line: &str) -> Self {
        let Ok(said) = serde_json::from_str::<Value>(line) else { return Self::Wrong(line.to_owned()) };
        match said.get("event").and_then(Value::as_str) {
            Some("loaded") => Self::Ready,
            Some("warning") => Self::Aside,
            Some("accepted") => served(&said).map_or_else(|| Self::Wrong(line.to_owned()), Self::Generation),
            _ => Self::Wrong(line.to_owned()),
        }
    }
}

/// The generation that an accepted change led to.
fn served(said: &Value) -> Option<u64> {
    let changes = said.get("changes")?.as_array()?;
    let change =
        changes.iter().find(|change| change.get("pointer").and_then(Value::as_str) == Some(POINTER))?;
    change.get("after")?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_generation_is_an_announcement() {
        let accepted = r#"{"event":"accepted","changes":[{"pointer":"/retention/events_days","after":101}]}"#;
        assert_eq!(News::of(accepted), News::Generation(101));
        assert_eq!(News::of(r#"{"event":"loaded"}"#), News::Ready);
        assert_eq!(News::of(r#"{"event":"warning"}"#), News::Aside);
        for wrong in
            [r#"{"event":"accepted","changes":[]}"#, r#"{"event":"rejected"}"#, r#"{"event":"missing"}"#, "?"]
        {
            assert_eq!(News::of(wrong), News::Wrong(wrong.to_owned()));
        }
    }
}
