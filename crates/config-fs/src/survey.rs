//! Looking at a history and mending it, for a person who wants to know what is wrong.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use crate::FileKind;
use crate::closing::User;
use crate::history::{History, HistoryError};
use crate::inspect::{FileStatus, open};
use crate::kept_entry::KeptEntry;
use crate::locate::ConfigFile;
use crate::lock::Locked;
use crate::mend::{Fix, change};
use crate::names;
use crate::sys::{self, Errno, Links, Meta};

/// What an entry, and its directory, should have.
const PRIVATE: u32 = 0o600;
const OTHERS: u32 = 0o077;

/// What stands in the directory of a [`History`]. Its contents are not looked at.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// let seen = config_fs::Inspection::of(directory.path().join("config.json"), config_fs::Trust::default())?;
/// assert!(seen.history.is_none_or(|history| history.error.is_none() && !history.is_wide()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HistoryStatus {
    /// The directory, or what has its name.
    pub directory: FileStatus,
    /// Why it is not used.
    pub error: Option<HistoryError>,
    /// Its entries.
    pub entries: Vec<FileStatus>,
    /// Temporary files: left by interrupted programs, unless someone is saving now.
    pub leftovers: Vec<FileStatus>,
}

impl HistoryStatus {
    /// May others than its owner look into the directory?
    pub fn is_wide(&self) -> bool {
        self.directory.mode & OTHERS != 0
    }

    pub(crate) fn of(file: &ConfigFile) -> Option<Self> {
        let (_open, meta) = open(file, &names::history(file.name()))?;
        let directory = FileStatus::of(file.history_path(), &meta);
        let error = file.history().err();
        let (entries, leftovers) = open_directory(file).map(|open| within(file, &open)).unwrap_or_default();
        let status = |(name, meta): &(OsString, Meta)| FileStatus::of(file.history_path().join(name), meta);
        let (entries, leftovers) =
            (entries.iter().map(status).collect(), leftovers.iter().map(status).collect());
        Some(Self { directory, error, entries, leftovers })
    }
}

/// Also one that is not trusted.
fn open_directory(file: &ConfigFile) -> Option<OwnedFd> {
    sys::open_subdirectory(file.directory(), &names::history(file.name())).ok()
}

/// The entries and the temporary files, each a regular file.
type Found = Vec<(OsString, Meta)>;

fn within(file: &ConfigFile, directory: &OwnedFd) -> (Found, Found) {
    let found = |is_wanted: &dyn Fn(&OsStr) -> bool| -> Found {
        let mut names = sys::names(directory, is_wanted).unwrap_or_default();
        names.sort();
        let with_meta = |name: OsString| sys::stat_at(directory, &name).ok().map(|meta| (name, meta));
        names.into_iter().filter_map(with_meta).filter(|(_, meta)| meta.kind == FileKind::Regular).collect()
    };
    (found(&KeptEntry::is_named), found(&|name| names::is_temporary(file.name(), name)))
}

/// Closes the directory and its entries, where they are this user's own: first the directory, so that nobody puts another entry
/// there meanwhile.
pub(crate) fn close(file: &ConfigFile, done: &mut Vec<Fix>) {
    let us = User::effective();
    let Some(directory) = open_directory(file) else { return };
    let Ok(meta) = sys::stat(&directory) else { return };
    if !us.owns(&meta) {
        return;
    }
    change(&directory, &file.history_path(), &meta, meta.mode & !OTHERS, true, done);
    for (name, _) in within(file, &directory).0 {
        // Judged anew, open.
        let Ok(open) = sys::open_to_read(&directory, &name) else { continue };
        let Ok(meta) = sys::stat(&open) else { continue };
        if us.owns(&meta) && meta.kind == FileKind::Regular && meta.links == Links::One {
            change(&open, &path_of(file, &name), &meta, meta.mode & PRIVATE, true, done);
        }
    }
}

fn path_of(file: &ConfigFile, name: &OsStr) -> PathBuf {
    file.history_path().join(name)
}

impl Locked<'_> {
    /// Removes the temporary files that interrupted programs left in the history, if it is trusted: how many.
    pub(crate) fn sweep_history(&self) -> Result<usize, HistoryError> {
        let Some(history) = self.file().history()? else { return Ok(0) };
        let (_, leftovers) = history.listed()?;
        remove(&history, leftovers.iter().map(OsString::as_os_str))?;
        Ok(leftovers.len())
    }
}

/// Removes these names, which may be gone. One that stays keeps no other: the error is that of the first.
pub(crate) fn remove<'n>(
    history: &History,
    names: impl IntoIterator<Item = &'n OsStr>,
) -> Result<(), HistoryError> {
    let mut removed = Ok(());
    for name in names {
        match sys::unlink(history.directory(), name) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => {
                let path = history.path().join(name);
                removed = removed.and(Err(HistoryError::Io { path, source: errno.into() }));
            }
        }
    }
    removed
}
