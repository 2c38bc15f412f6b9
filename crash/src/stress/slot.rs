//! A place among the workers: a process, killed at a random moment, and the next one in its place.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::account::Account;
use super::counts::{Counts, name};
use super::end::{End, now};
use super::place::Place;
use super::worker::Line;
use crate::writer::Writer;

/// Who has not come as far as it should be killed at by then is killed where it is: others may have had the lock.
const PATIENCE: Duration = Duration::from_millis(40);
/// Who is told to end and does not is stuck.
const STUCK: Duration = Duration::from_mins(1);

/// How far a worker has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Spawned,
    Opening,
    Ready,
    Saved,
}

/// When a worker is to be killed: so long after it has come so far.
struct Plan {
    from: Phase,
    delay: Duration,
}

impl Plan {
    /// More often where more can go wrong. Opening is a matter of a millisecond.
    fn random(random: &mut fastrand::Rng) -> Self {
        let (from, most) = match random.u8(..8) {
            0 => (Phase::Spawned, 3_000),
            1 | 2 => (Phase::Opening, 1_000),
            3 | 4 => (Phase::Ready, 15_000),
            _ => (Phase::Saved, 15_000),
        };
        Self { from, delay: Duration::from_micros(random.u64(..most)) }
    }
}

/// A place among the workers.
pub(crate) struct Slot<'a> {
    pub(crate) number: usize,
    pub(crate) writer: Writer,
    pub(crate) place: &'a Place,
    pub(crate) counts: &'a Counts,
    pub(crate) end: &'a End,
    pub(crate) random: fastrand::Rng,
    /// One for each thread.
    pub(crate) accounts: Vec<Account>,
}

/// A worker process. Dropped, it is killed and waited for.
struct Process {
    child: Child,
    /// What it says; disconnected when it is dead and everything it said was heard.
    lines: Receiver<String>,
    phase: Phase,
}

impl Slot<'_> {
    /// Starts workers and kills them until the time is up. The last one ends by itself.
    pub(crate) fn keep(mut self) -> Result<Vec<Account>> {
        loop {
            let plan = Plan::random(&mut self.random);
            let mut process = self.start()?;
            if self.follow(&mut process, &plan)? {
                self.kill(process)?;
            } else {
                self.finish(process)?;
                return Ok(self.accounts);
            }
        }
    }

    fn start(&self) -> Result<Process> {
        let program = std::env::current_exe().context("this program's path")?;
        let mut worker = Command::new(program);
        worker.args(["stress-worker", &name(self.writer)]).arg(self.place.path());
        worker.args([self.number.to_string(), self.accounts.len().to_string()]);
        Process::start(&mut worker)
    }

    /// Until it is to be killed; `false` when the time is up before.
    fn follow(&mut self, process: &mut Process, plan: &Plan) -> Result<bool> {
        let mut deadline = now() + PATIENCE;
        let mut is_set = false;
        loop {
            if !is_set && process.phase >= plan.from {
                deadline = now() + plan.delay;
                is_set = true;
            }
            let (to_live, left) = (deadline.saturating_duration_since(now()), self.end.left());
            if left.is_zero() || to_live.is_zero() {
                return Ok(!left.is_zero());
            }
            match process.lines.recv_timeout(to_live.min(left)) {
                Ok(line) => self.hear(process, &line)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let status = process.child.wait().context("waiting for a worker")?;
                    bail!("worker {} ended before it was told to, with {status}", self.number);
                }
            }
        }
    }

    fn kill(&mut self, mut process: Process) -> Result<()> {
        process.kill()?;
        while let Ok(line) = process.lines.recv() {
            self.hear(&mut process, &line)?;
        }
        self.counts.kills.add(1);
        match process.phase {
            Phase::Opening => self.counts.kills_while_opening.add(1),
            Phase::Spawned | Phase::Ready => {}
            Phase::Saved => self.counts.kills_after_a_save.add(1),
        }
        if process.phase >= Phase::Ready {
            self.accounts.iter_mut().for_each(Account::cut);
        }
        // Where somebody else has the lock already, they have removed it, or will.
        if self.writer == Writer::Store {
            self.counts.see_dead(self.place.dead()?);
        }
        Ok(())
    }

    /// The last one ends by itself, when its standard input does.
    fn finish(&mut self, mut process: Process) -> Result<()> {
        drop(process.child.stdin.take());
        let deadline = now() + STUCK;
        loop {
            match process.lines.recv_timeout(deadline.saturating_duration_since(now())) {
                Ok(line) => self.hear(&mut process, &line)?,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => bail!("worker {} does not end", self.number),
            }
        }
        let status = process.child.wait().context("waiting for a worker")?;
        if !status.success() {
            bail!("worker {} ended with {status}", self.number);
        }
        Ok(())
    }

    fn hear(&mut self, process: &mut Process, line: &str) -> Result<()> {
        let line = Line::parse(line).with_context(|| format!("worker {} said {line:?}", self.number))?;
        let phase = match line {
            Line::Started => Phase::Opening,
            Line::Ready(found) => {
                for (thread, found) in found.into_iter().enumerate() {
                    self.judge(thread, |account| account.found(found))?;
                }
                Phase::Ready
            }
            Line::Saved(thread, now) => {
                self.counts.acknowledged.add(1);
                self.judge(thread, |account| account.saved(now))?;
                Phase::Saved
            }
            Line::Failed => {
                self.counts.failed_saves.add(1);
                process.phase
            }
        };
        process.phase = process.phase.max(phase);
        Ok(())
    }

    fn judge(&mut self, thread: usize, judge: impl FnOnce(&mut Account) -> Result<(), String>) -> Result<()> {
        let account = self.accounts.get_mut(thread).ok_or_else(|| anyhow!("there is no thread {thread}"))?;
        if let Err(what) = judge(account) {
            let what = format!("worker {}, thread {thread}: {what}", self.number);
            self.counts.find(&self.counts.unaccounted, what);
        }
        Ok(())
    }
}

impl Process {
    fn start(worker: &mut Command) -> Result<Self> {
        let worker = worker.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = worker.spawn().context("starting a worker")?;
        let out = child.stdout.take().context("a worker's standard output")?;
        let (sender, lines) = mpsc::channel();
        // It ends with the last line; whoever waits for that line has waited for it.
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, lines, phase: Phase::Spawned })
    }

    /// By SIGKILL. When this returns it is dead, and the kernel has let go of what it had.
    fn kill(&mut self) -> Result<()> {
        self.child.kill().context("killing a worker")?;
        self.child.wait().context("waiting for a worker")?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error here has another before it, which is reported.
        self.kill().ok();
    }
}
