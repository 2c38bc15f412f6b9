//! What the kernel says of a file.

use rustix::fs::{FileType, Stat};

use crate::trust::FileKind;

/// What group and others may do.
const OTHERS: u32 = 0o077;

/// What `fstat` and `fstatat` say of a file, in types that are the same on every architecture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meta {
    pub(crate) kind: FileKind,
    /// Permission bits with set-user-id, set-group-id and sticky: `0o7777` at most.
    pub(crate) mode: u32,
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    pub(crate) links: Links,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Bytes.
    pub(crate) size: u64,
    /// Seconds and nanoseconds since the epoch.
    pub(crate) mtime: (i64, u32),
    /// Seconds and nanoseconds since the epoch.
    pub(crate) ctime: (i64, u32),
}

/// How many names a file has, as far as anyone here asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// Removed while open.
    None,
    One,
    Two,
    More,
}

impl Meta {
    /// Has this file another name too? A directory has no second one: its links are those below it.
    pub(crate) fn has_second_name(&self) -> bool {
        self.kind == FileKind::Regular && matches!(self.links, Links::Two | Links::More)
    }

    /// Whether both are one and the same file now. An inode number is used again after a file is gone, so this
    /// means something only while one of the two is held open.
    pub(crate) fn is_same_file(&self, other: &Meta) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }

    /// Whether nobody but the owner has any permission: 0700 or narrower.
    pub(crate) fn is_private(&self) -> bool {
        self.mode & OTHERS == 0
    }

    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            kind: kind(stat.st_mode),
            mode: stat.st_mode & 0o7777,
            dev: stat.st_dev,
            ino: stat.st_ino,
            links: match stat.st_nlink {
                0 => Links::None,
                1 => Links::One,
                2 => Links::Two,
                _ => Links::More,
            },
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: (stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or(0)),
            ctime: (stat.st_ctime, u32::try_from(stat.st_ctime_nsec).unwrap_or(0)),
        }
    }
}

fn kind(mode: u32) -> FileKind {
    match FileType::from_raw_mode(mode) {
        FileType::RegularFile => FileKind::Regular,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Symlink,
        FileType::Fifo => FileKind::Fifo,
        FileType::Socket => FileKind::Socket,
        FileType::CharacterDevice => FileKind::CharacterDevice,
        FileType::BlockDevice => FileKind::BlockDevice,
        FileType::Unknown => FileKind::Unknown,
    }
}
