//! Every call of a recording, with every error that it can give, and a kill before each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, anyhow};

use super::errnos::{self, EIO, Errno, errnos, link_errnos};
use super::order::Part;
use super::recording::Call;
use super::trial::{Combination, Effect, Injection, Subject, Trial};
use super::verdict::Fault;

/// Shorter than any file that is saved here.
const SHORT: usize = 100;

impl Subject {
    /// All that is tried on it, in the order of its calls.
    pub(crate) fn combinations(&self) -> Vec<Combination> {
        let mut all = Vec::new();
        for (index, call) in self.calls.iter().enumerate() {
            all.extend(self.errors(index, call));
            all.extend(self.pairs(index, call));
            all.push(self.kill(index, call));
        }
        all
    }

    fn errors(&self, index: usize, call: &Call) -> Vec<Combination> {
        let mut found = Vec::new();
        let one = |effect, ever, fault| Combination {
            index,
            call: call.name.clone(),
            fault,
            injections: vec![Injection { call: call.name.clone(), ordinal: call.ordinal, ever, effect }],
            file_limit: None,
        };
        for errno in errnos(&call.name, &call.arguments).unwrap_or_default() {
            for ever in [false, true] {
                // Whoever makes an interrupted call again would do so for ever, which no kernel asks of it.
                let endless = ever && *errno == errnos::EINTR && is_retried(call);
                // What it does anyway is no fault.
                if !endless && (ever || !call.failed(*errno)) {
                    found.push(one(Effect::Error(*errno), ever, Fault::Error { errno: *errno, ever }));
                }
            }
        }
        if call.writes() {
            for ever in [false, true] {
                found.push(one(Effect::Nothing, ever, Fault::NothingWritten { ever }));
            }
        }
        if call.writes() && self.part(index) == Part::Save("write") {
            let fault = Fault::Error { errno: errnos::EFBIG, ever: true };
            let call = call.name.clone();
            found.push(Combination { index, call, fault, injections: Vec::new(), file_limit: Some(SHORT) });
        }
        found
    }

    fn kill(&self, index: usize, call: &Call) -> Combination {
        let injection =
            Injection { call: call.name.clone(), ordinal: call.ordinal, ever: false, effect: Effect::Kill };
        let fault = Fault::Kill { renamed: index > self.renamed_at };
        Combination { index, call: call.name.clone(), fault, injections: vec![injection], file_limit: None }
    }

    /// A step fails, and then what is done about it fails too, or is killed.
    fn pairs(&self, index: usize, call: &Call) -> Vec<Combination> {
        let mut found = Vec::new();
        let Part::Save(step) = self.part(index) else { return found };
        let first = |errno| Injection {
            call: call.name.clone(),
            ordinal: call.ordinal,
            ever: false,
            effect: Effect::Error(errno),
        };
        let next = |name: &str, effect, ever| Injection {
            call: name.to_owned(),
            ordinal: 1 + self.before(index).filter(|call| call.name == name).count(),
            ever,
            effect,
        };
        let mut pair = |call: &str, fault, injections: Vec<Injection>| {
            found.push(Combination { index, call: call.to_owned(), fault, injections, file_limit: None });
        };
        if self.has_temporary(index, step) {
            let (error, kill) =
                (next("unlinkat", Effect::Error(EIO), true), next("unlinkat", Effect::Kill, false));
            pair(&call.name, Fault::Pair(EIO), vec![first(EIO), error]);
            pair(&call.name, Fault::Kill { renamed: false }, vec![first(EIO), kill]);
        }
        if call.renames().is_some() {
            for errno in errnos::MAY_HAVE_RENAMED {
                let look = next("newfstatat", Effect::Error(EIO), true);
                pair(&call.name, Fault::Pair(*errno), vec![first(*errno), look]);
            }
        }
        if call.name == "renameat2" {
            let way_round = || first(errnos::EINVAL);
            for errno in link_errnos() {
                let link = next("linkat", Effect::Error(*errno), false);
                pair("linkat", Fault::Pair(*errno), vec![way_round(), link]);
            }
            let renamed = index == self.renamed_at;
            let kill = next("linkat", Effect::Kill, false);
            pair("linkat", Fault::Kill { renamed: false }, vec![way_round(), kill]);
            let kill = next("unlinkat", Effect::Kill, false);
            pair("unlinkat", Fault::Kill { renamed }, vec![way_round(), kill]);
            let error: Errno = EIO;
            let unlink = next("unlinkat", Effect::Error(error), true);
            pair("renameat2", Fault::Pair(errnos::EINVAL), vec![way_round(), unlink]);
        }
        found
    }

    /// All calls before this one, since the program started.
    fn before(&self, index: usize) -> impl Iterator<Item = &Call> {
        self.started.iter().chain(self.calls.iter().take(index))
    }

    /// Whether a temporary file is there to be removed when this step fails.
    fn has_temporary(&self, index: usize, step: &str) -> bool {
        match step {
            // The file itself is synced, and no other made.
            _ if self.renamed_at == usize::MAX => false,
            "keep-owner" | "set-mode" | "write" | "sync-file" | "compare" | "rename" => true,
            "create-temporary" => self.calls.get(index).is_some_and(|call| call.name == "fstat"),
            _ => false,
        }
    }

    pub(crate) fn part(&self, index: usize) -> Part {
        self.parts.get(index).copied().unwrap_or(Part::Elsewhere)
    }

    /// Tries all of them, `jobs` at a time. Those that wait for a lock until they give up wait beside the others.
    pub(crate) fn try_all(&self, all: &[Combination], jobs: usize) -> Result<Vec<Trial>> {
        let (slow, quick): (Vec<usize>, Vec<usize>) =
            (0..all.len()).partition(|at| all.get(*at).is_some_and(waits));
        let (next_slow, next_quick) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut trials = thread::scope(|scope| {
            let start = |_| scope.spawn(|| self.take(all, &slow, &next_slow));
            let mut workers: Vec<_> = slow.iter().map(start).collect();
            workers.extend((0..jobs.max(1)).map(|_| scope.spawn(|| self.take(all, &quick, &next_quick))));
            let mut trials = Vec::new();
            for worker in workers {
                trials.extend(worker.join().map_err(|_| anyhow!("a thread of the sweep panicked"))??);
            }
            Ok::<_, anyhow::Error>(trials)
        })?;
        trials.sort_by_key(|(at, _)| *at);
        Ok(trials.into_iter().map(|(_, trial)| trial).collect())
    }

    /// One thread's share of a queue.
    fn take(&self, all: &[Combination], queue: &[usize], next: &AtomicUsize) -> Result<Vec<(usize, Trial)>> {
        let mut done = Vec::new();
        while let Some(at) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(combination) = all.get(*at) {
                done.push((*at, self.try_out(combination)?));
            }
        }
        Ok(done)
    }
}

fn is_retried(call: &Call) -> bool {
    !call.syncs() && call.renames().is_none() && call.name != "close"
}

/// A lock that someone else holds for ever is waited for.
fn waits(combination: &Combination) -> bool {
    combination.call == "flock"
        && matches!(combination.fault, Fault::Error { errno, ever: true } if errno == errnos::EAGAIN)
}
