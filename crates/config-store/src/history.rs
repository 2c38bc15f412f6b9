//! What was accepted before: listed, read by its hash, and added to.

use std::mem;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use config_fs::{ConfigFile, History, HistoryError, Keep, Kept, KeptEntry, LockError, Locked, Stamp, Wait};
use config_model::{Document, Limits, Syntax};

use crate::changes::{Cause, Event};
use crate::clock;
use crate::log;
use crate::look::Look;
use crate::options::Options;
use crate::reading::{Reading, judge};
use crate::rejection::{Rejection, chain};
use crate::revision::Revision;
use crate::settings::Settings;
use crate::store::{Shared, Store};

/// A content that was accepted before and is kept in the history of a config file.
///
/// ```
/// use config_model::Config;
/// use config_store::{Options, Store};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(&path)?;
/// store.update(|config| config.retention.events_days = 7)?;
///
/// let history = store.history()?;
/// let before = history.get(1).expect("the seed");
/// assert_eq!(before.read(&Options::<Config>::new())?.document.retention.events_days, 90);
///
/// store.rollback(before.revision)?;
/// assert_eq!(store.snapshot().retention.events_days, 90);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// What its content is named by.
    pub revision: Revision,
    /// When it was accepted, by the clock of the program that did; no earlier than the entry before it.
    pub time: SystemTime,
    /// Why it was accepted; `None` for a reason that this version does not know.
    pub cause: Option<Cause>,
    /// How many bytes there are.
    pub size: u64,
    /// Where it is kept.
    pub path: PathBuf,
    source: (History, KeptEntry),
    /// That of the file whose history it is.
    syntax: Syntax,
}

impl HistoryEntry {
    /// When it was accepted, in UTC: as in `2026-11-26T15:21:00Z`.
    pub fn accepted_at(&self) -> String {
        clock::readable(self.time)
    }

    /// Its document, read as the config file is with these options. A text of an older version is migrated in memory.
    ///
    /// # Errors
    /// Why it is not usable: others could have changed it, it is not what it is named for, or the schema does not take it.
    pub fn read<D: Document>(&self, options: &Options<D>) -> Result<Reading<D>, Rejection> {
        self.read_by(&options.settings)
    }

    pub(crate) fn read_by<D: Document>(&self, settings: &Settings) -> Result<Reading<D>, Rejection> {
        let (history, entry) = &self.source;
        let bytes = history.read(entry, settings.max_bytes_read());
        let bytes = bytes.map_err(|error| Rejection::of_history(&self.path, &error))?;
        if Revision::of(&bytes) != self.revision {
            return Err(Rejection::of_damaged(&self.path));
        }
        let limits = Limits { syntax: self.syntax, ..settings.limits };
        judge(&self.path, bytes, self.revision, limits)
    }

    fn of(history: &History, entry: KeptEntry, syntax: Syntax) -> Option<Self> {
        // One that is gone was pruned by another program meanwhile.
        let size = history.size(&entry).ok()?;
        Some(Self {
            revision: entry.hash().parse().ok()?,
            time: entry.time(),
            cause: Cause::of_name(entry.cause()),
            size,
            path: history.path_of(&entry),
            source: (history.clone(), entry),
            syntax,
        })
    }
}

/// What the history of the file at `path` holds, the newest first.
pub(crate) fn list(path: &Path, settings: &Settings) -> Result<Vec<HistoryEntry>, Rejection> {
    let file =
        ConfigFile::locate_with(path, settings.trust).map_err(|error| Rejection::of_locate(path, &error))?;
    let found = (|| {
        let Some(history) = file.history()? else { return Ok(Vec::new()) };
        let entries = history.entries()?.into_iter().rev();
        Ok(entries.filter_map(|entry| HistoryEntry::of(&history, entry, Syntax::of(path))).collect())
    })();
    found.map_err(|error: HistoryError| Rejection::of_history(&file.history_path(), &error))
}

impl<D> Options<D> {
    /// What the history of the file at `path` holds, the newest first, by names alone: [`HistoryEntry::read`] tells whether one
    /// is usable. Nothing is written, and the file itself is not looked at: it may be broken, or missing.
    ///
    /// # Errors
    /// Why the history, or the way to it, is not trusted or cannot be read.
    pub fn history_of(&self, path: impl AsRef<Path>) -> Result<Vec<HistoryEntry>, Rejection> {
        list(path.as_ref(), &self.settings)
    }
}

impl<D: Document> Store<D> {
    /// What was accepted before and is kept, the newest first, with what the file says now, unless that could not be kept.
    /// [`Options::history_of`] tells the same of a file that no store serves.
    ///
    /// # Errors
    /// Why the history, or the way to it, is not trusted or cannot be read.
    pub fn history(&self) -> Result<Vec<HistoryEntry>, Rejection> {
        list(self.path(), &self.shared().settings)
    }
}

/// What a store knows of the history of its file.
#[derive(Default)]
pub(crate) struct Memory {
    /// The newest content that is there for sure.
    kept: Option<Revision>,
    /// What is served is to be kept as soon as nobody holds the lock.
    pub(crate) is_due: bool,
    /// The newest entry may not survive a power loss.
    is_unsynced: bool,
    /// Why the last one was not kept.
    pub(crate) warning: Option<String>,
}

impl Memory {
    pub(crate) fn has(&self, revision: Revision) -> bool {
        self.kept == Some(revision)
    }
}

/// An accepted content on its way into the history.
#[derive(Clone, Copy)]
pub(crate) struct Accepted<'a> {
    pub(crate) text: &'a str,
    pub(crate) revision: Revision,
    pub(crate) cause: Cause,
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
    /// Keeps what was just saved under the lock, and what it replaced, if that is not there yet.
    pub(crate) fn remember_save(
        &self,
        look: &mut Look,
        locked: &Locked<'_>,
        old: Option<Accepted<'_>>,
        new: Accepted<'_>,
    ) {
        if let Some(old) = old.filter(|old| !look.memory.has(old.revision)) {
            self.remember_under(look, locked, old);
        }
        self.remember_under(look, locked, new);
    }

    /// Keeps what was accepted and is on disk. Whatever goes wrong with that, it is served.
    pub(crate) fn remember_under(&self, look: &mut Look, locked: &Locked<'_>, accepted: Accepted<'_>) {
        if !self.is_remembered(look, accepted.revision) {
            let kept = self.add(locked, accepted, true).map_err(Unkept::from);
            self.note_kept(look, accepted.revision, kept);
        }
    }

    /// The same for what was read without the lock, with `stamp`: if somebody has it, later.
    pub(crate) fn remember(&self, look: &mut Look, accepted: Accepted<'_>, stamp: Option<Stamp>) {
        if !self.is_remembered(look, accepted.revision) {
            let kept = self.add_alone(accepted, stamp);
            self.note_kept(look, accepted.revision, kept);
        }
    }

    /// Keeps what is served, which could not be kept before.
    pub(crate) fn remember_late(&self, look: &mut Look) {
        if !mem::take(&mut look.memory.is_due) {
            return;
        }
        let Ok(contents) = self.settings.contents(&self.path) else { return };
        let (stamp, revision, cause) = (contents.stamp(), Revision::of(contents.bytes()), look.cause);
        if revision != self.current.get().revision() {
            return;
        }
        if let Ok(text) = str::from_utf8(contents.bytes()) {
            self.remember(look, Accepted { text, revision, cause }, Some(stamp));
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

    fn is_remembered(&self, look: &mut Look, revision: Revision) -> bool {
        look.memory.is_due = false;
        // With a bound of 0 there is but one thing to note, once.
        look.memory.has(revision) || (self.settings.history == Some(0) && look.memory.kept.is_some())
    }

    fn add_alone(&self, accepted: Accepted<'_>, stamp: Option<Stamp>) -> Result<Kept, Unkept> {
        let file = ConfigFile::locate_with(&self.path, self.settings.trust);
        let file = file.map_err(|error| Unkept::Failed(chain(&error)))?;
        // Of many stores one has to; the others need no lock to see that it did.
        if self.settings.history.is_none() && is_newest(&file, accepted) {
            return Ok(Kept::Already);
        }
        let locked = file.lock(Wait::No).map_err(|error| match error {
            LockError::Busy { .. } => Unkept::Busy,
            LockError::ReadOnly { .. } | LockError::Unlisted { .. } => Unkept::ReadOnly,
            other => Unkept::Failed(chain(&other)),
        })?;
        // Another program may have saved, and kept that, since this was read.
        let is_current = stamp.is_none_or(|stamp| file.stamp().is_ok_and(|now| now == Some(stamp)));
        Ok(self.add(&locked, accepted, is_current)?)
    }

    fn add(
        &self,
        locked: &Locked<'_>,
        accepted: Accepted<'_>,
        is_current: bool,
    ) -> Result<Kept, HistoryError> {
        locked.keep(&Keep {
            bytes: accepted.text.as_bytes(),
            hash: &accepted.revision.to_string(),
            cause: accepted.cause.name(),
            time: clock::wall(),
            is_current,
            bound: self.settings.history,
        })
    }

    fn note_kept(&self, look: &mut Look, revision: Revision, kept: Result<Kept, Unkept>) {
        let memory = &mut look.memory;
        match kept {
            Ok(kept) => {
                memory.kept = Some(revision);
                memory.is_unsynced |= kept == Kept::Added;
                memory.warning = None;
            }
            Err(Unkept::Busy) => memory.is_due = true,
            // Nothing is saved here either.
            Err(Unkept::ReadOnly) => {}
            Err(Unkept::Failed(why)) => {
                let warning = format!("what is served is not kept in the history: {why}");
                if memory.warning.as_ref() != Some(&warning) {
                    log::not_kept(self.origin(), &warning);
                    self.listeners.tell(&Event::Warning(warning.clone()));
                }
                memory.warning = Some(warning);
            }
        }
    }
}

/// Is this the newest entry, and undamaged, and nothing there to be removed?
fn is_newest(file: &ConfigFile, accepted: Accepted<'_>) -> bool {
    let Ok(Some(history)) = file.history() else { return false };
    if history.has_leftovers().unwrap_or(true) {
        return false;
    }
    let newest = history.entries().ok().and_then(|mut entries| entries.pop());
    newest.filter(|newest| newest.hash() == accepted.revision.to_string()).is_some_and(|newest| {
        let bytes = history.read(&newest, accepted.text.len() as u64);
        bytes.is_ok_and(|bytes| bytes == accepted.text.as_bytes())
    })
}

impl Look {
    /// Whether the newest entry is to be synced now.
    pub(crate) fn take_unsynced(&mut self) -> bool {
        mem::take(&mut self.memory.is_unsynced)
    }
}
