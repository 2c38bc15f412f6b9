//! Looking at everything around a config file, for a person who wants to know what is wrong.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use crate::closing::User;
use crate::concern::Concern;
use crate::doubt::Doubt;
use crate::file_system::FileSystem;
use crate::locate::{ConfigFile, LocateError, directory_of};
use crate::names;
use crate::remedy::{Step, remedy};
use crate::saving::Saving;
use crate::survey::{self, HistoryStatus};
use crate::sys::{self, Errno, Meta};
use crate::trust::{FileKind, Refusal, Trust};
use crate::way::Way;

/// What stands on disk around a config file. Taking it changes nothing there.
///
/// ```
/// use config_fs::{Inspection, Trust};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// let found = Inspection::of(&path, Trust::new())?;
/// for refusal in &found.refusals {
///     println!("refused: {refusal}");
/// }
/// for concern in &found.concerns {
///     println!("to be mended: {concern}");
/// }
/// println!("{} leftovers, on {:?}", found.leftovers.len(), found.file_system.name());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Inspection {
    pub(crate) file: ConfigFile,
    pub(crate) trust: Trust,
    pub(crate) doubt: Option<Doubt>,
    /// All that keeps the file from being trusted, not only the first.
    pub refusals: Vec<Refusal>,
    /// All that should be mended.
    pub concerns: Vec<Concern>,
    /// The config file; `None` where there is none, or it may not be looked at.
    pub target: Option<FileStatus>,
    /// Its lock.
    pub lock: LockState,
    /// The lock's file, if that is a regular one.
    pub lock_file: Option<FileStatus>,
    /// Can it be saved here, as far as the directory goes?
    pub saving: Saving,
    /// Why its directory cannot be listed and what to do about it: then nothing is known of what follows.
    pub unlisted: Option<String>,
    /// Temporary files of its saves: left by interrupted ones, unless someone is saving now.
    pub leftovers: Vec<FileStatus>,
    /// The copies that migrations and rollbacks kept beside it.
    pub copies: Vec<FileStatus>,
    /// Directories in which an edit is under way, or was left: see [`ConfigFile::edits`].
    pub edits: Vec<FileStatus>,
    /// What was accepted before, if something is kept.
    pub history: Option<HistoryStatus>,
    /// What editors left beside it: backups and swap files, which may hold the same keys.
    pub editor_files: Vec<FileStatus>,
    /// What holds it.
    pub file_system: FileSystem,
}

/// What the kernel says of one file.
///
/// ```
/// use config_fs::{Inspection, Trust};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// let found = Inspection::of(&path, Trust::new())?;
/// let status = found.target.expect("it is there");
/// println!("{}: mode {:04o}, uid {}, {} bytes", status.path.display(), status.mode, status.uid, status.size);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// Where it is.
    pub path: PathBuf,
    /// Its permission bits, `0o7777` at most.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its size in bytes.
    pub size: u64,
    /// Has the same file another name too? Its mode is that of both, so that [`Inspection::fix`] leaves it to a person.
    pub has_second_name: bool,
}

/// The lock between writers, at the moment of an [`Inspection`].
///
/// ```
/// use config_fs::{ConfigFile, Inspection, LockState, Trust, Wait};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let file = ConfigFile::locate(&path)?;
/// let locked = file.lock(Wait::No)?;
/// match Inspection::of(&path, Trust::new())?.lock {
///     LockState::Held { .. } => println!("somebody is saving"),
///     other => panic!("{other:?}"),
/// }
/// # drop(locked);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockState {
    /// Nobody has ever saved here.
    NotMade,
    /// It is there, and nobody holds it.
    Free,
    /// Somebody is saving, or stopped in the middle of it.
    Held {
        /// The process, where the kernel tells.
        pid: Option<u32>,
    },
    /// This user may not take it.
    Denied,
    /// What has its name is not used as a lock, so that nothing is saved.
    Refused(Refusal),
}

impl FileStatus {
    pub(crate) fn of(path: PathBuf, meta: &Meta) -> Self {
        let Meta { mode, uid, gid, size, .. } = *meta;
        Self { path, mode, uid, gid, size, has_second_name: meta.has_second_name() }
    }

    /// May others than its owner read or write it?
    pub fn is_wide(&self) -> bool {
        self.mode & 0o066 != 0
    }

    /// Is it this user's, so that [`Inspection::fix`] closes it, unless it is the editor's?
    pub fn is_own(&self) -> bool {
        self.uid == User::effective().uid
    }

    /// What closes it to all but its owner, for a person: the command, and who has to give it.
    pub fn remedy(&self) -> String {
        User::effective().close_to_others(&self.path, self.uid)
    }
}

impl Inspection {
    /// Looks. What is refused is looked at all the same; nothing is read from the config file.
    pub fn of(path: impl AsRef<Path>, trust: Trust) -> Result<Self, LocateError> {
        let mut way = Way::surveying(trust);
        let file = ConfigFile::locate_by(&mut way, path.as_ref())?;
        let surveyed = way.take_surveyed();
        let doubt = surveyed.doubt();
        let (mut refusals, mut concerns) = (surveyed.refusals, file.concerns().to_vec());
        let target = open(&file, file.name()).map(|(_open, meta)| {
            // What the way says of who else is trusted counts.
            let (refused, concerned) = file.trust().verdicts(file.target(), &meta);
            refusals.extend(refused);
            concerns.extend(concerned);
            FileStatus::of(file.target().to_owned(), &meta)
        });
        let mut unlisted = None;
        let mut listed = |found: sys::Result<Vec<FileStatus>>| {
            found.inspect_err(|errno| unlisted = Some(not_listed(&file, *errno))).unwrap_or_default()
        };
        let (leftovers, copies) =
            (listed(beside(&file, names::is_temporary)), listed(beside(&file, names::is_copy)));
        let (edits, editor_files) = (listed(survey::edits(&file)), listed(beside(&file, names::is_editor_s)));
        let lock = names::lock(file.name());
        let lock_file = open(&file, &lock).and_then(|(_open, meta)| regular(&file, &lock, &meta));
        Ok(Self {
            trust,
            doubt,
            refusals,
            concerns,
            target,
            lock: lock_state(&file, &lock),
            lock_file,
            saving: Saving::of(&file),
            unlisted,
            leftovers,
            copies,
            edits,
            history: HistoryStatus::of(&file),
            editor_files,
            file_system: FileSystem::of(sys::file_system(file.directory()).unwrap_or_default()),
            file,
        })
    }

    /// Where the file is, symlinks resolved.
    pub fn path(&self) -> &Path {
        self.file.target()
    }

    /// The one user beside root and this one who may change the file or what leads to it, if that is allowed and there is
    /// one.
    pub fn foreign_owner(&self) -> Option<u32> {
        self.file.trust().foreign()
    }
}

/// The regular files beside it that have such a name, in order.
fn beside(file: &ConfigFile, is_wanted: fn(&OsStr, &OsStr) -> bool) -> sys::Result<Vec<FileStatus>> {
    let mut names = sys::names(file.directory(), |name| is_wanted(file.name(), name))?;
    names.sort();
    Ok(names.iter().filter_map(|name| regular(file, name, &open(file, name)?.1)).collect())
}

fn not_listed(file: &ConfigFile, errno: Errno) -> String {
    let path = directory_of(file.target());
    let remedy = match (errno, sys::stat(file.directory())) {
        (Errno::ACCESS, Ok(meta)) => User::effective()
            .open_to_itself(path, &meta)
            .unwrap_or_else(|| format!("look as its owner, uid {}", meta.uid)),
        _ => remedy(&errno.into(), Step::StatTarget).to_owned(),
    };
    format!("{remedy}: {errno}")
}

fn regular(file: &ConfigFile, name: &OsStr, meta: &Meta) -> Option<FileStatus> {
    (meta.kind == FileKind::Regular).then(|| FileStatus::of(file.sibling(name), meta))
}

/// Opens a file to look at it and to set its mode. `None` for what cannot be opened: it is somebody else's.
pub(crate) fn open(file: &ConfigFile, name: &OsStr) -> Option<(OwnedFd, Meta)> {
    let open = sys::open_to_read(file.directory(), name)
        .or_else(|_| sys::open_entry(file.directory(), name))
        .ok()?;
    let meta = sys::stat(&open).ok()?;
    Some((open, meta))
}

fn lock_state(file: &ConfigFile, name: &OsStr) -> LockState {
    let lock = match sys::open_lock(file.directory(), name) {
        Err(Errno::NOENT) => return LockState::NotMade,
        Err(_) => return file.refused_lock(name).map_or(LockState::Denied, LockState::Refused),
        Ok(lock) => lock,
    };
    let Ok(meta) = sys::stat(&lock) else { return LockState::Denied };
    if let Err(refusal) = file.trust().target(&file.sibling(name), &meta) {
        return LockState::Refused(refusal);
    }
    match sys::try_lock(&lock) {
        Ok(true) => LockState::Free,
        Ok(false) => LockState::Held { pid: holder(&meta) },
        Err(_) => LockState::Denied,
    }
}

/// Who holds a `flock` on this file: `1: FLOCK  ADVISORY  WRITE 4711 fe:00:12345 0 EOF` in `proc_locks(5)`.
fn holder(meta: &Meta) -> Option<u32> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    holder_in(&locks, (sys::major(meta.dev), sys::minor(meta.dev)), meta.ino)
}

fn holder_in(locks: &str, (major, minor): (u32, u32), ino: u64) -> Option<u32> {
    let locks = locks.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, "FLOCK", _, _, pid, place, ..] => Some((pid.parse::<u32>().ok()?, *place)),
            _ => None,
        }
    });
    let (exact, inode) = (format!("{major:02x}:{minor:02x}:{ino}"), format!(":{ino}"));
    // Some file systems, such as btrfs, have another device's number here than in a status: then the inode tells, if it is
    // one file's only.
    let same: Vec<_> = locks.filter(|(_, place)| place.ends_with(&inode)).collect();
    let places: std::collections::BTreeSet<_> = same.iter().map(|(_, place)| place).collect();
    let found = same.iter().find(|(_, place)| *place == exact);
    found.or_else(|| same.first().filter(|_| places.len() == 1)).map(|(pid, _)| *pid)
}

#[cfg(test)]
mod tests {
    use super::holder_in;

    #[test]
    fn the_holder_of_a_lock_is_told_by_device_and_inode() {
        let locks = "1: FLOCK  ADVISORY  WRITE 10 fe:00:7 0 EOF\n\
                     2: POSIX  ADVISORY  WRITE 11 fe:00:8 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 12 fe:01:7 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 13 00:1f:9 0 EOF\n";
        for (device, ino, pid) in [
            ((0xfe, 0), 7, Some(10)),
            ((0xfe, 1), 7, Some(12)),
            // Of two files with this inode neither is on this device.
            ((0, 0x20), 7, None),
            ((0xfe, 0), 8, None),
            ((0, 0x20), 9, Some(13)),
            ((0, 0x20), 99, None),
        ] {
            assert_eq!(holder_in(locks, device, ino), pid, "{device:?} {ino}");
        }
    }
}
