//! The one durable replace.

use std::io;
use std::path::{Path, PathBuf};

use crate::lock::{Locked, Seen};
use crate::remedy::{Step, remedy};
use crate::show::shown;
use crate::stamp::Stamp;
use crate::sys::{self, Errno, Meta};
use crate::temporary::{Failure, Over, Temporary, Unplaced};
use crate::trust::Refusal;

/// Why a save failed, by what is on disk now.
///
/// ```
/// use config_fs::{ConfigFile, ReplaceError, Wait};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// let file = ConfigFile::locate(&path)?;
/// let mut locked = file.lock(Wait::No)?;
/// locked.read(64 << 20)?;
/// std::fs::write(&path, "an editor's save")?;
/// assert!(matches!(locked.replace(b"ours"), Err(ReplaceError::Changed { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// Nothing changed: the file holds its old bytes, or is missing as before.
    #[error("{} was not saved and is as it was: could not {step}; {}", shown(.path), remedy(.source, *.step))]
    NotSaved {
        /// Where it failed.
        step: Step,
        /// The file that was to be written.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The new bytes are in place, but a power loss may still undo that. Not undone here, and not to be tried again by
    /// syncing again: only another save makes sure.
    #[error("{} has the new content, but a power loss may undo that: could not {step}; {}, then save it again",
        shown(.path), remedy(.source, *.step))]
    VisibleNotDurable {
        /// Where it failed: at the rename or after it.
        step: Step,
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel did not say. The file is whole, and holds either its old bytes or the new ones: read it through the
    /// lock before another try, which else may take our own bytes for those of another program.
    #[error("{} has either the old content or the new; {}, then read it to see which",
        shown(.path), remedy(.source, Step::Rename))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// Someone who takes no lock, such as an editor, changed or removed the file after it was read. Theirs is kept.
    #[error("{} was changed by another program meanwhile and was left as it is; read it again and repeat the change",
        shown(.path))]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Someone removed or replaced the lock file, so that others may hold a lock as well. Nothing was changed.
    #[error("{} was not saved and is as it was, because another program removed its lock file; try again",
        shown(.path))]
    LockLost {
        /// The file.
        path: PathBuf,
    },
    /// A file is there that was to be created. It is kept.
    #[error("{} exists already and was left as it is; read it, or remove it first", shown(.path))]
    Exists {
        /// The file.
        path: PathBuf,
    },
}

impl ReplaceError {
    /// The same error once more, for each of several callers whose changes were saved at once: of what the kernel said, the
    /// number and the text are kept.
    #[must_use]
    pub fn again(&self) -> Self {
        match self {
            Self::NotSaved { step, path, source } => {
                Self::NotSaved { step: *step, path: path.clone(), source: same(source) }
            }
            Self::VisibleNotDurable { step, path, source } => {
                Self::VisibleNotDurable { step: *step, path: path.clone(), source: same(source) }
            }
            Self::Unknown { path, source } => Self::Unknown { path: path.clone(), source: same(source) },
            Self::Changed { path } => Self::Changed { path: path.clone() },
            Self::LockLost { path } => Self::LockLost { path: path.clone() },
            Self::Exists { path } => Self::Exists { path: path.clone() },
        }
    }

    pub(crate) fn not_saved(path: &Path) -> impl Fn(Failure) -> Self + '_ {
        |Failure { step, source }| Self::NotSaved { step, path: path.to_owned(), source }
    }
}

fn same(source: &io::Error) -> io::Error {
    // A refusal is told apart from what the kernel said by its type.
    let refusal = source.get_ref().and_then(|source| source.downcast_ref::<Refusal>());
    match (source.raw_os_error(), refusal) {
        (Some(errno), _) => io::Error::from_raw_os_error(errno),
        (None, Some(refusal)) => io::Error::other(refusal.clone()),
        (None, None) => io::Error::new(source.kind(), source.to_string()),
    }
}

/// What has to be there for a save to go on.
#[derive(Clone, Copy)]
pub(crate) enum Expect {
    /// What was last read, or whatever is there when nothing was.
    Seen(Seen),
    /// No file.
    NoFile,
}

impl Locked<'_> {
    /// Replaces the whole content: old bytes or new bytes, never a mixture, and the new ones after power loss once
    /// this has returned `Ok`.
    ///
    /// Makes the file where there is none. The new file has mode 0600 and the owner of the old one. A file that was
    /// [read](Self::read) through this lock is only replaced if it is still what was read; the instant between that
    /// comparison and the rename is the one in which an editor's save can still be lost. (It cannot when the file was
    /// missing: then the name is taken only if it is free.) Where nothing was read, whatever is there is replaced.
    ///
    /// After an error the same lock can be used for another try, which is a new temporary file; but after
    /// [`Unknown`](ReplaceError::Unknown) read first, and after [`LockLost`](ReplaceError::LockLost) lock anew.
    pub fn replace(&mut self, bytes: &[u8]) -> Result<Stamp, ReplaceError> {
        self.save(bytes, Expect::Seen(self.seen))
    }

    /// [`replace`](Self::replace) where no file is: one that appeared meanwhile is never overwritten.
    pub fn create(&mut self, bytes: &[u8]) -> Result<Stamp, ReplaceError> {
        self.save(bytes, Expect::NoFile)
    }

    fn save(&mut self, bytes: &[u8], expect: Expect) -> Result<Stamp, ReplaceError> {
        let file = self.file;
        let path = file.target();
        let old = self.check(expect, Step::StatTarget)?;
        self.sweep().into_failure().map_err(ReplaceError::not_saved(path))?;
        let mut temporary =
            Temporary::write(file, old.as_ref(), bytes).map_err(ReplaceError::not_saved(path))?;
        // As late as can be: what remains is the instant before the rename.
        self.check(expect, Step::Compare)?;
        self.check_lock()?;
        let over = match expect {
            Expect::NoFile | Expect::Seen(Seen::Missing) => Over::Nothing,
            Expect::Seen(Seen::Unread | Seen::At(_)) => Over::Anything,
        };
        let placed = temporary.place(file.name(), over);
        let synced = match placed {
            Ok(()) => sys::sync(file.directory()).map_err(Failure::at(Step::SyncDirectory)),
            Err(Unplaced::Visible(source)) => {
                // Worth a try, but an error before it cannot be taken back by it.
                sys::sync(file.directory()).ok();
                Err(Failure { step: Step::Rename, source })
            }
            Err(unplaced) => return Err(expect.unplaced(unplaced, path)),
        };
        let stamp = temporary.stamp();
        self.seen = Seen::At(stamp);
        match synced {
            Ok(()) => Ok(stamp),
            Err(Failure { step, source }) => {
                Err(ReplaceError::VisibleNotDurable { step, path: path.to_owned(), source })
            }
        }
    }

    /// The lock file may have been removed and made anew since: then someone else holds that one.
    fn check_lock(&self) -> Result<(), ReplaceError> {
        let path = self.file.target();
        let held = self.is_held().map_err(Failure::at(Step::Compare));
        if held.map_err(ReplaceError::not_saved(path))? {
            return Ok(());
        }
        Err(ReplaceError::LockLost { path: path.to_owned() })
    }

    /// What is there now, if it is what is expected and a regular file.
    pub(crate) fn check(&self, expect: Expect, step: Step) -> Result<Option<Meta>, ReplaceError> {
        let path = self.file.target();
        let now = self.now().map_err(Failure::at(step)).map_err(ReplaceError::not_saved(path))?;
        let expected = match (expect, &now) {
            (Expect::Seen(Seen::Unread), _) | (Expect::NoFile | Expect::Seen(Seen::Missing), None) => true,
            (Expect::Seen(Seen::At(stamp)), Some(meta)) => stamp == Stamp::of(meta),
            (Expect::Seen(Seen::At(_)), None) | (Expect::NoFile | Expect::Seen(Seen::Missing), Some(_)) => {
                false
            }
        };
        if !expected {
            return Err(expect.refuted(path));
        }
        if let Some(Err(refusal)) = now.as_ref().map(|meta| self.file.trust().target(path, meta)) {
            let source = io::Error::other(refusal);
            return Err(ReplaceError::NotSaved { step, path: path.to_owned(), source });
        }
        Ok(now)
    }

    /// What has the file's name now.
    pub(crate) fn now(&self) -> sys::Result<Option<Meta>> {
        match sys::stat_at(self.file.directory(), self.file.name()) {
            Ok(meta) => Ok(Some(meta)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno),
        }
    }
}

impl Expect {
    fn refuted(self, path: &Path) -> ReplaceError {
        let path = path.to_owned();
        match self {
            Self::Seen(_) => ReplaceError::Changed { path },
            Self::NoFile => ReplaceError::Exists { path },
        }
    }

    fn unplaced(self, unplaced: Unplaced, path: &Path) -> ReplaceError {
        match unplaced {
            Unplaced::Taken => self.refuted(path),
            Unplaced::Failed(failure) => ReplaceError::not_saved(path)(failure),
            Unplaced::Visible(source) => {
                ReplaceError::VisibleNotDurable { step: Step::Rename, path: path.to_owned(), source }
            }
            Unplaced::Unknown(source) => ReplaceError::Unknown { path: path.to_owned(), source },
        }
    }
}
