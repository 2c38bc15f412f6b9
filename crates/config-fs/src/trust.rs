//! Who may write or read the file: what is said about it, and what is refused.

use std::collections::VecDeque;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use crate::show::{quoted, shown};
use crate::sys::Meta;

/// Something about a file that its owner should mend, and that does not keep it from being read.
///
/// Its message names the path, what is wrong, and the command that mends it. A read never changes a mode itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Its mode is wider than 0600: others than its owner may read it, or worse.
    WideMode {
        /// The file, symlinks resolved.
        path: PathBuf,
        /// The permission bits, `0o7777` at most.
        mode: u32,
        /// The device that holds it.
        dev: u64,
        /// Its inode.
        ino: u64,
        /// Its owner.
        uid: u32,
    },
}

/// What a [`Concern`] is about: the same file in the same state has the same identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The device that holds the file.
    pub dev: u64,
    /// Its inode.
    pub ino: u64,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
}

impl Concern {
    /// What this is about, so that one state of one file is warned about once: see [`WarnedOnce`].
    pub fn identity(&self) -> Identity {
        let Self::WideMode { mode, dev, ino, uid, .. } = *self;
        Identity { dev, ino, mode, uid }
    }

    /// Every concern about an open file.
    pub(crate) fn about(path: &Path, meta: &Meta) -> Vec<Self> {
        let Meta { mode, dev, ino, uid, .. } = *meta;
        if meta.is_private() {
            return Vec::new();
        }
        vec![Self::WideMode { path: path.to_owned(), mode, dev, ino, uid }]
    }
}

impl Display for Concern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self::WideMode { path, mode, .. } = self;
        let may = match (mode & 0o044 != 0, mode & 0o022 != 0) {
            (true, true) => "read and write",
            (true, false) => "read",
            (false, true) => "write",
            (false, false) => "execute",
        };
        let (path, command) = (shown(path), quoted(path));
        write!(
            f,
            "{path} has mode {mode:04o}, so others than its owner may {may} it; \
             close it with `chmod 600 {command}`"
        )
    }
}

/// Remembers which concerns were already spoken of, so that a thousand reloads of one file warn once.
///
/// ```
/// use config_fs::{Contents, WarnedOnce};
///
/// fn warn(contents: &Contents, warned: &mut WarnedOnce) {
///     for concern in contents.concerns() {
///         if warned.fresh(concern) {
///             eprintln!("warning: {concern}");
///         }
///     }
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct WarnedOnce {
    /// The oldest first.
    seen: VecDeque<Identity>,
}

impl WarnedOnce {
    /// How many are remembered. Beyond it the oldest is forgotten, and would be warned about again.
    const MOST: usize = 64;

    /// Nothing was warned about yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether this concern is a new one; it is not the next time.
    pub fn fresh(&mut self, concern: &Concern) -> bool {
        let identity = concern.identity();
        if self.seen.contains(&identity) {
            return false;
        }
        if self.seen.len() == Self::MOST {
            self.seen.pop_front();
        }
        self.seen.push_back(identity);
        true
    }
}

/// Why a file is not touched at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not a regular file. Opening it did not wait, and nothing was read from it.
    #[error("{} is {kind}, not a regular file; move it away or give another path", shown(.path))]
    NotRegular {
        /// Where it is.
        path: PathBuf,
        /// What it is instead.
        kind: FileKind,
    },
}

impl Refusal {
    /// Passes a regular file only.
    pub(crate) fn check(path: &Path, meta: &Meta) -> Result<(), Self> {
        match meta.kind {
            FileKind::Regular => Ok(()),
            kind => Err(Self::NotRegular { path: path.to_owned(), kind }),
        }
    }
}

/// The kinds of file that Linux has. Displayed with its article: "a directory".
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
