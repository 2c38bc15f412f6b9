//! Looking at everything around a config file, for a person who wants to know what is wrong, and mending what is ours.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::concern::Concern;
use crate::file_system::FileSystem;
use crate::locate::{ConfigFile, LocateError, directory_of};
use crate::names;
use crate::sys::{self, Errno, Meta};
use crate::trust::{FileKind, Refusal, Trust};
use crate::way::Way;

/// What stands on disk around a config file. Taking it changes nothing there.
#[derive(Debug)]
pub struct Inspection {
    file: ConfigFile,
    trust: Trust,
    /// All that keeps the file from being trusted, not only the first.
    pub refusals: Vec<Refusal>,
    /// All that should be mended.
    pub concerns: Vec<Concern>,
    /// The config file; `None` where there is none, or it may not be looked at.
    pub target: Option<FileStatus>,
    /// Its lock.
    pub lock: LockState,
    /// Temporary files of its saves: left by interrupted ones, unless someone is saving now.
    pub leftovers: Vec<FileStatus>,
    /// Other files beside it that have its name in theirs: copies, and what editors leave.
    pub copies: Vec<FileStatus>,
    /// What holds it.
    pub file_system: FileSystem,
    /// Whether its mount is read-only.
    pub is_read_only: bool,
}

/// What the kernel says of one file.
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
}

/// The lock between writers, at the moment of an [`Inspection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl FileStatus {
    fn of(path: PathBuf, meta: &Meta) -> Self {
        let Meta { mode, uid, gid, size, .. } = *meta;
        Self { path, mode, uid, gid, size }
    }

    /// May others than its owner read or write it?
    pub fn is_wide(&self) -> bool {
        self.mode & 0o066 != 0
    }
}

impl Inspection {
    /// Looks. What is refused is looked at all the same; nothing is read from the config file.
    pub fn of(path: impl AsRef<Path>, trust: Trust) -> Result<Self, LocateError> {
        let mut way = Way::surveying(trust);
        let file = ConfigFile::locate_by(&mut way, path.as_ref())?;
        let (mut refusals, mut concerns) = (way.take_refusals(), file.concerns().to_vec());
        let target = open(&file, file.name()).map(|(_open, meta)| {
            let (refused, concerned) = trust.verdicts(file.target(), &meta);
            refusals.extend(refused);
            concerns.extend(concerned);
            FileStatus::of(file.target().to_owned(), &meta)
        });
        let directory = file.directory();
        let mut names = sys::names(directory, |name| is_about(file.name(), name)).unwrap_or_default();
        names.sort();
        let statuses = names.iter().filter_map(|name| {
            let (_open, meta) = open(&file, name)?;
            (meta.kind == FileKind::Regular).then(|| (name, FileStatus::of(file.sibling(name), &meta)))
        });
        let (leftovers, copies): (Vec<_>, Vec<_>) =
            statuses.partition(|(name, _)| names::is_temporary(file.name(), name));
        let only = |all: Vec<(_, FileStatus)>| all.into_iter().map(|(_, status)| status).collect();
        Ok(Self {
            trust,
            refusals,
            concerns,
            target,
            lock: lock_state(&file),
            leftovers: only(leftovers),
            copies: only(copies),
            file_system: FileSystem::of(sys::file_system(directory).unwrap_or_default()),
            is_read_only: sys::is_on_read_only_mount(directory).unwrap_or(false),
            file,
        })
    }

    /// Where the file is, symlinks resolved.
    pub fn path(&self) -> &Path {
        self.file.target()
    }

    /// Mends what is this user's own, and says what it did: the mode of the file, of its lock and of the copies beside it;
    /// write permission for others on the directory that holds it; leftovers of interrupted saves. A directory further up
    /// may be shared for a reason, and is left to a person.
    ///
    /// Each mode is set on a descriptor. A crash leaves a part of it done.
    pub fn fix(&self) -> Vec<String> {
        let mut done = Vec::new();
        let wanted = self.trust.wanted();
        if let Some((open, meta)) = open(&self.file, self.file.name()) {
            narrow(&open, &meta, wanted, self.file.target(), &mut done);
        }
        let lock = names::lock(self.file.name());
        let beside = self.copies.iter().filter_map(|copy| copy.path.file_name());
        for name in beside.chain([lock.as_os_str()]) {
            if let Some((open, meta)) = open(&self.file, name) {
                narrow(&open, &meta, 0o600, &self.file.sibling(name), &mut done);
            }
        }
        self.close_directory(&mut done);
        // Not where someone else decides what is in the directory.
        if Self::of(self.file.path(), self.trust).is_ok_and(|now| now.refusals.is_empty())
            && let Ok(crate::Recovery::Done { removed: removed @ 1.. }) = self.file.recover()
        {
            done.push(format!("removed {removed} temporary files that interrupted saves left"));
        }
        done
    }

    fn close_directory(&self, done: &mut Vec<String>) {
        let Ok(meta) = sys::stat(self.file.directory()) else { return };
        let is_open = meta.mode & 0o022 != 0 && meta.mode & 0o1000 == 0;
        let closed = meta.mode & !0o022;
        if is_open && is_ours(&meta) && sys::change_mode(self.file.directory(), closed).is_ok() {
            let path = crate::show::shown(directory_of(self.file.target())).to_string();
            done.push(format!("{path} has mode {closed:04o} now, it had {:04o}", meta.mode));
        }
    }
}

fn is_ours(meta: &Meta) -> bool {
    meta.uid == sys::effective_uid()
}

/// Takes permissions away that are not in `wanted`.
fn narrow(open: &OwnedFd, meta: &Meta, wanted: u32, path: &Path, done: &mut Vec<String>) {
    let mode = meta.mode & (wanted | 0o700);
    if meta.kind == FileKind::Regular
        && mode != meta.mode
        && is_ours(meta)
        && sys::change_mode(open, mode).is_ok()
    {
        done.push(format!("{} has mode {mode:04o} now, it had {:04o}", crate::show::shown(path), meta.mode));
    }
}

/// Opens a file to look at it and to set its mode. `None` for what cannot be opened: it is somebody else's.
fn open(file: &ConfigFile, name: &OsStr) -> Option<(OwnedFd, Meta)> {
    let open = sys::open_to_read(file.directory(), name)
        .or_else(|_| sys::open_entry(file.directory(), name))
        .ok()?;
    let meta = sys::stat(&open).ok()?;
    Some((open, meta))
}

/// Has `found` the config file's name in it, and is it neither that nor its lock?
fn is_about(name: &OsStr, found: &OsStr) -> bool {
    let is_inside = found.as_bytes().windows(name.len().max(1)).any(|part| part == name.as_bytes());
    (is_inside && found != name && found != names::lock(name)) || names::is_temporary(name, found)
}

fn lock_state(file: &ConfigFile) -> LockState {
    match sys::open_lock(file.directory(), &names::lock(file.name())) {
        Err(Errno::NOENT) => LockState::NotMade,
        Err(_) => LockState::Denied,
        Ok(lock) => match sys::try_lock(&lock) {
            Ok(true) => LockState::Free,
            Ok(false) => LockState::Held { pid: sys::stat(&lock).ok().and_then(|meta| holder(&meta)) },
            Err(_) => LockState::Denied,
        },
    }
}

/// Who holds a `flock` on this file: `1: FLOCK  ADVISORY  WRITE 4711 fe:00:12345 0 EOF` in `proc_locks(5)`.
fn holder(meta: &Meta) -> Option<u32> {
    let place = format!("{:02x}:{:02x}:{}", sys::major(meta.dev), sys::minor(meta.dev), meta.ino);
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, "FLOCK", _, _, pid, found, ..] if *found == place => pid.parse().ok(),
            _ => None,
        }
    })
}
