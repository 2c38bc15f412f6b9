//! Why a file is refused, and what mends that.

use std::path::{Path, PathBuf};

use crate::file_kind::FileKind;
use crate::show::{quoted, shown};
use crate::sys::Meta;
use crate::trust::{GROUP_WRITE, OTHERS_WRITE};

/// Why a file is not touched at all. Each message names the path, the mode or user, and the command that mends it.
///
/// ```
/// use std::os::unix::fs::PermissionsExt as _;
///
/// use config_fs::{ConfigFile, ReadError};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666))?;
/// let Err(ReadError::Refused(refusal)) = ConfigFile::locate(&path)?.read(9) else { panic!() };
/// assert_eq!(refusal.name(), "writable");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// Others than its owner may write the file.
    #[error("{} has mode {mode:04o}, so {} may change it; look at what it says, then {remedy}",
        shown(.path), writers(*.mode))]
    Writable {
        /// The file, symlinks resolved.
        path: PathBuf,
        /// Its permission bits, `0o7777` at most.
        mode: u32,
        /// What to do about it, with the command.
        remedy: String,
    },
    /// It belongs to a user who is neither root nor the one that this program runs as. It may be the file, a link or
    /// directory on the way to it, or its lock file.
    #[error("{} belongs to uid {uid}, who is neither root nor this program's user and could change it; {remedy}",
        shown(.path))]
    ForeignOwner {
        /// What belongs to someone else.
        path: PathBuf,
        /// To whom.
        uid: u32,
        /// What to do about it, with the command.
        remedy: String,
    },
    /// Anyone may put another file into the place of this one, or of a directory on the way to it; or into a history, or its
    /// group may.
    #[error("the directory {} has mode {mode:04o}, so {} may replace what is in it; {remedy}", shown(.path),
        replacers(*.mode))]
    WritableDirectory {
        /// The directory.
        path: PathBuf,
        /// Its permission bits, `0o7777` at most.
        mode: u32,
        /// What to do about it, with the command.
        remedy: String,
    },
    /// The file is to be made in a directory such as `/tmp`, where its sticky bit protects only what is there already.
    #[error("the directory {} has mode {mode:04o}, so anyone may make a file there first; keep the file in a directory \
        of its own, made with `mkdir -m 700 {}/DIRECTORY`", shown(.path), quoted(.path))]
    Shared {
        /// The directory.
        path: PathBuf,
        /// Its permission bits, `0o7777` at most.
        mode: u32,
    },
}

fn writers(mode: u32) -> &'static str {
    match (mode & GROUP_WRITE != 0, mode & OTHERS_WRITE != 0) {
        (true, true) => "its group and others",
        // The permissions of a user whom an access control list names are shown as the group's (acl(5)).
        (true, false) => "its group, or a user whom its access control list names,",
        _ => "others",
    }
}

fn replacers(mode: u32) -> &'static str {
    if mode & OTHERS_WRITE == 0 { writers(mode) } else { "anyone" }
}

impl Refusal {
    /// Passes a regular file only.
    pub(crate) fn unless_regular(path: &Path, meta: &Meta) -> Result<(), Self> {
        match meta.kind {
            FileKind::Regular => Ok(()),
            kind => Err(Self::NotRegular { path: path.to_owned(), kind }),
        }
    }

    /// What is refused.
    pub fn path(&self) -> &Path {
        match self {
            Self::NotRegular { path, .. }
            | Self::Writable { path, .. }
            | Self::ForeignOwner { path, .. }
            | Self::WritableDirectory { path, .. }
            | Self::Shared { path, .. } => path,
        }
    }

    /// A stable name for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotRegular { .. } => "not-regular",
            Self::Writable { .. } => "writable",
            Self::ForeignOwner { .. } => "foreign-owner",
            Self::WritableDirectory { .. } => "writable-directory",
            Self::Shared { .. } => "shared-directory",
        }
    }
}
