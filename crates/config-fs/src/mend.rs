//! Mending what is this user's own around a config file, when a person asks for it.

use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use crate::closing::User;
use crate::inspect::{Inspection, open};
use crate::locate::directory_of;
use crate::lock::Wait;
use crate::names;
use crate::show::shown;
use crate::survey;
use crate::sweep::Recovery;
use crate::sys::{self, Links, Meta};
use crate::trust::{FileKind, PRIVATE, STICKY, WRITE};

/// One thing that [`Inspection::fix`] did or could not do. Displayed as a sentence.
///
/// ```
/// use std::os::unix::fs::PermissionsExt as _;
///
/// use config_fs::{Fix, Inspection, Trust};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644))?;
/// let done = Inspection::of(&path, Trust::new())?.fix();
/// assert!(matches!(done[..], [Fix::Closed { .. }]), "{done:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum Fix {
    /// Permissions were taken away.
    Closed {
        /// From what.
        path: PathBuf,
        /// The mode that it had.
        from: u32,
        /// The mode that it has.
        to: u32,
        /// Could others write the config until then? What they wrote is still there.
        was_open: bool,
    },
    /// Temporary files of interrupted saves were removed.
    Swept {
        /// How many.
        removed: usize,
    },
    /// It could not be done.
    Failed {
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Display for Fix {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { path, from, to, .. } => {
                write!(f, "{} has mode {to:04o} now, it had {from:04o}", shown(path))
            }
            Self::Swept { removed } => {
                write!(f, "removed {removed} temporary files that interrupted saves left")
            }
            Self::Failed { path, source } => write!(f, "{}: {source}", shown(path)),
        }
    }
}

impl Inspection {
    /// Mends what is this user's own: write permission for others on the directory that holds the file; the mode of the
    /// file, of its lock, of the copies that were kept, of the history and of edits that were left; leftovers of interrupted
    /// saves. In this order, so that nobody puts another file there meanwhile.
    ///
    /// A group that is not this user's own keeps what it may do with the directory, and reads the file if it could: a service may
    /// read by it. Nobody but the owner is meant to use the rest. A directory further up may be shared for a reason, and what an editor left is its user's: both
    /// are left to a person. So is a file with a second name, which may be another one's.
    ///
    /// Each mode is set on a descriptor. A crash leaves a part of it done.
    pub fn fix(&self) -> Vec<Fix> {
        let mut done = Vec::new();
        self.close_directory(&mut done);
        self.close_file(self.file.name(), self.trust.wanted(), true, &mut done);
        let lock = names::lock(self.file.name());
        let copies = self.copies.iter().filter_map(|copy| copy.path.file_name());
        for name in copies.chain([lock.as_os_str()]) {
            self.close_file(name, PRIVATE, false, &mut done);
        }
        survey::close(&self.file, &mut done);
        survey::close_edits(&self.file, &self.edits, &mut done);
        // Not where someone else decides what is in the directory.
        if Self::of(self.file.path(), self.trust).is_ok_and(|now| now.refusals.is_empty()) {
            self.sweep(&mut done);
        }
        done
    }

    fn close_directory(&self, done: &mut Vec<Fix>) {
        let Ok(meta) = sys::stat(self.file.directory()) else { return };
        let us = User::effective();
        // A sticky one is shared on purpose.
        if us.owns(&meta) && meta.mode & STICKY == 0 {
            let path = directory_of(self.file.target());
            change(self.file.directory(), path, &meta, us.closed_directory(&meta), true, done);
        }
    }

    fn close_file(&self, name: &OsStr, wanted: u32, is_config: bool, done: &mut Vec<Fix>) {
        let Some((open, meta)) = open(&self.file, name) else { return };
        let us = User::effective();
        if !us.owns(&meta) || meta.kind != FileKind::Regular {
            return;
        }
        let mode = if is_config { us.closed_file(&meta, wanted) } else { meta.mode & wanted };
        let path = self.file.sibling(name);
        if mode != meta.mode && meta.links != Links::One {
            let source = io::Error::other("it has a second name, and is left as it is");
            done.push(Fix::Failed { path, source });
        } else {
            change(&open, &path, &meta, mode, is_config, done);
        }
    }

    fn sweep(&self, done: &mut Vec<Fix>) {
        match self.file.recover() {
            Ok(Recovery::Done { removed: removed @ 1.. }) => done.push(Fix::Swept { removed }),
            Err(error) if !self.leftovers.is_empty() => {
                done.push(Fix::Failed {
                    path: self.file.target().to_owned(),
                    source: io::Error::other(error),
                });
            }
            _ => {}
        }
        match self.file.lock(Wait::No).map(|locked| locked.sweep_history()) {
            Ok(Ok(removed @ 1..)) => done.push(Fix::Swept { removed }),
            Ok(Err(error)) if self.history.as_ref().is_some_and(|history| !history.leftovers.is_empty()) => {
                done.push(Fix::Failed { path: self.file.history_path(), source: io::Error::other(error) });
            }
            _ => {}
        }
    }
}

/// Takes permissions away that are not in `to`.
pub(crate) fn change(open: impl AsFd, path: &Path, meta: &Meta, to: u32, decides: bool, done: &mut Vec<Fix>) {
    let from = meta.mode;
    if to == from {
        return;
    }
    let path = path.to_owned();
    done.push(match sys::change_mode(open, to) {
        Ok(()) => Fix::Closed { path, from, to, was_open: decides && from & !to & WRITE != 0 },
        Err(errno) => Fix::Failed { path, source: errno.into() },
    });
}
