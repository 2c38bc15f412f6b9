//! What a store adds to the history of its file: what it serves, once, and never at the cost of serving it.

use std::fs;
use std::io;
use std::mem;
use std::path::PathBuf;

use config_fs::{ConfigFile, History, HistoryError, Keep, Kept, KeptEntry, LockError, Locked, Wait};
use config_model::Document;

use crate::changes::{Cause, Event};
use crate::clock;
use crate::log;
use crate::look::Look;
use crate::rejection::chain;
use crate::revision::Revision;
use crate::store::Shared;

/// What a store knows of the history of its file.
#[derive(Default)]
pub(crate) struct Memory {
    /// The newest content that was there when it was last looked, and where the history is.
    kept: Option<(Revision, PathBuf)>,
    /// Nothing is kept, as the bound is 0.
    is_off: bool,
    /// To be kept as soon as nobody holds the lock.
    due: Option<Due>,
    /// The newest entry may not survive a power loss.
    is_unsynced: bool,
    /// Why the last one was not kept.
    pub(crate) warning: Option<String>,
}

/// An accepted content that waits for the lock. The file may say something else by then.
struct Due {
    text: String,
    revision: Revision,
    cause: Cause,
    /// The newest entry when it was put off.
    newest: Option<KeptEntry>,
}

impl Due {
    fn accepted(&self) -> Accepted<'_> {
        Accepted { text: &self.text, revision: self.revision, cause: self.cause }
    }

    /// What other programs have kept since, and the newest entry of then, which may be of this content: it was being added.
    fn kept_since(&self, file: &ConfigFile) -> Vec<KeptEntry> {
        let mut entries = entries(file);
        let at = entries.iter().rposition(|entry| self.newest.as_ref() == Some(entry));
        entries.split_off(at.unwrap_or_default())
    }

    fn is_among(&self, kept: &[KeptEntry]) -> bool {
        let hash = self.revision.to_string();
        kept.iter().any(|entry| entry.hash() == hash)
    }
}

/// The oldest first; none if they cannot be read.
fn entries(file: &ConfigFile) -> Vec<KeptEntry> {
    let history = file.history().ok().flatten();
    history.and_then(|history| history.entries().ok()).unwrap_or_default()
}

impl Memory {
    pub(crate) fn is_due(&self) -> bool {
        self.due.is_some()
    }

    fn has(&self, revision: Revision) -> bool {
        self.kept.as_ref().is_some_and(|(kept, _)| *kept == revision)
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
}

impl<'a> Accepted<'a> {
    /// As an entry of this hash, which is its revision, like `rest` in all else.
    fn under(self, hash: &'a str, rest: Keep<'a>) -> Keep<'a> {
        Keep { bytes: self.text.as_bytes(), hash, cause: self.cause.name(), ..rest }
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
    /// Keeps what was just saved under the lock, and what it replaced, if that is not there, or what was accepted before and
    /// had to wait.
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
        let due = look.memory.due.take().filter(|due| old.is_none_or(|old| old.revision != due.revision));
        if let Some(due) = due {
            self.add_due(locked, &due);
        }
        let kept = self.add(locked, old, new, true).map_err(Unkept::from);
        self.note_kept(look, locked.file(), new, kept);
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
        let due = look.memory.due.take().filter(|due| due.revision != accepted.revision);
        let file = ConfigFile::locate_with(&self.path, self.settings.trust);
        match file {
            Ok(file) => {
                let kept = self.add_alone(&file, due.as_ref(), accepted);
                if let (Err(Unkept::Busy), Some(due)) = (&kept, due)
                    && !due.is_among(&due.kept_since(&file))
                {
                    // One text is held, not many.
                    let (lost, by) = (due.revision.short(), accepted.revision.short());
                    self.tell_unkept(&format!(
                        "revision {lost} is not kept in the history: another program held the lock until {by} took its place"
                    ));
                }
                self.note_kept(look, &file, accepted, kept);
            }
            Err(error) => self.note_failed(look, &chain(&error)),
        }
    }

    /// Keeps what could not be kept before.
    pub(crate) fn remember_late(&self, look: &mut Look) {
        if let Some(due) = look.memory.due.take() {
            self.remember(look, due.accepted());
        }
    }

    /// What is served, of which the file says `text`, is kept again where the history was removed.
    pub(crate) fn remember_again(&self, look: &mut Look, text: &[u8]) {
        if look.memory.is_gone()
            && let Ok(text) = str::from_utf8(text)
        {
            look.memory.kept = None;
            let (revision, cause) = (self.current.get().revision(), look.cause);
            self.remember(look, Accepted { text, revision, cause });
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
        due: Option<&Due>,
        accepted: Accepted<'_>,
    ) -> Result<Kept, Unkept> {
        // Of many stores one has to; the others need no lock to see that it did.
        if self.settings.history.is_none() && due.is_none() && is_newest(file, accepted) {
            return Ok(Kept::Already);
        }
        let locked = file.lock(Wait::No).map_err(|error| match error {
            LockError::Busy { .. } => Unkept::Busy,
            LockError::ReadOnly { .. } | LockError::Unlisted { .. } => Unkept::ReadOnly,
            other => Unkept::Failed(chain(&other)),
        })?;
        if let Some(due) = due {
            self.add_due(&locked, due);
        }
        // Another program may have saved, and kept that, since this was read.
        let now = self.settings.contents(&self.path);
        let is_current = now.is_ok_and(|now| now.bytes() == accepted.text.as_bytes());
        Ok(self.add(&locked, None, accepted, is_current)?)
    }

    /// Unless another program has done it, and before what that has kept.
    fn add_due(&self, locked: &Locked<'_>, due: &Due) {
        let since = due.kept_since(locked.file());
        if !due.is_among(&since) {
            let is_current = since.last() == due.newest.as_ref();
            // Why it fails is told of the one that comes now.
            self.add(locked, None, due.accepted(), is_current).ok();
        }
    }

    fn add(
        &self,
        locked: &Locked<'_>,
        old: Option<Accepted<'_>>,
        new: Accepted<'_>,
        is_current: bool,
    ) -> Result<Kept, HistoryError> {
        let (new_hash, old_hash) = (new.revision.to_string(), old.map(|old| old.revision.to_string()));
        let (time, bound) = (clock::wall(), self.settings.history);
        let rest = Keep { time, is_current, bound, ..Keep::default() };
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
            Err(Unkept::Busy) => {
                let Accepted { text, revision, cause } = accepted;
                let newest = entries(file).pop();
                memory.due = Some(Due { text: text.to_owned(), revision, cause, newest });
            }
            // Nothing is saved here either.
            Err(Unkept::ReadOnly) => memory.kept = None,
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
