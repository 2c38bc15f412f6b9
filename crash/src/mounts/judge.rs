//! Whether what a save said is what is on disk, and whether it said what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result};

use super::place::Place;
use super::tally::Tally;
use super::tried::{Configctl, Tried};

pub(super) const EPERM: i32 = 1;
pub(super) const EIO: i32 = 5;
pub(super) const EACCES: i32 = 13;
pub(super) const EBUSY: i32 = 16;
pub(super) const EMFILE: i32 = 24;
pub(super) const EFBIG: i32 = 27;
pub(super) const ENOSPC: i32 = 28;
pub(super) const EROFS: i32 = 30;
pub(super) const EOPNOTSUPP: i32 = 95;
pub(super) const EUCLEAN: i32 = 117;
pub(super) const EDQUOT: i32 = 122;

const STEPS: [&str; 11] = [
    "lock",
    "stat-target",
    "sweep",
    "create-temporary",
    "keep-owner",
    "set-mode",
    "write",
    "sync-file",
    "compare",
    "rename",
    "sync-directory",
];

/// What an errno is called, and the words by which its remedy is known.
pub(super) fn known(errno: i32) -> (&'static str, &'static str) {
    match errno {
        EPERM => ("EPERM", "chattr -ia"),
        EIO => ("EIO", "dmesg"),
        EACCES => ("EACCES", "permission"),
        EBUSY => ("EBUSY", "mount its directory"),
        EMFILE => ("EMFILE", "ulimit -n"),
        EFBIG => ("EFBIG", "ulimit -f"),
        ENOSPC => ("ENOSPC", "free some space"),
        EROFS => ("EROFS", "read-write"),
        EOPNOTSUPP => ("EOPNOTSUPP", "keep the file on"),
        EUCLEAN => ("EUCLEAN", "dmesg"),
        EDQUOT => ("EDQUOT", "quota"),
        _ => ("an error", ""),
    }
}

/// Sets the days that follow, and judges what came of it. `errnos` are those that may keep it from being saved.
pub(super) fn try_save(
    tally: &mut Tally,
    place: &Place,
    configctl: &Configctl,
    label: &str,
    errnos: &[i32],
) -> Result<Tried> {
    let before = Before::of(place)?;
    let tried = configctl.set(&place.file(), before.next)?;
    judge(tally, place, &before, &tried, label, errnos)?;
    nothing_left(tally, place, &before, &tried, label)?;
    Ok(tried)
}

/// A save for which nothing stands in the way: it must be done.
pub(super) fn must_save(tally: &mut Tally, place: &Place, configctl: &Configctl, label: &str) -> Result<()> {
    try_save(tally, place, configctl, label, &[]).map(drop)
}

/// What there was before a save, and what is to be there after it.
pub(super) struct Before {
    old: Vec<u8>,
    pub(super) next: u64,
    others: Vec<std::ffi::OsString>,
}

impl Before {
    pub(super) fn of(place: &Place) -> Result<Self> {
        let old = fs::read(place.file()).context("the file before a save")?;
        let days = place.days(&old).context("the file before a save is none of those that were saved")?;
        Ok(Self { old, next: days + 1, others: place.others()? })
    }

    /// Is every byte as it was?
    pub(super) fn is_still(&self, place: &Place) -> Result<bool> {
        Ok(fs::read(place.file()).context("the file after a save")? == self.old)
    }
}

/// Compares what was said with what is there.
pub(super) fn judge(
    tally: &mut Tally,
    place: &Place,
    before: &Before,
    tried: &Tried,
    label: &str,
    errnos: &[i32],
) -> Result<()> {
    tally.outcome(tried);
    let new = place.text(before.next).into_bytes();
    let now = fs::read(place.file()).context("the file after a save")?;
    let said = &tried.stderr;
    let (is_old, is_new) = (now == before.old, now == new);
    let holds = match (tried.exit, tried.saved.as_deref()) {
        (Some(0), _) | (Some(6), Some("not-durable")) => is_new,
        (Some(1 | 5), Some("no")) => is_old,
        (Some(6), Some("unknown")) => is_old || is_new,
        _ => false,
    };
    tally.check(tried.signal.is_none(), || format!("{label}: killed by signal {:?}", tried.signal));
    tally.check(is_old || is_new, || {
        format!("{label}: the file was destroyed: {} bytes of {}", now.len(), new.len())
    });
    tally.check(holds || tried.signal.is_some(), || {
        let found = if is_old { "old" } else { "not old" };
        format!("{label}: exit {:?}, saved {:?}, but the content is {found}: {said}", tried.exit, tried.saved)
    });
    tally.check(!said.contains("panicked"), || format!("{label}: {said}"));
    let mode = fs::metadata(place.file()).context("its mode")?.permissions().mode() & 0o777;
    tally.check(!is_new || mode == 0o600, || format!("{label}: mode {mode:o} after a save"));
    if !tried.is_done() && tried.signal.is_none() {
        judge_message(tally, tried, label, errnos);
    }
    Ok(())
}

/// Whether a save took all away that it made. One that was killed leaves it to the next.
pub(super) fn nothing_left(
    tally: &mut Tally,
    place: &Place,
    before: &Before,
    tried: &Tried,
    label: &str,
) -> Result<()> {
    let others = place.others()?;
    let added: Vec<_> = others.iter().filter(|other| !before.others.contains(other)).collect();
    tally.check(added.is_empty() || tried.signal.is_some(), || format!("{label}: left over: {added:?}"));
    Ok(())
}

/// Whether a failure says why, where, and what to do.
pub(super) fn judge_message(tally: &mut Tally, tried: &Tried, label: &str, errnos: &[i32]) {
    let message = &tried.message;
    let named = errnos.iter().copied().find(|errno| message.contains(&format!("(os error {errno})")));
    tally.check(named.is_some(), || {
        let expected: Vec<_> = errnos.iter().map(|errno| known(*errno).0).collect();
        format!("{label}: failed for another reason than [{}]: {}", expected.join(", "), tried.stderr)
    });
    let Some(errno) = named else { return };
    tally.check(message.contains(known(errno).1), || {
        format!("{label}: {} without \"{}\" as the remedy: {message}", known(errno).0, known(errno).1)
    });
    tally.check(tried.errno == Some(errno), || {
        format!("{label}: \"errno\" is {:?}, not {errno}: {message}", tried.errno)
    });
    let step = tried.step.as_deref();
    tally.check(step.is_none_or(|step| STEPS.contains(&step)), || format!("{label}: no such step: {step:?}"));
}
