//! What a path can lead to.

use std::fmt::{self, Display, Formatter};

/// The kinds of file that Linux has. Displayed with its article: "a directory".
///
/// ```
/// use config_fs::{ConfigFile, FileKind, ReadError, Refusal};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::create_dir(&path)?;
/// let Err(ReadError::Refused(Refusal::NotRegular { kind, .. })) = ConfigFile::locate(&path)?.read(9) else { panic!() };
/// assert_eq!((kind, kind.to_string().as_str()), (FileKind::Directory, "a directory"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A file with bytes in it.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A Unix domain socket.
    Socket,
    /// A character device, such as `/dev/zero`.
    CharacterDevice,
    /// A block device, such as a disk.
    BlockDevice,
    /// Something that this crate has no name for.
    Unknown,
}

impl Display for FileKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Regular => "a regular file",
            Self::Directory => "a directory",
            Self::Symlink => "a symlink",
            Self::Fifo => "a FIFO",
            Self::Socket => "a socket",
            Self::CharacterDevice => "a character device",
            Self::BlockDevice => "a block device",
            Self::Unknown => "of an unknown kind",
        })
    }
}
