//! Reading within bounds: what is checked is the open file, never a path.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::closing::User;
use crate::concern::Concern;
use crate::locate::{ConfigFile, directory_of};
use crate::passed::Passed;
use crate::remedy::{Step, remedy};
use crate::show::{quoted, shown};
use crate::stamp::Stamp;
use crate::sys::{self, Errno, Links, Meta};
use crate::trust::Refusal;

/// How often a file that changes while it is read is read.
const MOST_TRIES: usize = 3;
/// Bytes that the first system call asks for; each one after it, as many as were read until then.
const CHUNK: u64 = 64 * 1024;

/// What was read, and what the open file said of itself.
///
/// ```
/// use config_fs::ConfigFile;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// let file = ConfigFile::locate(&path)?;
/// let contents = file.read(64 << 20)?;
/// assert_eq!((contents.bytes(), contents.stamp().size()), (&b"{}"[..], 2));
/// assert_eq!(file.stamp()?, Some(contents.stamp())); // nobody has saved since
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Contents {
    bytes: Vec<u8>,
    stamp: Stamp,
    opened_at: SystemTime,
    concerns: Vec<Concern>,
    passed: Passed,
}

/// Without the bytes: they may hold keys.
impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bytes, stamp, opened_at: _, concerns, passed: _ } = self;
        f.debug_struct("Contents")
            .field("bytes", &format_args!("[{} bytes]", bytes.len()))
            .field("stamp", stamp)
            .field("concerns", concerns)
            .finish()
    }
}

impl Contents {
    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of the file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The stamp of the file when the bytes were read.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// A moment at which the path led to this file: programs that go by one clock can tell in which order the contents came that
    /// they read.
    pub fn opened_at(&self) -> SystemTime {
        self.opened_at
    }

    /// What its owner should be told.
    pub fn concerns(&self) -> &[Concern] {
        &self.concerns
    }

    /// The directories on the way to it.
    pub fn passed(&self) -> &Passed {
        &self.passed
    }
}

/// Why a file could not be read. Only [`Missing`](Self::Missing) means that there is none.
///
/// ```
/// use config_fs::{ConfigFile, ReadError};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let file = ConfigFile::locate(&path)?;
/// assert!(matches!(file.read(9), Err(ReadError::Missing { .. })));
/// std::fs::write(&path, "ten bytes.")?;
/// assert!(matches!(file.read(9), Err(ReadError::TooLarge { limit: 9, .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file, and its directory is there.
    #[error("there is no file {}; make it, or correct the path", shown(.path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The directory that was located has been removed. Whether the file exists elsewhere now is not known.
    #[error("the directory {} was removed; locate the file again", shown(.path))]
    DirectoryGone {
        /// The directory.
        path: PathBuf,
    },
    /// This user may not read it. It may well be there.
    #[error("may not read {}; {remedy}", shown(.path))]
    Denied {
        /// The file.
        path: PathBuf,
        /// What to do about it, with the command.
        remedy: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// It is of a kind that is not read, or others could change it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was made a symlink since it was located.
    #[error("{} has become a symlink; locate the file again", shown(.path))]
    BecameLink {
        /// The symlink.
        path: PathBuf,
    },
    /// It is larger than the caller allows.
    #[error("{} is larger than {limit} bytes; make it smaller or raise the limit", shown(.path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that were allowed.
        limit: u64,
    },
    /// Anything else that the kernel said.
    #[error("cannot read {}; {}", shown(.path), remedy(.source, Step::StatTarget))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

impl ConfigFile {
    /// The stamp of the file now, `None` where there is none. Reads no content.
    pub fn stamp(&self) -> Result<Option<Stamp>, ReadError> {
        match self.look() {
            Ok(meta) => Ok(Some(Stamp::of(&meta))),
            Err(ReadError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the whole file, if it has at most `limit` bytes; takes no lock and never waits for a writer.
    ///
    /// A [replace](crate::Locked::replace) never shows half of a file. An editor that writes in place may: a file that
    /// changes meanwhile is read again, three times at most, and the last reading has the older stamp, so that
    /// the next look differs. Whether the bytes make sense is for the decoder to say.
    ///
    /// A file that is not a regular one is refused and not waited for, and so is one that others than its owner, this user
    /// and root could change. Memory is bounded by the limit, not by the size that the file claims.
    pub fn read(&self, limit: u64) -> Result<Contents, ReadError> {
        let (file, opened_at, mut before) = self.open().map_err(|errno| self.unread(errno))?;
        self.trust().file(self.target(), &before)?;
        let mut tries = 1;
        loop {
            let bytes = read_all(&file, &before, limit).map_err(|unread| match unread {
                Unread::TooLarge => ReadError::TooLarge { path: self.target().to_owned(), limit },
                Unread::Errno(errno) => self.unread(errno),
            })?;
            let after = sys::stat(&file).map_err(|errno| self.unread(errno))?;
            let stamp = Stamp::of(&before);
            if stamp == Stamp::of(&after) || tries == MOST_TRIES {
                // Again: what was read is as good as whoever could write it until now.
                let mut concerns = self.trust().file(self.target(), &after)?;
                concerns.extend_from_slice(self.concerns());
                let passed = self.passed().clone();
                return Ok(Contents { bytes, stamp, opened_at, concerns, passed });
            }
            before = after;
            tries += 1;
        }
    }

    /// The file, and a moment between its opening and its status, by which it still has a name: one that was replaced in between
    /// is opened anew.
    fn open(&self) -> sys::Result<(OwnedFd, SystemTime, Meta)> {
        let mut tries = 1;
        loop {
            let file = sys::open_to_read(self.directory(), self.name())?;
            let (opened_at, meta) = (clock(), sys::stat(&file)?);
            // Some file systems never count.
            if meta.links != Links::None || tries == MOST_TRIES {
                return Ok((file, opened_at, meta));
            }
            tries += 1;
        }
    }

    fn look(&self) -> Result<Meta, ReadError> {
        let meta = sys::stat_at(self.directory(), self.name()).map_err(|errno| self.unread(errno))?;
        if meta.kind == crate::FileKind::Symlink {
            return Err(ReadError::BecameLink { path: self.target().to_owned() });
        }
        Refusal::unless_regular(self.target(), &meta)?;
        Ok(meta)
    }

    fn unread(&self, errno: Errno) -> ReadError {
        let path = self.target().to_owned();
        match errno {
            Errno::NOENT if self.is_directory_gone() => {
                ReadError::DirectoryGone { path: directory_of(&path).to_owned() }
            }
            Errno::NOENT => ReadError::Missing { path },
            Errno::ACCESS | Errno::PERM => {
                let remedy = self.to_be_read(&path);
                ReadError::Denied { path, remedy, source: errno.into() }
            }
            Errno::LOOP => ReadError::BecameLink { path },
            // A socket cannot be opened, nor a device with nothing behind it.
            Errno::NXIO | Errno::NODEV => match sys::stat_at(self.directory(), self.name()) {
                Ok(meta) => match Refusal::unless_regular(&path, &meta) {
                    Err(refusal) => ReadError::Refused(refusal),
                    Ok(()) => ReadError::Io { path, source: errno.into() },
                },
                Err(_) => ReadError::Io { path, source: errno.into() },
            },
            _ => ReadError::Io { path, source: errno.into() },
        }
    }

    /// What to do about a file that may not be read: its owner may have taken that from itself.
    fn to_be_read(&self, path: &Path) -> String {
        let meta = sys::stat_at(self.directory(), self.name()).ok();
        meta.and_then(|meta| User::effective().open_to_itself(path, &meta)).unwrap_or_else(|| {
            format!("run this as its owner, whom `ls -l {}` names, or give it to this user", quoted(path))
        })
    }

    /// Every name is missing in a directory that was removed while it is held open.
    pub(crate) fn is_directory_gone(&self) -> bool {
        sys::stat(self.directory()).is_ok_and(|meta| meta.links == Links::None)
    }
}

#[expect(clippy::disallowed_methods, reason = "nothing is decided by it here")]
fn clock() -> SystemTime {
    SystemTime::now()
}

/// Why an open file was not read to its end.
pub(crate) enum Unread {
    TooLarge,
    Errno(Errno),
}

/// All of an open file, if it has at most `limit` bytes.
pub(crate) fn read_all(file: &OwnedFd, meta: &Meta, limit: u64) -> Result<Vec<u8>, Unread> {
    if meta.size > limit {
        return Err(Unread::TooLarge);
    }
    let mut bytes = Vec::new();
    loop {
        let offset = bytes.len() as u64;
        let room = room(offset, meta.size, limit);
        bytes.try_reserve_exact(room).map_err(|_| Unread::Errno(Errno::NOMEM))?;
        let read = sys::read_at(file, &mut bytes, offset).map_err(Unread::Errno)?;
        if bytes.len() as u64 > limit {
            return Err(Unread::TooLarge);
        }
        // What ends where the file said that it does needs no second call to find that out: one that grew since has
        // another size by the time it is looked at again.
        if read == 0 || bytes.len() as u64 == meta.size {
            return Ok(bytes);
        }
    }
}

/// How many bytes to make room for next, of a file of which this many were read. What it claims to hold counts only as far as it
/// has kept that until now, with one byte more, which tells a file that grew; what holds more than it claimed, as files of
/// procfs do, is read in ever larger pieces.
fn room(read: u64, claimed: u64, limit: u64) -> usize {
    let piece = read.max(CHUNK);
    let left = if read < claimed { claimed - read + 1 } else { piece };
    // One byte over the limit tells a file that is too large from one that just fits.
    let most = limit.saturating_sub(read).saturating_add(1);
    usize::try_from(left.min(piece).min(most)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 1 << 30;

    /// Files of procfs and FUSE have content and claim to have none; any file may grow while it is read.
    #[test]
    fn more_than_was_claimed_is_not_read_byte_by_byte() {
        assert_eq!(room(0, 955, LIMIT), 956);
        assert_eq!(room(0, 1 << 30, LIMIT), usize::try_from(CHUNK).unwrap(), "a claim alone costs no memory");
        assert_eq!(room(1 << 20, 1 << 30, LIMIT), 1 << 20);
        for (read, claimed) in [(0, 0), (956, 955), (1 << 20, 955)] {
            assert!(room(read, claimed, LIMIT) as u64 >= read.max(CHUNK), "{read} of {claimed}");
        }
        assert_eq!([room(0, 0, 10), room(10, 10, 10)], [11, 1], "one more than the limit");
    }
}
