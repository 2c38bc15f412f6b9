//! What was accepted before, kept in a directory beside the file: opened by descriptor, judged, listed, read.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::closing::User;
use crate::kept_entry::KeptEntry;
use crate::locate::ConfigFile;
use crate::names;
use crate::read::{Unread, read_all};
use crate::remedy::{Step, remedy};
use crate::show::{quoted, shown};
use crate::sys::{self, Errno, Meta};
use crate::trust::{FileKind, Refusal, Trust, WRITE};

/// The file that holds the bound that a program has set.
pub(crate) const BOUND: &str = "bound";
const LONGEST_BOUND: u64 = 20;

/// The directory `.N.history` beside a config file `N` (a name of more than 233 bytes is shortened, and a hash put after
/// it), open: what was accepted before, a file for each content, named by when it was kept, the hash of its bytes, and why
/// it was accepted.
///
/// Nothing of it is needed to read the file or to save it, and what is in it proves nothing by itself: entries are not synced
/// one by one, so that a power loss may empty the last ones. Whoever uses one compares its bytes with the hash.
///
/// ```
/// use config_fs::{ConfigFile, Keep, Wait};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// # std::fs::write(&path, "{}")?;
/// # use std::os::unix::fs::PermissionsExt as _;
/// # std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
/// let file = ConfigFile::locate(&path)?;
/// let locked = file.lock(Wait::No)?;
/// let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; // of "{}", by SHA-256
/// locked.keep(&Keep { bytes: b"{}", hash, cause: "edit", ..Keep::default() })?;
///
/// let history = file.history()?.expect("it was just made");
/// let newest = history.entries()?.pop().expect("one entry");
/// assert_eq!((newest.hash(), history.read(&newest, 100)?.as_slice()), (hash, b"{}".as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct History(Arc<Place>);

#[derive(Debug)]
struct Place {
    directory: OwnedFd,
    meta: Meta,
    path: PathBuf,
    /// Of the config file.
    name: OsString,
    trust: Trust,
}

/// Why a history is not used. The config file has nothing to do with it.
///
/// ```
/// use config_fs::{ConfigFile, HistoryError};
/// # let directory = tempfile::tempdir()?;
/// # std::os::unix::fs::symlink("nowhere", directory.path().join(".config.json.history"))?;
/// let file = ConfigFile::locate(directory.path().join("config.json"))?;
/// assert!(matches!(file.history(), Err(HistoryError::NotADirectory { .. })), "a link is not followed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Others could have put something into it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something else has its name, such as a symlink, which is not followed.
    #[error("{} is no directory, so that no history is kept; move it away", shown(.path))]
    NotADirectory {
        /// What has the name.
        path: PathBuf,
    },
    /// It is not there, and this user may not make it: EACCES, EROFS or EPERM. Nothing is saved here either.
    #[error("may not make {}, so that no history is kept", shown(.path))]
    ReadOnly {
        /// Where it would be.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// This user may not look at it. It may well hold something.
    #[error("may not look at {}, which keeps what was accepted before; {remedy}", shown(.path))]
    Denied {
        /// The directory, or an entry.
        path: PathBuf,
        /// What to do about it, with the command.
        remedy: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The entry is larger than the caller allows.
    #[error("{} is larger than {limit} bytes; raise the limit", shown(.path))]
    TooLarge {
        /// The entry.
        path: PathBuf,
        /// The most bytes that were allowed.
        limit: u64,
    },
    /// Anything else that the kernel said.
    #[error("cannot use {}, which keeps what was accepted before; {}", shown(.path), remedy(.source, Step::CreateTemporary))]
    Io {
        /// The directory, or an entry.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

impl HistoryError {
    /// Of what could not be opened to be looked at.
    fn unread(path: PathBuf, meta: Option<&Meta>, errno: Errno) -> Self {
        let source = errno.into();
        match (errno, meta) {
            (Errno::ACCESS, Some(meta)) => {
                let own = User::effective().open_to_itself(&path, meta);
                // It holds keys: nobody else is to be let in.
                let remedy = own.unwrap_or_else(|| format!("look at it as its owner, uid {}", meta.uid));
                Self::Denied { path, remedy, source }
            }
            _ => Self::Io { path, source },
        }
    }
}

impl ConfigFile {
    /// The history of this file, if there is one and whoever may write it is trusted. Makes nothing.
    pub fn history(&self) -> Result<Option<History>, HistoryError> {
        let path = self.history_path();
        match sys::open_subdirectory(self.directory(), &names::history(self.name())) {
            Ok(directory) => History::judged(directory, path, self).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => Err(HistoryError::NotADirectory { path }),
            Err(errno) => {
                let meta = sys::stat_at(self.directory(), &names::history(self.name()));
                Err(HistoryError::unread(path, meta.ok().as_ref(), errno))
            }
        }
    }

    /// Where the history of this file is, or would be.
    pub fn history_path(&self) -> PathBuf {
        self.sibling(&names::history(self.name()))
    }
}

impl History {
    /// How many contents are kept where no program has set a bound.
    pub const DEFAULT_BOUND: usize = 20;

    pub(crate) fn judged(directory: OwnedFd, path: PathBuf, file: &ConfigFile) -> Result<Self, HistoryError> {
        let meta = sys::stat(&directory)
            .map_err(|errno| HistoryError::Io { path: path.clone(), source: errno.into() })?;
        let owner = sys::stat_at(file.directory(), file.name()).map(|target| target.uid);
        // What is kept is given to whom the history belongs.
        let trust = owner.map_or(file.trust().beside(), |owner| file.trust().settled(owner).with(owner));
        trust.owner(&path, &meta)?;
        if meta.mode & WRITE != 0 {
            let (mode, remedy) =
                (meta.mode, format!("look at what is in it, then `chmod 700 {}`", quoted(&path)));
            return Err(Refusal::WritableDirectory { path, mode, remedy }.into());
        }
        let name = file.name().to_owned();
        Ok(Self(Arc::new(Place { directory, meta, path, name, trust })))
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The path of an entry.
    pub fn path_of(&self, entry: &KeptEntry) -> PathBuf {
        self.0.path.join(entry.name())
    }

    /// All entries by their names, the oldest first. Other files there are passed over.
    pub fn entries(&self) -> Result<Vec<KeptEntry>, HistoryError> {
        self.listed().map(|(entries, _)| entries)
    }

    /// Did an interrupted program leave something here? [`Locked::keep`](crate::Locked::keep) removes it. What is being
    /// added looks the same.
    pub fn has_leftovers(&self) -> Result<bool, HistoryError> {
        self.listed().map(|(_, leftovers)| !leftovers.is_empty())
    }

    /// The entries, and the temporary files, which are dead unless somebody holds the lock.
    pub(crate) fn listed(&self) -> Result<(Vec<KeptEntry>, Vec<OsString>), HistoryError> {
        let (mut entries, mut leftovers) = (Vec::new(), Vec::new());
        for name in sys::names(&self.0.directory, |_| true).map_err(|errno| self.io(errno))? {
            match KeptEntry::parse(name) {
                Ok(entry) => entries.push(entry),
                Err(name) if self.is_leftover(&name) => leftovers.push(name),
                Err(_) => {}
            }
        }
        entries.sort_by(|one, other| (one.time(), one.name()).cmp(&(other.time(), other.name())));
        Ok((entries, leftovers))
    }

    fn is_leftover(&self, name: &OsStr) -> bool {
        names::is_temporary(&self.0.name, name)
            && sys::stat_at(&self.0.directory, name).is_ok_and(|meta| meta.kind == FileKind::Regular)
    }

    /// The bytes of an entry, if it has at most `limit`. Whether they are those that it is named for is for the caller to
    /// compare: a power loss may have emptied it.
    ///
    /// # Errors
    /// Those of reading, and a refusal of what is no regular file or what others could have changed.
    pub fn read(&self, entry: &KeptEntry, limit: u64) -> Result<Vec<u8>, HistoryError> {
        let (open, meta) = self.open(entry.name())?;
        read_all(&open, &meta, limit).map_err(|unread| match unread {
            Unread::TooLarge => HistoryError::TooLarge { path: self.path_of(entry), limit },
            Unread::Errno(errno) => HistoryError::Io { path: self.path_of(entry), source: errno.into() },
        })
    }

    /// A file in it that nobody else could have written.
    fn open(&self, name: &OsStr) -> Result<(OwnedFd, Meta), HistoryError> {
        let (directory, path) = (&self.0.directory, self.0.path.join(name));
        let opened = sys::open_to_read(directory, name).and_then(|open| Ok((sys::stat(&open)?, open)));
        match opened {
            Ok((meta, open)) => {
                self.0.trust.file(&path, &meta)?;
                Ok((open, meta))
            }
            Err(errno) => {
                // A symlink, or what only its owner may read, is told for what it is.
                let meta = sys::stat_at(directory, name).ok();
                if let Some(meta) = &meta {
                    self.0.trust.file(&path, meta)?;
                }
                Err(HistoryError::unread(path, meta.as_ref(), errno))
            }
        }
    }

    /// How many bytes an entry has.
    pub fn size(&self, entry: &KeptEntry) -> Result<u64, HistoryError> {
        let meta = sys::stat_at(&self.0.directory, entry.name()).map_err(|errno| self.io(errno))?;
        Ok(meta.size)
    }

    /// Makes the newest entry durable. Until then, or until the kernel writes it of its own accord, which it does within half
    /// a minute, a power loss may take it.
    pub fn sync(&self) -> Result<(), HistoryError> {
        let Some(newest) = self.entries()?.pop() else { return Ok(()) };
        let synced = sys::open_to_read(&self.0.directory, newest.name())
            .and_then(sys::sync)
            .and_then(|()| sys::sync(&self.0.directory));
        match synced {
            // Another program has pruned it meanwhile.
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.io(errno)),
        }
    }

    /// How many contents are kept, where a program has [set](crate::Keep::bound) it. A note that others could have written is
    /// as none.
    pub fn bound(&self) -> Result<Option<usize>, HistoryError> {
        let (note, meta) = match self.open(OsStr::new(BOUND)) {
            Ok(opened) => opened,
            Err(HistoryError::Refused(_)) => return Ok(None),
            Err(HistoryError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        // One that says nothing, after a power loss, is as none.
        let bytes = read_all(&note, &meta, LONGEST_BOUND).unwrap_or_default();
        Ok(str::from_utf8(&bytes).ok().and_then(|text| text.trim().parse().ok()))
    }

    /// Why the note of how many are kept is as none.
    pub(crate) fn refused_bound(&self) -> Option<Refusal> {
        match self.open(OsStr::new(BOUND)) {
            Err(HistoryError::Refused(refusal)) => Some(refusal),
            _ => None,
        }
    }

    pub(crate) fn directory(&self) -> impl AsFd + '_ {
        &self.0.directory
    }

    pub(crate) fn meta(&self) -> &Meta {
        &self.0.meta
    }

    pub(crate) fn file_name(&self) -> &OsStr {
        &self.0.name
    }

    pub(crate) fn io(&self, errno: Errno) -> HistoryError {
        HistoryError::Io { path: self.0.path.clone(), source: errno.into() }
    }
}
