//! Mending what is this user's own around a config file, when a person asks for it.

use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use crate::closing::User;
use crate::doubt::Doubt;
use crate::inspect::{Inspection, open};
use crate::locate::directory_of;
use crate::lock::Wait;
use crate::names;
use crate::show::shown;
use crate::survey;
use crate::sweep::Recovery;
use crate::sys::{self, Meta};
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
    /// It could not be done, or others could have chosen what it would have been done to.
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
    /// file, of its lock, of the copies that were kept, of the history and of edits that were left beside it; leftovers of
    /// interrupted saves. In this order, so that nobody puts another file there meanwhile.
    ///
    /// Nothing is changed, and why is told, where others could have chosen what that is: beyond a link that they could have put
    /// there, below a directory that is theirs or that they may write, and in the file's own as long as it is one.
    ///
    /// A group that is not this user's own keeps what it may do with the directory, and reads the file if it could: a service may
    /// read by it. Nobody but the owner is meant to use the rest. A directory further up may be shared for a reason, and what an
    /// editor left is its user's: both are left to a person. So is a file with a second name, which may be another one's.
    ///
    /// Each mode is set on a descriptor. A crash leaves a part of it done.
    pub fn fix(&self) -> Vec<Fix> {
        let mut mending = Mending::default();
        if let Some(Doubt::Way(why)) = &self.doubt {
            mending.doubt = Some(why.clone());
        }
        self.close_directory(&mut mending);
        // What has the file's name counts from here on: before, others may have put it there.
        match Self::of(self.file.path(), self.trust) {
            Ok(now) => now.close_files(&mut mending),
            Err(error) => mending.fail(self.file.target(), io::Error::other(error)),
        }
        mending.done
    }

    fn close_directory(&self, mending: &mut Mending) {
        let Ok(meta) = sys::stat(self.file.directory()) else { return };
        let us = User::effective();
        // A sticky one is shared on purpose.
        if us.owns(&meta) && meta.mode & STICKY == 0 {
            let path = directory_of(self.file.target());
            mending.change(self.file.directory(), path, &meta, us.closed_directory(&meta), true);
        }
    }

    fn close_files(&self, mending: &mut Mending) {
        mending.doubt = self.doubt.as_ref().map(|doubt| doubt.why().to_owned());
        self.close_file(self.file.name(), self.trust.wanted(), true, mending);
        let lock = names::lock(self.file.name());
        let copies = self.copies.iter().filter_map(|copy| copy.path.file_name());
        for name in copies.chain([lock.as_os_str()]) {
            self.close_file(name, PRIVATE, false, mending);
        }
        survey::close(&self.file, mending);
        survey::close_edits(&self.file, &self.edits, mending);
        // Not where someone else decides what is in the directory.
        match Self::of(self.file.path(), self.trust) {
            Ok(now) if now.doubt.is_none() && now.refusals.is_empty() => self.sweep(mending),
            _ => self.leave(mending),
        }
    }

    fn close_file(&self, name: &OsStr, wanted: u32, is_config: bool, mending: &mut Mending) {
        let Some((open, meta)) = open(&self.file, name) else { return };
        let us = User::effective();
        if !us.owns(&meta) || meta.kind != FileKind::Regular {
            return;
        }
        let mode = if is_config { us.closed_file(&meta, wanted) } else { meta.mode & wanted };
        let path = self.file.sibling(name);
        mending.change(&open, &path, &meta, mode, is_config);
    }

    fn sweep(&self, mending: &mut Mending) {
        match self.file.recover() {
            Ok(Recovery::Done { removed: removed @ 1.. }) => mending.done.push(Fix::Swept { removed }),
            Err(error) if !self.leftovers.is_empty() => {
                mending.fail(self.file.target(), io::Error::other(error));
            }
            _ => {}
        }
        match self.file.lock(Wait::No).map(|locked| locked.sweep_history()) {
            Ok(Ok(removed @ 1..)) => mending.done.push(Fix::Swept { removed }),
            Ok(Err(error)) if self.history.as_ref().is_some_and(|history| !history.leftovers.is_empty()) => {
                mending.fail(&self.file.history_path(), io::Error::other(error));
            }
            _ => {}
        }
    }

    /// Of what would have been swept, the first.
    fn leave(&self, mending: &mut Mending) {
        let within = self.history.iter().flat_map(|history| &history.leftovers);
        if let (Some(left), Some(why)) = (self.leftovers.iter().chain(within).next(), &mending.doubt) {
            mending.fail(&left.path, left_for(why));
        }
    }
}

/// What was done until now.
#[derive(Default)]
pub(crate) struct Mending {
    /// Why nothing is to be changed.
    doubt: Option<String>,
    done: Vec<Fix>,
}

impl Mending {
    /// Takes permissions away that are not in `to`.
    pub(crate) fn change(&mut self, open: impl AsFd, path: &Path, meta: &Meta, to: u32, decides: bool) {
        let from = meta.mode;
        if to == from {
            return;
        }
        if let Some(why) = &self.doubt {
            return self.fail(path, left_for(why));
        }
        if meta.has_second_name() {
            return self.fail(path, io::Error::other("it has a second name, and is left as it is"));
        }
        match sys::change_mode(open, to) {
            Ok(()) => {
                let (path, was_open) = (path.to_owned(), decides && from & !to & WRITE != 0);
                self.done.push(Fix::Closed { path, from, to, was_open });
            }
            Err(errno) => self.fail(path, errno.into()),
        }
    }

    pub(crate) fn fail(&mut self, path: &Path, source: io::Error) {
        self.done.push(Fix::Failed { path: path.to_owned(), source });
    }
}

fn left_for(why: &str) -> io::Error {
    io::Error::other(format!("left as it is: {why}"))
}
