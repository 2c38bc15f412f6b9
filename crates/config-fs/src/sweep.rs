//! What a crash left, removed.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::FileKind;
use crate::locate::{ConfigFile, directory_of};
use crate::lock::{LockError, Locked, Wait};
use crate::names;
use crate::remedy::{Step, remedy};
use crate::replace::ReplaceError;
use crate::show::shown;
use crate::sys::{self, Errno, Links, Meta};
use crate::temporary::Failure;

/// What [`ConfigFile::recover`] came to.
///
/// ```
/// use config_fs::{ConfigFile, Recovery};
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// # let path = directory.join("config.json");
/// // As a save that was killed leaves it.
/// std::fs::write(directory.join(".config.json.0123456789abcdef.tmp"), "{\"vers")?;
/// assert_eq!(ConfigFile::locate(&path)?.recover()?, Recovery::Done { removed: 1 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// What crashed saves left is gone, and what the file says is durable.
    Done {
        /// How many temporary files were removed.
        removed: usize,
    },
    /// Someone holds the lock: every temporary file may be theirs, and none was touched. What the file says is durable
    /// all the same, also when they die before they have synced it.
    Busy,
    /// This user may not write there, so that not all of it could be removed. What the file says is durable, where the file
    /// system can tell.
    ReadOnly,
}

/// Why recovery failed. The config file is as it was.
///
/// ```
/// use config_fs::{ConfigFile, RecoverError};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// match ConfigFile::locate(&path)?.recover() {
///     Ok(_) => println!("what it says will stay"),
///     Err(error @ RecoverError::NotDurable { .. }) => println!("write it anew: {error}"),
///     Err(error) => println!("it will stay, and something is left beside it: {error}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The lock could not be taken, so that dead temporary files may be left. What the file says is durable.
    #[error(transparent)]
    Lock(LockError),
    /// A dead temporary file could not be removed, which is tried again at the next save. What the file says is durable.
    #[error("cannot remove {}, which an interrupted save left; {}", shown(.path), remedy(.source, Step::Sweep))]
    Leftover {
        /// The temporary file, or the directory where none could be looked for.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// What the file says now may be lost in a power loss: it, or its directory, could not be synced. To be relied on, it
    /// has to be written anew; a second sync that succeeds would prove nothing.
    #[error("{} may not survive a power loss: could not {step}; {}", shown(.path), remedy(.source, *.step))]
    NotDurable {
        /// [`Step::SyncTarget`] or [`Step::SyncDirectory`].
        step: Step,
        /// The config file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

impl ConfigFile {
    /// To be called once before the file is first acted on: removes what crashed saves left, and syncs the file and its
    /// directory. A save that was cut between its rename and its sync cannot be taken back by a power loss then. Nor can
    /// that of an editor which syncs nothing: on xfs, syncing the directory alone would make its new name durable without
    /// its content, and leave an empty file.
    ///
    /// Takes the lock without waiting. Idempotent, also when it is itself cut short.
    pub fn recover(&self) -> Result<Recovery, RecoverError> {
        let swept = self.sweep_if_free();
        // Whatever came of that: who reads the file next acts on it.
        match self.make_durable(Unread::Fine) {
            Ok(()) => swept,
            // Where nothing can be written there is nothing to sync, and some file systems say so.
            Err(Failure { source, .. }) if is_read_only(&swept) && cannot_sync(&source) => swept,
            Err(Failure { step, source }) => {
                Err(RecoverError::NotDurable { step, path: self.target().to_owned(), source })
            }
        }
    }

    fn sweep_if_free(&self) -> Result<Recovery, RecoverError> {
        let locked = match self.lock(Wait::No) {
            Ok(locked) => locked,
            Err(LockError::Busy { .. }) => return Ok(Recovery::Busy),
            Err(LockError::ReadOnly { .. } | LockError::Unlisted { .. }) => return Ok(Recovery::ReadOnly),
            Err(error) => return Err(RecoverError::Lock(error)),
        };
        let Swept { removed, left, .. } = locked.sweep();
        match left {
            None => Ok(Recovery::Done { removed }),
            // The lock file was there and ours, in a directory that is not.
            Some((_, Errno::ACCESS | Errno::ROFS)) => Ok(Recovery::ReadOnly),
            Some((path, errno)) => Err(RecoverError::Leftover { path, source: errno.into() }),
        }
    }

    /// Syncs the file, and then its name. An editor that renames another file over it in between would have its name made
    /// durable without its content: then all over again.
    fn make_durable(&self, unread: Unread) -> Result<(), Failure> {
        for _ in 0..MOST_SYNCS {
            let synced = self.sync_target(unread)?;
            if !self.directory_may_be_read() {
                break;
            }
            sys::sync(self.directory()).map_err(Failure::at(Step::SyncDirectory))?;
            let now = sys::stat_at(self.directory(), self.name()).ok();
            match (synced, now) {
                (Some((_open, synced)), Some(now)) if !now.is_same_file(&synced) => {}
                _ => break,
            }
        }
        Ok(())
    }

    /// The file that was synced, held open so that its number stays its own.
    fn sync_target(&self, unread: Unread) -> Result<Option<(OwnedFd, Meta)>, Failure> {
        let at = Failure::at(Step::SyncTarget);
        match sys::open_to_read(self.directory(), self.name()) {
            Ok(file) => {
                let meta = sys::stat(&file).map_err(&at)?;
                if meta.kind == FileKind::Regular {
                    sys::sync(&file).map_err(&at)?;
                }
                Ok(Some((file, meta)))
            }
            Err(Errno::NOENT | Errno::ACCESS | Errno::PERM | Errno::LOOP | Errno::NXIO | Errno::NODEV)
                if unread == Unread::Fine =>
            {
                Ok(None)
            }
            Err(errno) => Err(at(errno)),
        }
    }
}

/// How often a file that is replaced again and again is synced before it is left to those who replace it.
const MOST_SYNCS: usize = 4;

/// What it means that the file cannot be opened to be synced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// Nobody acts on what is not there, or cannot be read, or is no file.
    Fine,
    /// It was read before, so that something is wrong.
    Error,
}

fn is_read_only(swept: &Result<Recovery, RecoverError>) -> bool {
    matches!(swept, Ok(Recovery::ReadOnly))
}

fn cannot_sync(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::ROFS | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP))
}

/// How many temporary files may be left before no more are made. In a directory that is append-only, every save would
/// leave one.
const MOST_LEFT: usize = 8;

/// What a sweep came to.
pub(crate) struct Swept {
    removed: usize,
    /// How many could not be removed.
    kept: usize,
    /// What could not be removed, or the directory where it could not be looked for, and why.
    left: Option<(PathBuf, Errno)>,
}

impl Swept {
    /// The error, when so many were left that another must not be added.
    pub(crate) fn into_failure(self) -> Result<(), Failure> {
        match self.left {
            Some((_, errno)) if self.kept >= MOST_LEFT => Err(Failure::at(Step::Sweep)(errno)),
            _ => Ok(()),
        }
    }
}

impl Locked<'_> {
    /// Makes what the file says now durable, without writing: content first, then its name.
    ///
    /// For a change that is there already, by whomever: before it can be acknowledged it must be as durable as one that
    /// was written. After an error only a [`replace`](Self::replace) makes sure, which is a new file.
    pub fn confirm(&self) -> Result<(), ReplaceError> {
        let path = self.file.target();
        self.file.make_durable(Unread::Error).map_err(|Failure { step, source }| {
            ReplaceError::VisibleNotDurable { step, path: path.to_owned(), source }
        })
    }

    /// Removes every dead temporary file. Under the lock each is dead; none is ever given the file's name, since nobody
    /// was told that it was saved. One that cannot be removed takes room, and keeps nobody from saving.
    pub(crate) fn sweep(&self) -> Swept {
        let mut swept = Swept { removed: 0, kept: 0, left: None };
        let (directory, name) = (self.file.directory(), self.file.name());
        match sys::names(directory, |found| names::is_temporary(name, found)) {
            Ok(candidates) => {
                for candidate in candidates {
                    match self.remove_if_ours(&candidate) {
                        Ok(removed) => swept.removed += usize::from(removed),
                        Err(errno) => {
                            swept.kept += 1;
                            swept.left.get_or_insert((self.file.sibling(&candidate), errno));
                        }
                    }
                }
            }
            Err(errno) => swept.left = Some((directory_of(self.file.target()).to_owned(), errno)),
        }
        swept
    }

    /// Whether it was, and is gone.
    fn remove_if_ours(&self, candidate: &OsStr) -> sys::Result<bool> {
        let directory = self.file.directory();
        let gone = |errno| if errno == Errno::NOENT { Ok(false) } else { Err(errno) };
        match sys::stat_at(directory, candidate) {
            Ok(meta) if self.is_ours(&meta)? => {
                sys::unlink(directory, candidate).map_or_else(gone, |()| Ok(true))
            }
            Ok(_) => Ok(false),
            Err(errno) => gone(errno),
        }
    }

    /// Whether a file with a temporary name is one that a save made.
    fn is_ours(&self, meta: &Meta) -> sys::Result<bool> {
        if meta.kind != FileKind::Regular {
            return Ok(false);
        }
        // A save gives its temporary file to the owner of the config file before it writes to it.
        let ours =
            meta.uid == sys::effective_uid() || self.now()?.is_some_and(|target| target.uid == meta.uid);
        Ok(ours
            && match meta.links {
                Links::One => true,
                Links::Two => self.has_twin(meta)?,
                Links::None | Links::More => false,
            })
    }

    /// Whether the other name of a file with two is the config file's or that of a copy of it: a crash between `linkat`
    /// and `unlinkat`, where the file system has no rename that replaces nothing.
    fn has_twin(&self, meta: &Meta) -> sys::Result<bool> {
        let (directory, name) = (self.file.directory(), self.file.name());
        let is_file_or_copy = |found: &OsStr| {
            found
                .as_bytes()
                .strip_prefix(name.as_bytes())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
        };
        for candidate in sys::names(directory, is_file_or_copy)? {
            if sys::stat_at(directory, &candidate).is_ok_and(|twin| twin.is_same_file(meta)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
