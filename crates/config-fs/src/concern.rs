//! What the owner of a file should mend: said once, and no reason not to read it.

use std::collections::VecDeque;
use std::fmt::{self, Display, Formatter};
use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};

use crate::show::{quoted, shown};
use crate::sys::Meta;

/// Something about a file, or about the way to it, that its owner should mend, and that does not keep it from being read.
///
/// Its message names the path, what is wrong, and the command that mends it. A read never changes a mode itself.
///
/// ```
/// use std::os::unix::fs::PermissionsExt as _;
///
/// use config_fs::{Concern, ConfigFile};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644))?;
/// let contents = ConfigFile::locate(&path)?.read(64 << 20)?;
/// let [concern @ Concern::WideMode { remedy, .. }] = contents.concerns() else { panic!() };
/// assert!(concern.name() == "wide-mode" && remedy.contains("chmod 600"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// The file's mode lets others than its owner read or execute it. (One that lets them write is
    /// [`Refusal::Writable`](crate::Refusal::Writable).)
    WideMode {
        /// The file, symlinks resolved.
        path: PathBuf,
        /// What it is.
        identity: Identity,
        /// What to do about it, with the command.
        remedy: String,
    },
    /// The file has more names than one: what is written in place through another name is written here.
    HardLinks {
        /// The file, symlinks resolved.
        path: PathBuf,
        /// What it is.
        identity: Identity,
    },
    /// The group of a directory on the way, or a user whom its access control list names, may put another file into the place
    /// of this one.
    GroupWritableDirectory {
        /// The directory.
        path: PathBuf,
        /// What it is.
        identity: Identity,
        /// What to do about it, with the command.
        remedy: String,
    },
}

/// What a [`Concern`] is about: the same file or directory in the same state has the same identity.
///
/// ```
/// use std::os::unix::fs::PermissionsExt as _;
///
/// use config_fs::ConfigFile;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640))?;
/// let contents = ConfigFile::locate(&path)?.read(64 << 20)?;
/// assert!(contents.concerns().iter().all(|concern| concern.identity().mode == 0o640));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The device that holds it.
    pub dev: u64,
    /// Its inode.
    pub ino: u64,
    /// Its permission bits, `0o7777` at most.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

impl Identity {
    pub(crate) fn of(meta: &Meta) -> Self {
        let Meta { dev, ino, mode, uid, gid, .. } = *meta;
        Self { dev, ino, mode, uid, gid }
    }
}

impl Concern {
    /// What this is about, so that one state of one file is warned about once: see [`WarnedOnce`].
    pub fn identity(&self) -> Identity {
        match self {
            Self::WideMode { identity, .. }
            | Self::HardLinks { identity, .. }
            | Self::GroupWritableDirectory { identity, .. } => *identity,
        }
    }

    /// The file or directory.
    pub fn path(&self) -> &Path {
        match self {
            Self::WideMode { path, .. }
            | Self::HardLinks { path, .. }
            | Self::GroupWritableDirectory { path, .. } => path,
        }
    }

    /// A stable name for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::WideMode { .. } => "wide-mode",
            Self::HardLinks { .. } => "hard-links",
            Self::GroupWritableDirectory { .. } => "group-writable-directory",
        }
    }

    /// Is this about a directory on the way, and not about the file?
    pub fn is_of_the_way(&self) -> bool {
        matches!(self, Self::GroupWritableDirectory { .. })
    }

    /// Is this the same trouble, perhaps of another file that took the place of the first?
    fn goes_on(&self, before: &Self) -> bool {
        let state = |concern: &Self| {
            let Identity { mode, uid, gid, .. } = concern.identity();
            (mode, uid, gid)
        };
        let is_same_place = match self {
            // Kubernetes has a new directory for each new file.
            Self::WideMode { path, .. } | Self::HardLinks { path, .. } => {
                path.file_name() == before.path().file_name()
            }
            Self::GroupWritableDirectory { path, .. } => path == before.path(),
        };
        discriminant(self) == discriminant(before) && is_same_place && state(self) == state(before)
    }
}

impl Display for Concern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (path, mode) = (shown(self.path()), self.identity().mode);
        match self {
            Self::WideMode { remedy, .. } => {
                let may = if mode & 0o044 == 0 { "execute" } else { "read" };
                write!(f, "{path} has mode {mode:04o}, so others than its owner may {may} it; {remedy}")
            }
            Self::HardLinks { .. } => {
                let command = quoted(self.path());
                write!(
                    f,
                    "{path} has a second name, through which it can be changed too; find it with \
                     `find \"$(stat -c %m {command})\" -xdev -samefile {command}`, or give this one a file of its own by \
                     saving it"
                )
            }
            Self::GroupWritableDirectory { remedy, .. } => write!(
                f,
                "the directory {path} has mode {mode:04o}, so its group, or a user whom its access control list names, may \
                 put another file into it; {remedy}"
            ),
        }
    }
}

/// Remembers which concerns were already spoken of, so that a thousand reloads warn once: neither the same file in the
/// same state again, nor each of the files that take one another's place with the same mode and owner.
///
/// ```
/// use config_fs::{Contents, WarnedOnce};
///
/// fn warn(contents: &Contents, warned: &mut WarnedOnce) {
///     for concern in warned.fresh(contents.concerns()) {
///         eprintln!("warning: {concern}");
///     }
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct WarnedOnce {
    /// The oldest first.
    seen: VecDeque<(Discriminant<Concern>, Identity)>,
    /// Those of the last reading.
    last: Vec<Concern>,
}

impl WarnedOnce {
    /// How many are remembered. Beyond it the oldest is forgotten, and would be warned about again.
    const MOST: usize = 64;

    /// Nothing was warned about yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those concerns of a reading that are new ones; they are not the next time. To be called for each reading, also for
    /// one without any: another file with the same mode is then a new one. The same file in the same state never is.
    pub fn fresh<'c>(&mut self, concerns: &'c [Concern]) -> Vec<&'c Concern> {
        let last = std::mem::replace(&mut self.last, concerns.to_vec());
        let mut fresh: Vec<&Concern> = concerns
            .iter()
            .filter(|concern| self.remember((discriminant(*concern), concern.identity())))
            .collect();
        fresh.retain(|concern| !last.iter().any(|before| concern.goes_on(before)));
        fresh
    }

    /// Whether it was not known.
    fn remember(&mut self, concern: (Discriminant<Concern>, Identity)) -> bool {
        if self.seen.contains(&concern) {
            return false;
        }
        if self.seen.len() == Self::MOST {
            self.seen.pop_front();
        }
        self.seen.push_back(concern);
        true
    }
}
