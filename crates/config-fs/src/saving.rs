//! What keeps saves away, before any is tried.

use std::ffi::OsStr;

use crate::closing::User;
use crate::inspect::Inspection;
use crate::locate::{ConfigFile, directory_of};
use crate::show::quoted;
use crate::sys::{self, Hold};

/// Whether a directory lets this user save.
///
/// ```
/// use config_fs::{Inspection, Saving, Trust};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// match Inspection::of(&path, Trust::new())?.saving {
///     Saving::Possible => println!("a save will find its place"),
///     other => println!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Saving {
    /// It does.
    Possible,
    /// Its mount is read-only.
    ReadOnly,
    /// It may be searched and not read, so that it could not be synced.
    Unlisted,
    /// This user may make no file in it.
    NotWritable,
    /// The file, or its directory, has flags that keep it from being replaced, and not from being read: `i`, immutable, and
    /// `a`, append-only, of `chattr(1)`.
    Flagged {
        /// One of them, or both.
        flags: &'static str,
        /// Is it the directory?
        is_directory: bool,
    },
    /// The file is a mount point, which cannot be replaced: a single file, bind-mounted into a container.
    MountPoint,
}

impl Saving {
    pub(crate) fn of(file: &ConfigFile) -> Self {
        let directory = file.directory();
        let held = |name| sys::hold(directory, name).unwrap_or_default();
        let (held, directory_held) = (held(file.name()), held(OsStr::new(".")));
        if sys::is_on_read_only_mount(directory).unwrap_or(false) {
            Self::ReadOnly
        } else if let Some(flags) = flags(directory_held) {
            Self::Flagged { flags, is_directory: true }
        } else if let Some(flags) = flags(held) {
            Self::Flagged { flags, is_directory: false }
        } else if !file.directory_may_be_read() {
            Self::Unlisted
        } else if sys::may_write(directory).is_err() {
            Self::NotWritable
        } else if held.is_mount_point {
            Self::MountPoint
        } else {
            Self::Possible
        }
    }
}

impl Inspection {
    /// What lets this user save in a directory that is its own and that it may not write or list, for a person.
    pub fn directory_remedy(&self) -> Option<String> {
        let meta = sys::stat(self.file.directory()).ok()?;
        let is_shut = User::effective().owns(&meta) && meta.mode & 0o700 != 0o700;
        let path = quoted(directory_of(self.file.target()));
        is_shut.then(|| format!("let this user, its owner, do so with `chmod u=rwx {path}`"))
    }
}

fn flags(held: Hold) -> Option<&'static str> {
    match (held.is_immutable, held.is_append_only) {
        (true, true) => Some("ia"),
        (true, false) => Some("i"),
        (false, true) => Some("a"),
        (false, false) => None,
    }
}
