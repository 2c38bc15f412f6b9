//! Whether what a program said of a save is what is on disk.

use serde::Serialize;

use super::errnos::{self, Errno};
use super::order::Part;
use super::scenario::Speech;

/// How an interrupted save ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ended {
    NotSaved,
    Saved,
    NotDurable,
    Unknown,
    Killed,
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
    /// It had to be stopped.
    Hung,
}

/// What is wrong with a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) sort: Sort,
    pub(crate) text: String,
}

/// Which promise was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// The file is no content that was ever saved.
    Partial,
    /// The file has another content than was reported.
    Outcome,
    /// A call failed and success was reported.
    Denied,
    /// It panicked, hung, or died of a signal.
    Died,
    /// The report says something that did not happen.
    Report,
    /// Someone else may read a file with content.
    Wide,
    /// Something is left after the next save.
    Leftover,
    /// A file that belongs to nobody's save was changed, or the next save does not work.
    After,
}

impl Wrong {
    pub(crate) fn new(sort: Sort, text: impl Into<String>) -> Self {
        Self { sort, text: text.into() }
    }
}

/// What was done to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A call failed, or from one on all of this name did.
    Error { errno: Errno, ever: bool },
    /// `write` took nothing and said so.
    NothingWritten { ever: bool },
    /// A call failed, and then what was done about it.
    Pair(Errno),
    /// It was killed; had the file been renamed by then?
    Kill { renamed: bool },
}

impl Fault {
    /// What was injected.
    pub(crate) fn errno(self) -> Option<Errno> {
        match self {
            Self::Error { errno, .. } | Self::Pair(errno) => Some(errno),
            Self::NothingWritten { .. } | Self::Kill { .. } => None,
        }
    }
}

/// What became of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// As before; also missing, if it was.
    Old,
    New,
    /// Both, where nothing was to be changed.
    Same,
    /// Neither.
    Broken,
}

/// What the program said in words or JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// `no`, `not-durable`, `unknown` or `yes`; `None` when it could not be told.
    pub(crate) saved: Option<String>,
    pub(crate) step: Option<String>,
    pub(crate) errno: Option<i64>,
}

/// The call that failed.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of a call")]
pub(crate) struct Hit<'a> {
    pub(crate) call: &'a str,
    pub(crate) creates: bool,
    /// The file it is about is the copy of an older one.
    pub(crate) is_copy: bool,
    /// With nothing in its way, it ended as it was made to.
    pub(crate) is_natural: bool,
    pub(crate) part: Part,
    /// It comes after the file got its new content, and so it is of the history or of the output.
    pub(crate) is_after: bool,
    pub(crate) fault: Fault,
}

impl Hit<'_> {
    /// Where it is said for ever that the file is not there, nothing shows whose it is, and what belongs to another user beside
    /// it is refused.
    fn hides_the_owner(&self) -> bool {
        self.call == "newfstatat" && self.fault == Fault::Error { errno: errnos::ENOENT, ever: true }
    }

    /// What fails writing for ever fails standard error too.
    fn is_mute(&self) -> bool {
        let ever =
            matches!(self.fault, Fault::Error { ever: true, .. } | Fault::NothingWritten { ever: true });
        ever && self.call == "write"
    }
}

/// A run, as far as it can be judged without looking at the disk again.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) exit: Exit,
    pub(crate) content: Content,
    pub(crate) said: Said,
    pub(crate) speech: Speech,
}

/// How it ended, and what is wrong with that.
pub(crate) fn verdict(hit: &Hit<'_>, run: &Run) -> (Ended, Vec<Wrong>) {
    let mut wrong = Vec::new();
    let mut died = |text: String| wrong.push(Wrong::new(Sort::Died, text));
    let ended = match run.exit {
        Exit::Signal(9) if matches!(hit.fault, Fault::Kill { .. }) => Ended::Killed,
        Exit::Code(0) => Ended::Saved,
        Exit::Code(6) if run.said.saved.as_deref() == Some("not-durable") => Ended::NotDurable,
        Exit::Code(6) => Ended::Unknown,
        Exit::Code(code) => {
            if run.speech == Speech::Json && code != 1 && !(code == 5 && hit.hides_the_owner()) {
                died(format!("it exits with {code}, which says something else"));
            }
            // `crash` itself prints with `eprintln!`, which panics where nothing can be printed.
            if code == 101 && !(run.speech == Speech::ExitCode && hit.is_mute()) {
                died("it panicked".to_owned());
            }
            if run.said.saved.as_deref() == Some("yes") { Ended::Saved } else { Ended::NotSaved }
        }
        Exit::Signal(signal) => {
            died(format!("it died of signal {signal}"));
            Ended::Killed
        }
        Exit::Hung => {
            died("it did not end".to_owned());
            Ended::NotSaved
        }
    };
    wrong.extend(on_disk(ended, hit, run));
    wrong.extend(denied(hit, run).map(|text| Wrong::new(Sort::Denied, text)));
    if run.speech == Speech::Json && !matches!(run.exit, Exit::Code(0) | Exit::Signal(_)) {
        wrong.extend(told(hit, run).into_iter().map(|text| Wrong::new(Sort::Report, text)));
    }
    (ended, wrong)
}

/// What was reported against what is there.
fn on_disk(ended: Ended, hit: &Hit<'_>, run: &Run) -> Option<Wrong> {
    if run.content == Content::Broken {
        return Some(Wrong::new(Sort::Partial, "the file is neither the old content nor the new"));
    }
    let expected = match ended {
        Ended::Saved | Ended::NotDurable => Content::New,
        // Standard error failed too, so that it could not say that it was saved.
        Ended::NotSaved
            if (hit.part == Part::Output || hit.is_after && hit.is_mute()) && run.said.saved.is_none() =>
        {
            Content::New
        }
        // There and not durable: only `configctl --json` has a word for it.
        Ended::NotSaved if run.speech != Speech::Json && hit.part == Part::Save("sync-directory") => {
            return None;
        }
        Ended::NotSaved => Content::Old,
        Ended::Unknown if !may_have_renamed(hit) => {
            let text = format!("it says that it does not know, after a {} that did nothing", hit.call);
            return Some(Wrong::new(Sort::Outcome, text));
        }
        Ended::Unknown => return None,
        Ended::Killed => match hit.fault {
            Fault::Kill { renamed: true } => Content::New,
            Fault::Kill { renamed: false } => Content::Old,
            _ => return None,
        },
    };
    (run.content != Content::Same && run.content != expected).then(|| {
        let text = format!("it ended as {ended:?}, and the file has the {:?} content", run.content);
        Wrong::new(Sort::Outcome, text)
    })
}

/// A rename that may have been done all the same. These errors are given only by one that was not.
fn may_have_renamed(hit: &Hit<'_>) -> bool {
    use errnos::{
        EACCES, EBUSY, EDQUOT, EISDIR, ELOOP, ENOSPC, ENOSYS, ENOTDIR, EOPNOTSUPP, EPERM, EROFS, EXDEV,
    };
    let certain =
        [EACCES, EBUSY, EDQUOT, EISDIR, ELOOP, ENOSPC, ENOSYS, ENOTDIR, EOPNOTSUPP, EPERM, EROFS, EXDEV];
    hit.part == Part::Save("rename") && hit.fault.errno().is_some_and(|errno| !certain.contains(&errno))
}

/// A step failed, and it was called a success.
fn denied(hit: &Hit<'_>, run: &Run) -> Option<String> {
    if run.exit != Exit::Code(0) {
        return None;
    }
    let denied = match (hit.part, hit.fault) {
        (_, Fault::Kill { .. }) => return Some("it was to be killed and went on".to_owned()),
        (Part::Elsewhere, _) => false,
        // Whoever reads the pipe has left: no failure.
        (Part::Output, Fault::Error { errno, .. }) => errno != errnos::EPIPE && errno != errnos::EINTR,
        (_, Fault::Pair(errno)) => !has_way_round(hit, errno, false),
        (_, Fault::Error { errno, ever }) => !has_way_round(hit, errno, ever),
        (_, Fault::NothingWritten { .. }) => true,
    };
    denied.then(|| format!("{} failed, and it exits 0", hit.call))
}

/// What a save may meet and still be one.
fn has_way_round(hit: &Hit<'_>, errno: Errno, ever: bool) -> bool {
    match hit.call {
        _ if hit.is_natural => true,
        // A copy takes the next name.
        "renameat2" | "linkat" if hit.is_copy && errno == errnos::EEXIST => !ever,
        // Their effect is uncertain after an error, so they are not made again.
        "fsync" | "fdatasync" | "rename" | "renameat" | "linkat" => false,
        // A file system without it: `linkat` instead.
        "renameat2" => [errnos::EINVAL, errnos::ENOSYS, errnos::EOPNOTSUPP].contains(&errno),
        _ if errno == errnos::EINTR => !ever,
        // Another name.
        "openat" if hit.creates => errno == errnos::EEXIST && !ever,
        // It looks as if someone had removed the file: read again, and saved anew.
        "newfstatat" => errno == errnos::ENOENT && !ever,
        _ => false,
    }
}

/// What was said against what was done.
fn told(hit: &Hit<'_>, run: &Run) -> Vec<String> {
    let mut wrong = Vec::new();
    let Said { saved, step, errno } = &run.said;
    let injected = hit.fault.errno().map(|errno| errno.number);
    if hit.is_mute() && saved.is_none() {
        return wrong;
    }
    match saved.as_deref() {
        Some("no" | "yes" | "not-durable" | "unknown") => {}
        other => wrong.push(format!("it failed and says {other:?} of what was saved")),
    }
    if run.exit == Exit::Code(6) && !matches!(saved.as_deref(), Some("not-durable" | "unknown")) {
        wrong.push(format!("exit 6, and it says saved: {saved:?}"));
    }
    if let (Some(said), true) = (errno, *errno != injected)
        && !is_consequence(hit, *said)
    {
        wrong.push(format!("it reports errno {said}, which was not injected"));
    }
    if matches!(hit.part, Part::Save(_))
        && saved.as_deref() != Some("yes")
        && injected.is_some()
        && errno.is_none()
        && !is_taken(hit)
    {
        wrong.push("it reports no errno".to_owned());
    }
    if let Part::Save(expected) = hit.part
        && saved.as_deref() != Some("yes")
        && step.as_deref() != Some(expected)
        && !is_taken(hit)
    {
        wrong.push(format!("it reports step {step:?} and not {expected}"));
    }
    wrong
}

/// An error that the kernel itself gave to what was done about the injected one.
fn is_consequence(hit: &Hit<'_>, said: i64) -> bool {
    // Told that there is no directory, it looks for a place to make one.
    let looks = matches!(hit.call, "openat" | "readlinkat" | "newfstatat" | "statx" | "mkdirat");
    hit.part != Part::Save("create-temporary") && looks && said == errnos::ENOENT.number
}

/// Told that the name is taken or the file gone, a save has no failed step: someone else was faster.
fn is_taken(hit: &Hit<'_>) -> bool {
    hit.fault.errno().is_some_and(|errno| {
        (hit.part == Part::Save("rename") && errno == errnos::EEXIST)
            || (hit.part == Part::Save("compare") && errno == errnos::ENOENT)
    })
}

#[cfg(test)]
mod tests;
