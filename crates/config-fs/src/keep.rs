//! Adding to a history, under the lock that all writers share.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime};

use crate::history::{BOUND, History, HistoryError};
use crate::kept_entry::KeptEntry;
use crate::lock::Locked;
use crate::names;
use crate::survey::remove;
use crate::sys::{self, Errno};
use crate::temporary::{create_in, write_all};

/// A content to be kept: [`Locked::keep`] takes it.
///
/// ```
/// let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
/// let keep = config_fs::Keep { bytes: b"{}", hash, bound: Some(5), ..config_fs::Keep::default() };
/// assert!(keep.is_current && !format!("{keep:?}").contains("{}"), "what is kept may hold keys");
/// ```
#[derive(Clone, Copy)]
pub struct Keep<'a> {
    /// The content.
    pub bytes: &'a [u8],
    /// What the bytes hash to, as 64 hexadecimal digits in lower case: whoever reads the entry compares.
    pub hash: &'a str,
    /// Why it was accepted: a word of 1 to 16 lower case letters.
    pub cause: &'a str,
    /// When it was read, or saved.
    pub time: SystemTime,
    /// Is it what the file says now? Then it becomes the newest entry, also after the clock was set back. Else it comes where
    /// its time says, unless the entry before that or after it has the same hash: programs that read the same file keep each
    /// content once between them, in the order in which the file had it, however late each of them comes to it.
    pub is_current: bool,
    /// How many entries to keep, which is noted in the directory for programs that set no bound; with 0 none is added, and
    /// those that are there stay. `None`: as many as was noted, or else [`History::DEFAULT_BOUND`].
    pub bound: Option<usize>,
}

/// An entry of nothing, of the beginning of time, to be filled in.
impl Default for Keep<'_> {
    fn default() -> Self {
        Self {
            bytes: b"",
            hash: "",
            cause: "edit",
            time: SystemTime::UNIX_EPOCH,
            is_current: true,
            bound: None,
        }
    }
}

/// Without the bytes: they may hold keys.
impl std::fmt::Debug for Keep<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keep").field("hash", &self.hash).field("cause", &self.cause).finish_non_exhaustive()
    }
}

/// What [`Locked::keep`] came to.
///
/// ```
/// use config_fs::{ConfigFile, Keep, Kept, Wait};
/// # let directory = tempfile::tempdir()?;
/// let file = ConfigFile::locate(directory.path().join("config.json"))?;
/// let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
/// let (locked, keep) = (file.lock(Wait::No)?, Keep { bytes: b"{}", hash, ..Keep::default() });
/// assert_eq!([locked.keep(&keep)?, locked.keep(&keep)?], [Kept::Added, Kept::Already]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is the newest entry now, or the one before that.
    Added,
    /// There is an entry with it already.
    Already,
    /// The bound is 0.
    Off,
}

impl Locked<'_> {
    /// Adds a content to the [history](History) of the file, which is made where there is none, mode 0700, its entries 0600;
    /// both belong to whom the file does. The oldest entries beyond the bound are removed, and what a crash left there.
    ///
    /// The entry appears whole or not at all if the program dies. It is not synced, as that would cost as much again as the save
    /// that it follows: a power loss within half a minute may leave it empty, which its hash tells, or take it. [`History::sync`]
    /// makes sure.
    ///
    /// # Errors
    /// Why it was not kept. The file itself is not touched.
    pub fn keep(&self, keep: &Keep<'_>) -> Result<Kept, HistoryError> {
        self.keep_after(None, keep)
    }

    /// [`keep`](Self::keep) of what was saved, and before it of what that replaced, `old`, unless the newest entry has its hash:
    /// somebody may have removed the history meanwhile. It costs nothing where it is there.
    ///
    /// # Errors
    /// As of [`keep`](Self::keep).
    pub fn keep_after(&self, old: Option<&Keep<'_>>, keep: &Keep<'_>) -> Result<Kept, HistoryError> {
        let history = match self.file().history()? {
            Some(history) => history,
            None => self.make_history()?,
        };
        let noted = history.bound()?;
        let bound = keep.bound.or(noted).unwrap_or(History::DEFAULT_BOUND);
        if bound != noted.unwrap_or(History::DEFAULT_BOUND) {
            history.place(OsStr::new(BOUND), format!("{bound}\n").as_bytes())?;
        }
        if bound == 0 {
            return Ok(Kept::Off);
        }
        let (mut entries, leftovers) = history.listed()?;
        if let Some(old) = old.filter(|old| entries.last().is_none_or(|newest| newest.hash() != old.hash)) {
            history.add(old, &mut entries)?;
        }
        let kept = history.add(keep, &mut entries)?;
        history.prune(&entries, bound, &leftovers)?;
        Ok(kept)
    }

    fn make_history(&self) -> Result<History, HistoryError> {
        let (parent, path) = (self.file().directory(), self.file().history_path());
        let name = names::history(self.file().name());
        let io = |errno: Errno| HistoryError::Io { path: path.clone(), source: errno.into() };
        sys::make_directory(parent, &name).map_err(|errno| match errno {
            Errno::ACCESS | Errno::ROFS | Errno::PERM => {
                HistoryError::ReadOnly { path: path.clone(), source: errno.into() }
            }
            errno => io(errno),
        })?;
        let made = self.make_private(&name).inspect_err(|_| {
            sys::remove_directory(parent, &name).ok();
        });
        History::judged(made.map_err(io)?, path.clone(), self.file())
    }

    fn make_private(&self, name: &OsStr) -> sys::Result<OwnedFd> {
        let parent = self.file().directory();
        let directory = match sys::open_subdirectory(parent, name) {
            // A umask such as 0777 shut us out of it.
            Err(Errno::ACCESS) => {
                sys::make_directory_private_at(parent, name)?;
                sys::open_subdirectory(parent, name)?
            }
            other => other?,
        };
        sys::make_directory_private(&directory)?;
        // Root made it for a service that runs as the file's owner.
        if let Some(owner) = self.now()?.filter(|target| target.uid != sys::effective_uid()) {
            sys::change_owner(&directory, owner.uid, owner.gid)?;
        }
        Ok(directory)
    }
}

impl History {
    /// `entries` is all that there is, and is then.
    fn add(&self, keep: &Keep<'_>, entries: &mut Vec<KeptEntry>) -> Result<Kept, HistoryError> {
        let (mut time, mut place) = (keep.time, entries.len());
        let moment = Duration::from_nanos(1);
        if let Some(newest) = entries.last() {
            if newest.hash() == keep.hash {
                let limit = keep.bytes.len() as u64;
                if self.read(newest, limit).is_ok_and(|bytes| bytes == keep.bytes) {
                    return Ok(Kept::Already);
                }
                // It was damaged.
                self.place(newest.name(), keep.bytes)?;
                return Ok(Kept::Added);
            }
            if keep.is_current {
                time = time.max(newest.time().checked_add(moment).unwrap_or(time));
            } else {
                place = entries.partition_point(|entry| entry.time() <= time);
                let (before, after) = entries.split_at_checked(place).unwrap_or_default();
                let mut beside = before.last().into_iter().chain(after.first());
                if beside.any(|entry| entry.hash() == keep.hash) {
                    return Ok(Kept::Already);
                }
                if before.last().is_some_and(|before| before.time() == time) {
                    time = time.checked_add(moment).unwrap_or(time);
                }
            }
        }
        let entry = KeptEntry::new(time, keep.hash, keep.cause).ok_or_else(|| self.io(Errno::INVAL))?;
        self.place(entry.name(), keep.bytes)?;
        entries.insert(place, entry);
        Ok(Kept::Added)
    }

    /// Whole under its name, or not at all.
    fn place(&self, name: &OsStr, bytes: &[u8]) -> Result<(), HistoryError> {
        let directory = self.directory();
        let (temporary, open) = create_in(&directory, self.file_name()).map_err(|errno| self.io(errno))?;
        let placed = self
            .fill(&open, bytes)
            .and_then(|()| sys::rename(&directory, &temporary, name).map_err(|errno| self.io(errno)));
        if placed.is_err() {
            // What remains after an error here is removed when the next one is added.
            sys::unlink(&directory, &temporary).ok();
        }
        placed
    }

    /// Private, and of whom the directory is, before it is written.
    fn fill(&self, open: &OwnedFd, bytes: &[u8]) -> Result<(), HistoryError> {
        let io = |errno| self.io(errno);
        sys::make_private(open).map_err(io)?;
        let (meta, owner) = (sys::stat(open).map_err(io)?, self.meta());
        if !meta.is_private() {
            return Err(io(Errno::OPNOTSUPP));
        }
        if meta.uid != owner.uid {
            sys::change_owner(open, owner.uid, owner.gid).map_err(io)?;
        }
        write_all(open, bytes)
            .map_err(|failure| HistoryError::Io { path: self.path().to_owned(), source: failure.source })
    }

    /// Removes the oldest entries beyond `bound`, and what interrupted programs left: under the lock nobody else is writing.
    fn prune(&self, entries: &[KeptEntry], bound: usize, leftovers: &[OsString]) -> Result<(), HistoryError> {
        let beyond = entries.len().saturating_sub(bound);
        // What stays of these keeps nothing from being kept: the doctor tells of it.
        remove(self, leftovers.iter().map(OsString::as_os_str)).ok();
        remove(self, entries.iter().take(beyond).map(KeptEntry::name))
    }
}
