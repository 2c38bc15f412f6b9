//! What was accepted before: listed, and read by its hash. `memory.rs` adds to it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use config_fs::{ConfigFile, History, HistoryError, KeptEntry};
use config_model::{Document, Limits, Syntax};

use crate::changes::Cause;
use crate::clock;
use crate::options::Options;
use crate::reading::{Reading, judge};
use crate::rejection::Rejection;
use crate::revision::Revision;
use crate::settings::Settings;
use crate::store::Store;

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
    /// When it was read or saved, by the clock of the program that did; no earlier than the entry before it, so that
    /// after one by a clock that was ahead it is just later than that.
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
