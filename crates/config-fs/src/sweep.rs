//! What a crash left, removed.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::FileKind;
use crate::locate::{ConfigFile, directory_of};
use crate::lock::{LockError, Locked, Wait};
use crate::names;
use crate::remedy::{Step, remedy};
use crate::show::shown;
use crate::sys::{self, Errno, Links, Meta};

/// What [`ConfigFile::recover`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// What crashed saves left is gone, and what the directory says is durable.
    Done {
        /// How many temporary files were removed.
        removed: usize,
    },
    /// Someone holds the lock: every temporary file may be theirs, and what they have renamed they will sync.
    Busy,
    /// This user may not write there, so that there is nothing to recover. The file can be read.
    ReadOnly,
}

/// Why recovery failed. The config file is as it was; some dead temporary files may be left.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The lock could not be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The kernel failed one of its steps.
    #[error("cannot recover {}: could not {step}; {}", shown(.path), remedy(.source, *.step))]
    Io {
        /// [`Step::Sweep`] or [`Step::SyncDirectory`].
        step: Step,
        /// The directory.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

impl ConfigFile {
    /// To be called once before the file is first acted on: removes what crashed saves left, and syncs the directory,
    /// so that a save that was cut between its rename and its sync cannot be taken back by a power loss later.
    ///
    /// Takes the lock without waiting. Idempotent, also when it is itself cut short.
    pub fn recover(&self) -> Result<Recovery, RecoverError> {
        let locked = match self.lock(Wait::No) {
            Ok(locked) => locked,
            Err(LockError::Busy { .. }) => return Ok(Recovery::Busy),
            Err(LockError::ReadOnly { .. }) => return Ok(Recovery::ReadOnly),
            Err(error) => return Err(error.into()),
        };
        let failed = |step| {
            move |errno: Errno| {
                let path = directory_of(self.target()).to_owned();
                RecoverError::Io { step, path, source: errno.into() }
            }
        };
        let removed = match locked.sweep() {
            Ok(removed) => removed,
            // The lock file was there and ours, in a directory that is not.
            Err(Errno::ACCESS | Errno::ROFS) => return Ok(Recovery::ReadOnly),
            Err(errno) => return Err(failed(Step::Sweep)(errno)),
        };
        sys::sync(self.directory()).map_err(failed(Step::SyncDirectory))?;
        Ok(Recovery::Done { removed })
    }
}

impl Locked<'_> {
    /// Removes every dead temporary file, and says how many. Under the lock each is dead; none is ever given the
    /// file's name, since nobody was told that it was saved.
    pub(crate) fn sweep(&self) -> sys::Result<usize> {
        let (directory, name) = (self.file.directory(), self.file.name());
        let mut removed = 0;
        for candidate in sys::names(directory, |found| names::is_temporary(name, found))? {
            let meta = match sys::stat_at(directory, &candidate) {
                Err(Errno::NOENT) => continue,
                other => other?,
            };
            if !self.is_ours(&meta)? {
                continue;
            }
            match sys::unlink(directory, &candidate) {
                Err(Errno::NOENT) => {}
                other => {
                    other?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
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
