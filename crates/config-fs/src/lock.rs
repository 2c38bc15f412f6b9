//! The lock between writers, let go by the kernel when its holder dies.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::locate::{ConfigFile, directory_of};
use crate::names;
use crate::read::{Contents, ReadError};
use crate::remedy::{Step, remedy};
use crate::show::{quoted, shown};
use crate::stamp::Stamp;
use crate::sys::{self, Errno};
use crate::trust::{Refusal, Trust};
use crate::way::Stop;

/// How often a lock file that someone removes is made again before the lock counts as taken.
const MOST_REOPENS: usize = 16;
const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// Short: who polls seldom starves beside a program that lets the lock go only for moments.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// How long to wait for a lock that someone else holds.
///
/// ```
/// use std::time::Duration;
///
/// use config_fs::{ConfigFile, LockError, Wait};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let file = ConfigFile::locate(&path)?;
/// let held = file.lock(Wait::AtMost(Duration::from_secs(2)))?;
/// assert!(matches!(file.lock(Wait::No), Err(LockError::Busy { .. })));
/// # drop(held);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all.
    No,
    /// At most this long, trying again every 10 ms or sooner. Whoever tries first gets it: there is no queue.
    AtMost(Duration),
}

/// The lock of a config file, held. What writes the file is here only, so that a write without the lock does not
/// compile.
///
/// The lock is `flock` on `.N.lock` in the target's directory, exclusive, on a descriptor of its own. It therefore
/// keeps out other threads as well as other processes; a thread that asks twice waits for itself and gets
/// [`LockError::Busy`]. It is let go on drop, and by the kernel when the process dies, however it dies. The lock file
/// stays: removing it would let two holders in. Editors take no lock, which is what
/// [`ReplaceError::Changed`](crate::ReplaceError::Changed) is for.
///
/// ```
/// use config_fs::{ConfigFile, Wait};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let file = ConfigFile::locate(&path)?;
/// let mut locked = file.lock(Wait::No)?;
/// locked.create(b"{}")?;
/// assert_eq!(locked.read(64 << 20)?.bytes(), b"{}");
/// locked.replace(b"{}\n")?; // on disk now
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping it lets the lock go"]
#[derive(Debug)]
pub struct Locked<'a> {
    pub(crate) file: &'a ConfigFile,
    pub(crate) seen: Seen,
    lock: OwnedFd,
}

/// What was last read or written through a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing was.
    Unread,
    /// There was no file.
    Missing,
    /// A file with this stamp.
    At(Stamp),
}

/// Why the lock was not had. Nothing changed, but that the lock file may be there now.
///
/// ```
/// use config_fs::{ConfigFile, LockError, Wait};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let file = ConfigFile::locate(&path)?;
/// match file.lock(Wait::No) {
///     Ok(_locked) => println!("ours, until it is dropped"),
///     Err(LockError::Busy { path }) => println!("somebody holds {}", path.display()),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Someone else holds it, and did so for as long as was to be waited.
    #[error("another program is changing the file that {} locks; try again, or find it with `fuser -v {}`",
        shown(.path), quoted(.path))]
    Busy {
        /// The lock file.
        path: PathBuf,
    },
    /// The lock file can be neither made nor opened for writing: EACCES, EROFS or EPERM. The file can be read only.
    #[error("may not write the lock file {}; {}", shown(.path), remedy(.source, Step::Lock))]
    ReadOnly {
        /// The lock file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The directory may be searched and not read. The file can be read, but not saved: a directory that cannot be opened
    /// cannot be synced either.
    #[error("may not save into {}, which this user may search but not read; give this user read permission on it",
        shown(.path))]
    Unlisted {
        /// The directory.
        path: PathBuf,
    },
    /// Something that is no regular file has the lock file's name, or the lock file of a user who is not trusted; or the
    /// file is missing, and would be made in a directory such as `/tmp`.
    #[error(transparent)]
    Refused(Refusal),
    /// The directory that was located has been removed.
    #[error("the directory {} was removed; locate the file again", shown(.path))]
    DirectoryGone {
        /// The directory.
        path: PathBuf,
    },
    /// The file system has no locks, or its lock server does not answer.
    #[error("cannot lock {}; keep the file on a local file system, or start the lock service of this one",
        shown(.path))]
    NoLocks {
        /// The lock file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// Anything else that the kernel said.
    #[error("cannot lock {}; {}", shown(.path), remedy(.source, Step::Lock))]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

impl ConfigFile {
    /// Takes the lock. Its file is made with mode 0600 where there is none, and is never removed.
    ///
    /// A child that this process forks gets a copy of the descriptor until it executes another program; the lock is
    /// let go all the same when [`Locked`] is dropped.
    pub fn lock(&self, wait: Wait) -> Result<Locked<'_>, LockError> {
        let mut patience = Patience::start(wait);
        let name = names::lock(self.name());
        if let Some(refusal) = self.not_to_be_made() {
            return Err(LockError::Refused(refusal.clone()));
        }
        if !self.directory_may_be_read() {
            return Err(LockError::Unlisted { path: directory_of(self.target()).to_owned() });
        }
        loop {
            match self.try_lock(&name) {
                Ok(Some(lock)) => {
                    return Ok(Locked { file: self, seen: Seen::Unread, lock });
                }
                Ok(None) if patience.pause() => {}
                Ok(None) => {
                    return Err(LockError::Busy { path: self.sibling(&name) });
                }
                Err(Stop::Errno(errno)) => return Err(self.unlocked(errno, &name)),
                Err(Stop::Refused(refusal)) => return Err(LockError::Refused(refusal)),
            }
        }
    }

    /// `None`: someone else has it, or keeps removing its file.
    fn try_lock(&self, name: &OsStr) -> Result<Option<OwnedFd>, Stop> {
        for _ in 0..MOST_REOPENS {
            let Some(lock) = self.open_lock(name)? else {
                continue;
            };
            let opened = sys::stat(&lock)?;
            self.trust_in_lock().target(&self.sibling(name), &opened)?;
            if !sys::try_lock(&lock)? {
                return Ok(None);
            }
            match sys::stat_at(self.directory(), name) {
                Ok(named) if named.is_same_file(&opened) => return Ok(Some(lock)),
                // Removed, and perhaps made again, between open and lock: others lock another file now.
                Ok(_) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(None)
    }

    /// Where the file was missing, it may be there by now: an editor had it away for a moment.
    fn trust_in_lock(&self) -> Trust {
        let trust = self.trust();
        if !trust.is_open() {
            return trust;
        }
        let owner = sys::stat_at(self.directory(), self.name()).map(|meta| meta.uid);
        owner.map_or(trust.beside(), |owner| trust.settled(owner))
    }

    /// `None`: it was removed between two looks.
    fn open_lock(&self, name: &OsStr) -> Result<Option<OwnedFd>, Stop> {
        match sys::open_lock(self.directory(), name) {
            Err(Errno::NOENT) => {}
            other => return Ok(Some(other?)),
        }
        let target = sys::stat_at(self.directory(), self.name());
        if let Ok(target) = &target {
            // What will be refused is not left with a lock file.
            self.trust().owner(self.target(), target)?;
        }
        let lock = match sys::create(self.directory(), name) {
            Err(Errno::EXIST) => return Ok(None),
            other => other?,
        };
        // The umask may have taken our own permissions away, and the next to open it would be shut out.
        sys::make_private(&lock)?;
        let uid = sys::effective_uid();
        match target {
            // Root made it for a service that runs as the file's owner and that could not open it otherwise. The
            // file is new, so that nobody can have us give away another; whoever is not root keeps it.
            Ok(target) if target.uid != uid => sys::change_owner(&lock, target.uid, target.gid).ok(),
            _ => None,
        };
        Ok(Some(lock))
    }

    /// Why what has the lock's name, and could not be opened, is none: it may be somebody else's, or no regular file.
    pub(crate) fn refused_lock(&self, name: &OsStr) -> Option<Refusal> {
        let meta = sys::stat_at(self.directory(), name).ok()?;
        self.trust_in_lock().target(&self.sibling(name), &meta).err()
    }

    fn unlocked(&self, errno: Errno, name: &OsStr) -> LockError {
        let path = self.sibling(name);
        let source = io::Error::from(errno);
        if let Some(refusal) = self.refused_lock(name) {
            return LockError::Refused(refusal);
        }
        match errno {
            Errno::ACCESS | Errno::ROFS | Errno::PERM => LockError::ReadOnly { path, source },
            Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS => LockError::NoLocks { path, source },
            Errno::NOENT if self.is_directory_gone() => {
                LockError::DirectoryGone { path: directory_of(&path).to_owned() }
            }
            _ => LockError::Io { path, source },
        }
    }
}

impl<'a> Locked<'a> {
    /// The file that is locked.
    pub fn file(&self) -> &'a ConfigFile {
        self.file
    }

    /// [`ConfigFile::read`], which [`replace`](Self::replace) then compares with: it refuses to overwrite anything but
    /// what was read, a file that was missing included. A reading that fails in any other way changes nothing there.
    pub fn read(&mut self, limit: u64) -> Result<Contents, ReadError> {
        let result = self.file.read(limit);
        match &result {
            Ok(contents) => self.seen = Seen::At(contents.stamp()),
            Err(ReadError::Missing { .. }) => self.seen = Seen::Missing,
            Err(_) => {}
        }
        result
    }

    /// The stamp of what was last read or written through this lock; `None` when there was nothing.
    pub fn stamp(&self) -> Option<Stamp> {
        match self.seen {
            Seen::At(stamp) => Some(stamp),
            Seen::Unread | Seen::Missing => None,
        }
    }
}

impl Locked<'_> {
    /// Whether the lock file is still the one that is locked.
    pub(crate) fn is_held(&self) -> sys::Result<bool> {
        let locked = sys::stat(&self.lock)?;
        match sys::stat_at(self.file.directory(), &names::lock(self.file.name())) {
            Ok(named) => Ok(named.is_same_file(&locked)),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno),
        }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // Closing lets go as well, unless a child between fork and exec has a copy.
        sys::unlock(&self.lock).ok();
    }
}

/// The time left to wait, and the next pause.
struct Patience {
    /// `None` is for ever.
    deadline: Option<Instant>,
    pause: Duration,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one clock of this crate: the kernel tells nobody of a lock let go"
)]
impl Patience {
    fn start(wait: Wait) -> Self {
        let now = Instant::now();
        let deadline = match wait {
            Wait::No => Some(now),
            // Longer than the clock counts.
            Wait::AtMost(time) => now.checked_add(time),
        };
        Self { deadline, pause: FIRST_PAUSE }
    }

    /// Waits a little; `false` when the time is over.
    fn pause(&mut self) -> bool {
        let left = match self.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => Duration::MAX,
        };
        if left.is_zero() {
            return false;
        }
        // Between half of the pause and all of it, so that waiters do not come in step.
        let part = sys::random().map_or(255, |[byte, ..]| byte);
        let pause = self.pause / 2 + self.pause * u32::from(part) / 512;
        std::thread::sleep(pause.min(left));
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}
