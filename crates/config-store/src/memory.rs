//! What a store adds to the history of its file: what it serves, once, and never at the cost of serving it.

use std::fs;
use std::io;
use std::mem;
use std::path::PathBuf;
use std::time::SystemTime;

use config_fs::{ConfigFile, History, HistoryError, Keep, Kept, KeptEntry, LockError, Locked, Wait};
use config_model::Document;

use crate::changes::{Cause, Event};
use crate::log;
use crate::look::{Look, SOON};
use crate::rejection::chain;
use crate::revision::Revision;
use crate::store::Shared;
use crate::waiting::{Late, Waiting};

/// What a store knows of the history of its file.
#[derive(Default)]
pub(crate) struct Memory {
    /// The newest content that was there when it was last looked, and where the history is.
    kept: Option<(Revision, PathBuf)>,
    /// Nothing is kept, as the bound is 0.
    is_off: bool,
    /// To be kept as soon as nobody holds the lock.
    waiting: Waiting,
    /// The newest entry may not survive a power loss.
    is_unsynced: bool,
    /// Why the last one was not kept.
    pub(crate) warning: Option<String>,
}

impl Memory {
    pub(crate) fn is_due(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Is there nothing to be done for this one?
    fn has(&self, revision: Revision) -> bool {
        self.waiting.is_empty() && self.kept.as_ref().is_some_and(|(kept, _)| *kept == revision)
    }

    /// Was there a history, and is none now, as after `rm -r`?
    pub(crate) fn is_gone(&self) -> bool {
        let found = self.kept.as_ref().map(|(_, place)| fs::symlink_metadata(place));
        found.is_some_and(|found| found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound))
    }
}

/// An accepted content on its way into the history.
#[derive(Clone, Copy)]
pub(crate) struct Accepted<'a> {
    pub(crate) text: &'a str,
    pub(crate) revision: Revision,
    pub(crate) cause: Cause,
    /// When it was read, or saved.
    pub(crate) time: SystemTime,
}

impl<'a> Accepted<'a> {
    /// As an entry of this hash, which is its revision, like `rest` in all else.
    fn under(self, hash: &'a str, rest: Keep<'a>) -> Keep<'a> {
        Keep { bytes: self.text.as_bytes(), hash, cause: self.cause.name(), time: self.time, ..rest }
    }
}

/// Why it is not there.
enum Unkept {
    /// Somebody holds the lock.
    Busy,
    /// Nothing is written here: a read-only mount, a directory of others.
    ReadOnly,
    Failed(String),
}

impl From<HistoryError> for Unkept {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::ReadOnly { .. } => Self::ReadOnly,
            error => Self::Failed(chain(&error)),
        }
    }
}

impl<D: Document> Shared<D> {
    /// Keeps what was just saved under the lock, and what it replaced, if that is not there.
    pub(crate) fn remember_save(
        &self,
        look: &mut Look,
        locked: &Locked<'_>,
        old: Option<Accepted<'_>>,
        new: Accepted<'_>,
    ) {
        if self.is_off(look) {
            return;
        }
        let waiting = mem::take(&mut look.memory.waiting);
        let late = self.add_late(locked, waiting.all());
        let kept = self.add(locked, old, new, true);
        self.note_kept(look, locked.file(), new, late.and(kept).map_err(Unkept::from));
    }

    /// Keeps what was accepted and is on disk. Whatever goes wrong with that, it is served.
    pub(crate) fn remember_under(&self, look: &mut Look, locked: &Locked<'_>, accepted: Accepted<'_>) {
        if !look.memory.has(accepted.revision) {
            self.remember_save(look, locked, None, accepted);
        }
    }

    /// The same for what was read without the lock: if somebody has it, later.
    pub(crate) fn remember(&self, look: &mut Look, accepted: Accepted<'_>) {
        if look.memory.has(accepted.revision) || self.is_off(look) {
            return;
        }
        self.flush(look, Some(accepted), Wait::No);
    }

    /// Keeps what could not be kept before.
    pub(crate) fn remember_late(&self, look: &mut Look) {
        if look.memory.is_due() {
            self.flush(look, None, Wait::No);
        }
    }

    /// The same when there is no later.
    pub(crate) fn remember_at_last(&self, look: &mut Look) {
        if look.memory.is_due() {
            self.flush(look, None, Wait::AtMost(SOON));
            let lost = look.memory.waiting.all().iter().map(|late| late.accepted().revision);
            self.tell_lost(lost, "until this program ended");
        }
    }

    /// Keeps what waits, and then `newest`.
    fn flush(&self, look: &mut Look, newest: Option<Accepted<'_>>, wait: Wait) {
        let mut waiting = mem::take(&mut look.memory.waiting);
        let split = newest.map(|newest| (newest, waiting.all())).or_else(|| waiting.split_newest());
        let Some((last, earlier)) = split else { return };
        let file = match ConfigFile::locate_with(&self.path, self.settings.trust) {
            Ok(file) => file,
            Err(error) => return self.note_failed(look, &chain(&error)),
        };
        let kept = self.add_alone(&file, earlier, last, wait);
        if !matches!(kept, Err(Unkept::Busy)) {
            return self.note_kept(look, &file, last, kept);
        }
        let given_up = newest.map(|newest| waiting.push(newest));
        look.memory.waiting = waiting;
        self.tell_lost(given_up.into_iter().flatten(), "for too long");
    }

    /// What is served, of which the file says `text`, is kept again where the history was removed.
    pub(crate) fn remember_again(&self, look: &mut Look, text: &[u8]) {
        if look.memory.is_gone()
            && let Ok(text) = str::from_utf8(text)
        {
            look.memory.kept = None;
            let (revision, cause, time) = (self.current.get().revision(), look.cause, look.read_at);
            self.remember(look, Accepted { text, revision, cause, time });
        }
    }

    /// Makes the newest entry durable, if there is a new one, on the thread that watches: those who save do not wait for it.
    pub(crate) fn sync_history(&self, is_unsynced: bool) {
        if !is_unsynced {
            return;
        }
        let file = ConfigFile::locate_with(&self.path, self.settings.trust);
        let synced =
            file.map(|file| file.history().and_then(|history| history.map_or(Ok(()), |it| it.sync())));
        if let Ok(Err(error)) = synced {
            log::not_kept(self.origin(), &chain(&error));
        }
    }

    /// Is what a rollback replaces in the history, undamaged, and not to be pruned by what follows it?
    pub(crate) fn is_kept(&self, file: &ConfigFile, text: &str, revision: Revision) -> bool {
        let Ok(Some(history)) = file.history() else { return false };
        let bound = self.settings.history.map_or_else(|| history.bound(), |bound| Ok(Some(bound)));
        let hash = revision.to_string();
        let mut entries = history.entries().unwrap_or_default();
        entries.retain(|entry| entry.hash() == hash);
        bound.is_ok_and(|bound| bound != Some(1))
            && entries.iter().any(|entry| is_undamaged(&history, entry, text))
    }

    /// With a bound of 0 there is but one thing to note, once.
    fn is_off(&self, look: &Look) -> bool {
        self.settings.history == Some(0) && look.memory.is_off
    }

    fn add_alone(
        &self,
        file: &ConfigFile,
        earlier: &[Late],
        last: Accepted<'_>,
        wait: Wait,
    ) -> Result<Kept, Unkept> {
        // Of many stores one has to; the others need no lock to see that it did.
        if self.settings.history.is_none() && earlier.is_empty() && is_newest(file, last) {
            return Ok(Kept::Already);
        }
        let locked = file.lock(wait).map_err(|error| match error {
            LockError::Busy { .. } => Unkept::Busy,
            LockError::ReadOnly { .. } | LockError::Unlisted { .. } => Unkept::ReadOnly,
            other => Unkept::Failed(chain(&other)),
        })?;
        self.add_late(&locked, earlier)?;
        // Another program may have saved, and kept that, since this was read.
        let now = self.settings.contents(&self.path);
        let is_current = now.is_ok_and(|now| now.bytes() == last.text.as_bytes());
        Ok(self.add(&locked, None, last, is_current)?)
    }

    fn add_late(&self, locked: &Locked<'_>, waiting: &[Late]) -> Result<(), HistoryError> {
        waiting.iter().try_for_each(|late| self.add(locked, None, late.accepted(), false).map(drop))
    }

    fn add(
        &self,
        locked: &Locked<'_>,
        old: Option<Accepted<'_>>,
        new: Accepted<'_>,
        is_current: bool,
    ) -> Result<Kept, HistoryError> {
        let (new_hash, old_hash) = (new.revision.to_string(), old.map(|old| old.revision.to_string()));
        let rest = Keep { is_current, bound: self.settings.history, ..Keep::default() };
        let old = old.zip(old_hash.as_deref()).map(|(old, hash)| old.under(hash, rest));
        locked.keep_after(old.as_ref(), &new.under(&new_hash, rest))
    }

    fn note_kept(
        &self,
        look: &mut Look,
        file: &ConfigFile,
        accepted: Accepted<'_>,
        kept: Result<Kept, Unkept>,
    ) {
        let memory = &mut look.memory;
        match kept {
            Ok(Kept::Off) => (memory.kept, memory.is_off, memory.warning) = (None, true, None),
            Ok(kept) => {
                memory.kept = Some((accepted.revision, file.history_path()));
                memory.is_unsynced |= kept == Kept::Added;
                memory.warning = None;
            }
            // Nothing is saved here either.
            Err(Unkept::ReadOnly | Unkept::Busy) => memory.kept = None,
            Err(Unkept::Failed(why)) => self.note_failed(look, &why),
        }
    }

    fn note_failed(&self, look: &mut Look, why: &str) {
        look.memory.kept = None;
        let warning = format!("what is served is not kept in the history: {why}");
        if look.memory.warning.as_ref() != Some(&warning) {
            self.tell_unkept(&warning);
        }
        look.memory.warning = Some(warning);
    }

    fn tell_lost(&self, lost: impl Iterator<Item = Revision>, how_long: &str) {
        for revision in lost {
            let revision = revision.short();
            self.tell_unkept(&format!(
                "revision {revision} is not kept in the history: another program held the lock {how_long}"
            ));
        }
    }

    fn tell_unkept(&self, warning: &str) {
        log::not_kept(self.origin(), warning);
        self.listeners.tell(&Event::Warning(warning.to_owned()));
    }
}

/// Is this the newest entry, and undamaged, and nothing there to be removed?
fn is_newest(file: &ConfigFile, accepted: Accepted<'_>) -> bool {
    let Ok(Some(history)) = file.history() else { return false };
    let newest = history.entries().ok().and_then(|mut entries| entries.pop());
    newest
        .filter(|newest| newest.hash() == accepted.revision.to_string())
        .is_some_and(|newest| is_undamaged(&history, &newest, accepted.text))
        // Another listing, which most do without.
        && !history.has_leftovers().unwrap_or(true)
}

fn is_undamaged(history: &History, entry: &KeptEntry, text: &str) -> bool {
    history.read(entry, text.len() as u64).is_ok_and(|bytes| bytes == text.as_bytes())
}

impl Look {
    /// Whether the newest entry is to be synced now.
    pub(crate) fn take_unsynced(&mut self) -> bool {
        mem::take(&mut self.memory.is_unsynced)
    }
}
