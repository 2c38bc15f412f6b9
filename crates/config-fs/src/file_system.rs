//! What file system holds the file, and what of the promises it cannot keep.

use std::fmt::{self, Display, Formatter};

/// A type of file system, by the number that `statfs(2)` gives.
///
/// ```
/// use config_fs::{FileSystemKind, Inspection, Trust};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let holds_it = Inspection::of(&path, Trust::new())?.file_system;
/// if holds_it.kind() == FileSystemKind::Network {
///     println!("on {}: edits of other machines are seen late", holds_it.name().unwrap_or("a network"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSystem {
    magic: u64,
}

/// What can be expected of a type of file system.
///
/// ```
/// use config_fs::{FileSystemKind, Inspection, Trust};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let is_lost_with_power = Inspection::of(&path, Trust::new())?.file_system.kind() == FileSystemKind::Memory;
/// # let _: bool = is_lost_with_power;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileSystemKind {
    /// On a disk of this machine: everything that is promised.
    Local,
    /// In memory: a power loss takes all of it.
    Memory,
    /// In the layers of a container: what is written is gone with it.
    Overlay,
    /// Made once and never written.
    ReadOnly,
    /// On another machine.
    Network,
    /// It keeps neither modes nor owners: a save fails, as others could read it.
    NoModes,
    /// As a program makes it out to be, or not known here.
    Unknown,
}

/// From `statfs(2)` and `linux/magic.h`.
const KNOWN: &[(u64, &str, FileSystemKind)] = &[
    (0xEF53, "ext4", FileSystemKind::Local),
    (0x5846_5342, "xfs", FileSystemKind::Local),
    (0x9123_683E, "btrfs", FileSystemKind::Local),
    (0x2FC1_2FC1, "zfs", FileSystemKind::Local),
    (0xF2F5_2010, "f2fs", FileSystemKind::Local),
    (0xCA45_1A4E, "bcachefs", FileSystemKind::Local),
    (0x794C_7630, "overlayfs", FileSystemKind::Overlay),
    (0x7371_7368, "squashfs", FileSystemKind::ReadOnly),
    (0xE0F5_E1E2, "erofs", FileSystemKind::ReadOnly),
    (0x0102_1994, "tmpfs", FileSystemKind::Memory),
    (0x8584_58F6, "ramfs", FileSystemKind::Memory),
    (0x6969, "nfs", FileSystemKind::Network),
    (0x517B, "smb", FileSystemKind::Network),
    (0xFF53_4D42, "cifs", FileSystemKind::Network),
    (0xFE53_4D42, "smb2", FileSystemKind::Network),
    (0x0102_1997, "9p", FileSystemKind::Network),
    (0x00C3_6400, "ceph", FileSystemKind::Network),
    (0x5346_414F, "afs", FileSystemKind::Network),
    (0x6B41_4653, "kafs", FileSystemKind::Network),
    (0x0BD0_0BD0, "lustre", FileSystemKind::Network),
    (0x4750_4653, "gpfs", FileSystemKind::Network),
    (0x7461_636F, "ocfs2", FileSystemKind::Network),
    (0x0116_1970, "gfs2", FileSystemKind::Network),
    (0x4D44, "vfat", FileSystemKind::NoModes),
    (0x2011_BAB0, "exfat", FileSystemKind::NoModes),
    (0x6573_5546, "fuse", FileSystemKind::Unknown),
];

impl FileSystem {
    pub(crate) fn of(magic: u64) -> Self {
        Self { magic }
    }

    /// Its usual name, if it is one that is known here.
    pub fn name(&self) -> Option<&'static str> {
        self.known().map(|(name, _)| name)
    }

    /// What can be expected of it.
    pub fn kind(&self) -> FileSystemKind {
        self.known().map_or(FileSystemKind::Unknown, |(_, kind)| kind)
    }

    fn known(self) -> Option<(&'static str, FileSystemKind)> {
        KNOWN.iter().find(|(magic, ..)| *magic == self.magic).map(|(_, name, kind)| (*name, *kind))
    }
}

impl Display for FileSystem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {:#x}", self.magic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_once() {
        for (index, (magic, name, kind)) in KNOWN.iter().enumerate() {
            let found = FileSystem::of(*magic);
            assert_eq!(
                (found.name(), found.kind(), found.to_string()),
                (Some(*name), *kind, (*name).to_owned())
            );
            assert!(KNOWN.iter().skip(index + 1).all(|(other, ..)| other != magic), "{name}");
        }
        assert_eq!(FileSystem::of(0x1234).to_string(), "type 0x1234");
    }
}
