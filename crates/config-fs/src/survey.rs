//! Looking at a history and at edits that were left, and mending them, for a person who wants to know what is wrong.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;

use crate::FileKind;
use crate::closing::User;
use crate::history::{BOUND, History, HistoryError};
use crate::inspect::{FileStatus, open};
use crate::kept_entry::KeptEntry;
use crate::locate::ConfigFile;
use crate::lock::Locked;
use crate::mend::Mending;
use crate::names;
use crate::sys::{self, Errno, Meta};
use crate::trust::{PRIVATE, Refusal};

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
    /// Why the note of how many are kept, which a program left there, is as none.
    pub refused_bound: Option<Refusal>,
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
        let open = open_directory(file);
        let within = open.map_or(Ok(Found::default()), |open| within(file, &open));
        let io = |errno: Errno| HistoryError::Io { path: file.history_path(), source: errno.into() };
        let history = file.history();
        let refused_bound = history.as_ref().ok().and_then(|history| history.as_ref()?.refused_bound());
        let error = history.err().or_else(|| within.as_ref().err().map(|errno| io(*errno)));
        let (entries, leftovers) = within.unwrap_or_default();
        let status = |(name, meta): &(OsString, Meta)| FileStatus::of(file.history_path().join(name), meta);
        let (entries, leftovers) =
            (entries.iter().map(status).collect(), leftovers.iter().map(status).collect());
        Some(Self { directory, error, refused_bound, entries, leftovers })
    }
}

/// Also one that is not trusted.
fn open_directory(file: &ConfigFile) -> Option<OwnedFd> {
    sys::open_subdirectory(file.directory(), &names::history(file.name())).ok()
}

/// The entries and the temporary files, each a regular file.
type Found = (Vec<(OsString, Meta)>, Vec<(OsString, Meta)>);

fn within(file: &ConfigFile, directory: &OwnedFd) -> sys::Result<Found> {
    let entries = regular(directory, KeptEntry::is_named)?;
    Ok((entries, regular(directory, |name| names::is_temporary(file.name(), name))?))
}

/// The regular files with such names, in order.
fn regular(directory: &OwnedFd, is_wanted: impl Fn(&OsStr) -> bool) -> sys::Result<Vec<(OsString, Meta)>> {
    let mut names = sys::names(directory, is_wanted)?;
    names.sort();
    let with_meta = |name: OsString| sys::stat_at(directory, &name).ok().map(|meta| (name, meta));
    Ok(names.into_iter().filter_map(with_meta).filter(|(_, meta)| meta.kind == FileKind::Regular).collect())
}

/// Closes the directory, its entries and the note of how many there are to be, where they are this user's own: first the
/// directory, so that nobody puts another entry there meanwhile.
pub(crate) fn close(file: &ConfigFile, mending: &mut Mending) {
    let is_ours = |name: &OsStr| name == BOUND || KeptEntry::is_named(name);
    close_within(file, &names::history(file.name()), is_ours, mending);
}

/// The same of edits, with all that an editor put there, while the directory is open.
pub(crate) fn close_edits(file: &ConfigFile, edits: &[FileStatus], mending: &mut Mending) {
    for edit in edits.iter().filter(|edit| edit.mode & OTHERS != 0) {
        close_within(file, edit.path.file_name().unwrap_or_default(), |_| true, mending);
    }
}

fn close_within(file: &ConfigFile, name: &OsStr, is_wanted: fn(&OsStr) -> bool, mending: &mut Mending) {
    let us = User::effective();
    let Ok(directory) = sys::open_subdirectory(file.directory(), name) else { return };
    let Ok(meta) = sys::stat(&directory) else { return };
    if !us.owns(&meta) {
        return;
    }
    let path = file.sibling(name);
    mending.change(&directory, &path, &meta, meta.mode & !OTHERS, true);
    for (name, seen) in regular(&directory, is_wanted).unwrap_or_default() {
        let path = path.join(&name);
        // Judged anew, open.
        let opened = sys::open_to_read(&directory, &name).and_then(|open| Ok((sys::stat(&open)?, open)));
        match opened {
            Ok((meta, open)) if us.owns(&meta) && meta.kind == FileKind::Regular => {
                mending.change(&open, &path, &meta, meta.mode & PRIVATE, true);
            }
            Err(errno) if us.owns(&seen) && seen.mode & OTHERS != 0 && errno != Errno::NOENT => {
                mending.fail(&path, errno.into());
            }
            _ => {}
        }
    }
}

/// The directories of edits beside the file, in order.
pub(crate) fn edits(file: &ConfigFile) -> sys::Result<Vec<FileStatus>> {
    let mut names = sys::names(file.directory(), |name| names::is_edit(file.name(), name))?;
    names.sort();
    let status = |name: &OsString| {
        let meta = sys::stat_at(file.directory(), name).ok()?;
        (meta.kind == FileKind::Directory).then(|| FileStatus::of(file.sibling(name), &meta))
    };
    Ok(names.iter().filter_map(status).collect())
}

impl ConfigFile {
    /// Where edits of it are under way, or were left: directories whose names begin with [`edit_prefix`](Self::edit_prefix),
    /// whoever made them, in order.
    ///
    /// # Errors
    /// Why the directory cannot be listed.
    pub fn edits(&self) -> io::Result<Vec<FileStatus>> {
        Ok(edits(self)?)
    }

    /// What the name of a directory beside the file begins with in which a person edits a copy of it; six letters or digits
    /// follow. By whichever link the file is named, its edits have the name of what the links lead to.
    pub fn edit_prefix(&self) -> OsString {
        names::edit(self.name())
    }
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
