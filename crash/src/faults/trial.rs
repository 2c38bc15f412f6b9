//! One run of a program under `strace`, and all that is looked at afterwards.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};

use super::aftermath;
use super::disk::{self, Tree};
use super::errnos::Errno;
use super::order::{self, Part};
use super::recording::{Call, Naming};
use super::scenario::{Scenario, Speech, is_copy};
use super::verdict::{Content, Ended, Exit, Fault, Hit, Run, Said, Sort, Wrong, verdict};

/// Seconds after which a program has hung. Waiting for the lock takes ten.
const LONGEST: &str = "40";
/// How often a run is repeated in which the fault met another call than the one it was meant for.
const MOST_TRIES: usize = 3;

/// What `strace` does to a call.
#[derive(Clone, Debug)]
pub(crate) struct Injection {
    pub(crate) call: String,
    pub(crate) ordinal: usize,
    pub(crate) ever: bool,
    pub(crate) effect: Effect,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    Error(Errno),
    Nothing,
    Kill,
}

impl Display for Injection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let effect = match self.effect {
            Effect::Error(errno) => format!("error={}", errno.name),
            Effect::Nothing => "retval=0".to_owned(),
            Effect::Kill => "signal=KILL".to_owned(),
        };
        let ever = if self.ever { "+" } else { "" };
        write!(f, "{}:{effect}:when={}{ever}", self.call, self.ordinal)
    }
}

/// A fault to be tried: the first injection hits the call at `index` of the recording.
#[derive(Clone, Debug)]
pub(crate) struct Combination {
    pub(crate) index: usize,
    /// The call whose error is to be reported.
    pub(crate) call: String,
    pub(crate) fault: Fault,
    pub(crate) injections: Vec<Injection>,
    /// Bytes that a file may have, so that a write is a short one and the next fails.
    pub(crate) file_limit: Option<usize>,
}

/// A scenario and what it did when nothing was in its way.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) scenario: Scenario,
    pub(crate) old: Option<Vec<u8>>,
    pub(crate) new: Vec<u8>,
    known: BTreeSet<String>,
    /// Before the first call that touches the run's directory.
    pub(crate) started: Vec<Call>,
    pub(crate) calls: Vec<Call>,
    pub(crate) parts: Vec<Part>,
    pub(crate) renamed_at: usize,
    /// The temporary names of the recording, each relative to the run's directory.
    pub(crate) temporaries: Vec<String>,
}

/// How a combination ended.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) ended: Ended,
    pub(crate) wrong: Vec<Wrong>,
}

/// A fresh directory for one run.
pub(crate) struct Place {
    _holder: tempfile::TempDir,
    pub(crate) root: PathBuf,
    trace: PathBuf,
}

impl Place {
    pub(crate) fn new(scenario: Scenario) -> Result<Self> {
        // What is tested is what is said and seen, not what a disk keeps.
        let mut builder = tempfile::Builder::new();
        builder.prefix("crash-faults-");
        let holder = builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir())?;
        let base = holder.path().canonicalize()?;
        let root = base.join("root");
        DirBuilder::new().mode(0o700).create(&root)?;
        scenario.prepare(&root).with_context(|| format!("preparing {}", scenario.name()))?;
        Ok(Self { _holder: holder, root, trace: base.join("trace") })
    }

    /// A directory that stays, for someone to repeat a run in.
    pub(crate) fn kept(scenario: Scenario) -> Result<PathBuf> {
        let Self { _holder: holder, root, .. } = Self::new(scenario)?;
        let _kept = holder.keep();
        Ok(root)
    }

    pub(crate) fn strace(
        &self,
        scenario: Scenario,
        injections: &[Injection],
        file_limit: Option<usize>,
    ) -> Result<Output> {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", LONGEST]);
        command.args(strace(scenario, &self.root, &self.trace, injections, file_limit)?);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
        command.output().context("timeout and strace")
    }

    pub(crate) fn trace(&self) -> Result<String> {
        let trace = fs::read(&self.trace).context("what strace wrote")?;
        Ok(String::from_utf8_lossy(&trace).into_owned())
    }
}

/// The command that is run, also to be repeated by hand.
pub(crate) fn strace(
    scenario: Scenario,
    root: &Path,
    trace: &Path,
    injections: &[Injection],
    file_limit: Option<usize>,
) -> Result<Vec<OsString>> {
    let mut words: Vec<OsString> = ["strace", "-f", "-y", "-qq", "-s", "0", "-o"].map(Into::into).into();
    words.push(trace.into());
    // Where seccomp stops the program, a signal is not delivered before the call is made.
    if !injections.is_empty() && !injections.iter().any(|one| matches!(one.effect, Effect::Kill)) {
        words.push("--seccomp-bpf".into());
    }
    if !injections.is_empty() {
        let names: Vec<&str> = injections.iter().map(|one| one.call.as_str()).collect();
        words.extend(["-e".into(), format!("trace={}", names.join(",")).into()]);
    }
    for injection in injections {
        words.extend(["-e".into(), format!("inject={injection}").into()]);
    }
    if let Some(limit) = file_limit {
        // Its signal would kill the program where a full disk would not.
        words.extend(["env".into(), "--ignore-signal=XFSZ".into()]);
        words.extend(["prlimit".into(), format!("--fsize={limit}").into()]);
    }
    words.extend(scenario.command(root)?);
    Ok(words)
}

impl Subject {
    /// Runs it twice with nothing in its way. Both runs must make the same calls.
    pub(crate) fn record(scenario: Scenario) -> Result<Self> {
        let first = Self::record_once(scenario)?;
        let second = Self::record_once(scenario)?;
        let shown = |call: Option<&Call>| {
            call.map_or_else(|| "nothing".to_owned(), |call| format!("{} {}", call.name, call.place))
        };
        for index in 0..first.calls.len().max(second.calls.len()) {
            let (one, other) = (shown(first.calls.get(index)), shown(second.calls.get(index)));
            if one != other {
                let name = scenario.name();
                bail!("{name}: two runs differ, so that no call can be told: first {one}, then {other}");
            }
        }
        Ok(first)
    }

    pub(crate) fn record_once(scenario: Scenario) -> Result<Self> {
        let place = Place::new(scenario)?;
        let name = scenario.name();
        let before = disk::tree(&place.root)?;
        let output = place.strace(scenario, &[], None)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{name}: it fails with nothing in its way ({}): {}", output.status, said.trim());
        }
        let after = disk::tree(&place.root)?;
        let known: BTreeSet<String> =
            before.keys().chain(after.keys()).map(|name| disk::last(name).to_owned()).collect();
        let naming = Naming { root: &place.root, known: &known };
        let mut calls = naming.calls(&place.trace()?);
        let started: Vec<Call> = calls.drain(..naming.start(&calls)).collect();
        calls.truncate(Naming::end(&calls));
        let file = relative(scenario, &place.root);
        let old = disk::bytes(&before, &file).map(<[u8]>::to_vec);
        let new =
            disk::bytes(&after, &file).map(<[u8]>::to_vec).with_context(|| format!("{name}: no file"))?;
        if scenario != Scenario::Same && old.as_ref() == Some(&new) {
            bail!("{name}: the save changes nothing, so that nothing can be told from it");
        }
        let renamed_at = order::renamed_at(&calls).unwrap_or(usize::MAX);
        let temporaries = calls.iter().filter(|call| order::makes_temporary(call));
        let temporaries = temporaries.filter_map(|call| opened(call, &place.root)).collect();
        let parts = order::parts(&calls);
        Ok(Self { scenario, old, new, known, started, calls, parts, renamed_at, temporaries })
    }

    /// Tries a combination, again if something else was hit.
    pub(crate) fn try_out(&self, combination: &Combination) -> Result<Trial> {
        for _ in 0..MOST_TRIES {
            if let Some(trial) = self.try_once(combination)? {
                return Ok(trial);
            }
        }
        let text = "the fault never met the call that it was meant for".to_owned();
        Ok(Trial { ended: Ended::Unknown, wrong: vec![Wrong::new(Sort::Died, text)] })
    }

    fn try_once(&self, combination: &Combination) -> Result<Option<Trial>> {
        let place = Place::new(self.scenario)?;
        let before = disk::tree(&place.root)?;
        let output = place.strace(self.scenario, &combination.injections, combination.file_limit)?;
        if !self.was_hit(combination, &place)? {
            return Ok(None);
        }
        let after = disk::tree(&place.root)?;
        let (exit, said) = outcome(self.scenario.speech(), &output);
        let content = self.content(&after, &place.root);
        let run = Run { exit, content, said, speech: self.scenario.speech() };
        let (Some(call), Some(part)) = (self.calls.get(combination.index), self.parts.get(combination.index))
        else {
            bail!("a combination for a call that was not recorded");
        };
        let hit = Hit {
            call: &combination.call,
            creates: call.creates(),
            is_copy: call.renames().is_some_and(|(_, to)| is_copy(disk::last(to))),
            is_natural: combination.fault.errno().is_some_and(|errno| call.failed(errno)),
            part: *part,
            is_after: combination.index > self.renamed_at,
            fault: combination.fault,
        };
        let (ended, mut wrong) = verdict(&hit, &run);
        wrong.extend(aftermath::at_rest(self, &before, &after));
        wrong.extend(aftermath::next_save(self, &place.root, &before, &after)?);
        Ok(Some(Trial { ended, wrong }))
    }

    /// Whether each injection did something, and the first one to the call that was meant.
    fn was_hit(&self, combination: &Combination, place: &Place) -> Result<bool> {
        let naming = Naming { root: &place.root, known: &self.known };
        let trace = place.trace()?;
        let calls = naming.calls(&trace);
        if let Some(limit) = combination.file_limit {
            return Ok(calls.iter().any(|call| call.writes() && call.result == limit.to_string()));
        }
        let meant = self.calls.get(combination.index);
        let found = calls.iter().find(|call| meant.is_some_and(|meant| meant.is_same(call)));
        let each = combination.injections.iter().all(|injection| {
            calls.iter().any(|call| {
                call.name == injection.call
                    && call.ordinal >= injection.ordinal
                    && match injection.effect {
                        Effect::Kill => call.result.starts_with('?'),
                        Effect::Error(_) | Effect::Nothing => call.result.contains("INJECTED"),
                    }
            })
        });
        Ok(found.is_some() && each)
    }

    pub(crate) fn content(&self, tree: &Tree, root: &Path) -> Content {
        let found = disk::bytes(tree, &relative(self.scenario, root));
        if self.old.as_ref() == Some(&self.new) && found == self.old.as_deref() {
            Content::Same
        } else if found == Some(&self.new) {
            Content::New
        } else if found == self.old.as_deref() {
            Content::Old
        } else {
            Content::Broken
        }
    }
}

/// The file's name in a tree of `root`.
pub(crate) fn relative(scenario: Scenario, root: &Path) -> String {
    let file = scenario.file(root);
    file.strip_prefix(root).unwrap_or(&file).display().to_string()
}

/// The path that a call opened, below the run's directory.
fn opened(call: &Call, root: &Path) -> Option<String> {
    let (_, path) = call.result.split_once('<')?;
    let path = Path::new(path.trim_end_matches('>'));
    Some(path.strip_prefix(root).ok()?.display().to_string())
}

/// What the program says of itself.
fn outcome(speech: Speech, output: &Output) -> (Exit, Said) {
    let exit = match (output.status.code(), output.status.signal()) {
        // `timeout` says the one when it asked it to end, the other when it had to kill it.
        (Some(124 | 137), _) => Exit::Hung,
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    };
    let words = String::from_utf8_lossy(&output.stderr);
    match speech {
        Speech::Json => (exit, json(&words)),
        Speech::Words => in_words(exit, &words, &String::from_utf8_lossy(&output.stdout)),
        Speech::ExitCode => (exit, Said::default()),
    }
}

fn json(words: &str) -> Said {
    let mut objects = words.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let Some(object) = objects.rfind(|object| object.get("error").is_some()) else {
        return Said::default();
    };
    let text = |name: &str| object.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let errno = object.get("errno").and_then(serde_json::Value::as_i64);
    Said { saved: text("saved"), step: text("step"), errno }
}

/// As `configctl` would put it.
fn in_words(exit: Exit, words: &str, result: &str) -> (Exit, Said) {
    let said = |saved: &str| Said { saved: Some(saved.to_owned()), ..Said::default() };
    match exit {
        // It goes on with what it has in memory, and warns.
        Exit::Code(_) if words.contains("config.json has the new content") => {
            (Exit::Code(6), said("not-durable"))
        }
        Exit::Code(_) if words.contains("config.json has either the old content") => {
            (Exit::Code(6), said("unknown"))
        }
        // What cannot be written is served all the same, and not called migrated.
        Exit::Code(0) if result.contains("(opened by open)") => (Exit::Code(1), said("no")),
        Exit::Code(1) if words.contains("nothing was changed") => (exit, said("no")),
        _ => (exit, Said::default()),
    }
}
