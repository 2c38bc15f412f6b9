//! Where the file is: symlinks resolved once, its directory held open.

use std::ffi::{OsStr, OsString};
use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::concern::Concern;
use crate::directories;
use crate::passed::Passed;
use crate::remedy::{Step, remedy};
use crate::show::{quoted, shown};
use crate::sys::{self, Errno};
use crate::trust::{Refusal, Trust};
use crate::way::{Directory, Last, Stop, Way};

/// A config file that was asked for by path: the symlinks of its last component resolved, the directory that holds it
/// open. The file itself need not be there.
///
/// Everything is done relative to that directory, so renaming or replacing a directory on the way does not lead a save
/// astray. The other side of it: what was resolved is not resolved again. When a link on the way moves on, as
/// Kubernetes does with `..data`, locate again; it is a few system calls.
///
/// A clone is the same open directory.
///
/// ```
/// use config_fs::ConfigFile;
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// std::fs::write(directory.join("of-today.json"), "{}")?;
/// std::os::unix::fs::symlink("of-today.json", directory.join("config.json"))?;
/// let file = ConfigFile::locate(directory.join("config.json"))?;
/// assert!(file.path().ends_with("config.json") && file.target().ends_with("of-today.json"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConfigFile {
    place: Arc<Place>,
}

#[derive(Debug)]
struct Place {
    path: PathBuf,
    target: PathBuf,
    directory: Directory,
    /// The last component of the target, within the directory.
    name: OsString,
    trust: Trust,
    /// About the directories on the way.
    concerns: Vec<Concern>,
    passed: Passed,
    not_to_be_made: Option<Refusal>,
}

/// Why a config file could not be located. Nothing was created.
///
/// ```
/// use config_fs::{ConfigFile, LocateError, create_directories};
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("gateway/config.json");
/// if let Err(LocateError::NoDirectory { path: missing }) = ConfigFile::locate(&path) {
///     create_directories(&missing)?;
/// }
/// assert!(ConfigFile::locate(&path).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The path ends in nothing that a file could be called.
    #[error("{} names no file; give a path that ends in a file name, such as config.json", shown(.path))]
    NoFileName {
        /// What was asked for, or what a symlink points to.
        path: PathBuf,
    },
    /// The directory that would hold the file is not there. [`create_directories`](crate::create_directories) makes it.
    #[error("there is no directory {}; make it with `mkdir -p -m 700 {}`, or correct the path",
        shown(.path), quoted(.path))]
    NoDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The file is a symlink to something that is not there. It is never created through the link.
    #[error("{} is a symlink to {}, which does not exist; put the file there or remove the link",
        shown(.link), shown(.target))]
    Dangling {
        /// The symlink.
        link: PathBuf,
        /// What is missing.
        target: PathBuf,
    },
    /// Symlinks that lead in a circle, or more than 40 of them.
    #[error("{} leads through too many symlinks; look for a circle with `namei -l`", shown(.path))]
    TooManyLinks {
        /// What was asked for.
        path: PathBuf,
    },
    /// Something on the way that should be a directory is none.
    #[error("{} is not a directory, or something on the way to it is none; correct the path", shown(.path))]
    NotADirectory {
        /// What should be a directory.
        path: PathBuf,
    },
    /// Others could put another file into its place.
    #[error(transparent)]
    Refused(Refusal),
    /// This user may not look there. Whether the file exists is not known.
    #[error("may not look into {}; give this user read and search permission on it and on what leads to it",
        shown(.path))]
    Denied {
        /// The directory.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// Anything else that the kernel said.
    #[error("cannot look for {}; {}", shown(.path), remedy(.source, Step::StatTarget))]
    Io {
        /// What was looked at.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

impl ConfigFile {
    /// Finds the file, or the place where it would be, whom to trust being the default. Creates nothing.
    ///
    /// The path may be relative to the current directory of this moment. That the file is missing is no error, but that
    /// its directory is, or that a symlink leads nowhere, is one.
    pub fn locate(path: impl AsRef<Path>) -> Result<Self, LocateError> {
        Self::locate_with(path, Trust::default())
    }

    /// [`locate`](Self::locate), which also decides what is read, locked and replaced later.
    ///
    /// Each directory on the way, that of each symlink included, is opened and judged by its descriptor, and the last one
    /// is the one that is used: who may replace a part of the path may replace the file.
    pub fn locate_with(path: impl AsRef<Path>, trust: Trust) -> Result<Self, LocateError> {
        Self::locate_by(&mut Way::new(trust), path.as_ref())
    }

    pub(crate) fn locate_by(way: &mut Way, path: &Path) -> Result<Self, LocateError> {
        let mut target = path.to_owned();
        let (mut directory, mut name) = enter(way, None, path, path)?;
        // Missing where a symlink pointed is handled when following it.
        let owner = loop {
            let link = match way.look(&directory, &name).map_err(|stop| failed(stop, &target))? {
                Last::Link(link) => link,
                Last::Target(owner) => break owner,
            };
            let next = directory_of(&target).join(&link);
            (directory, name) = follow(way, directory, &link, &target, &next)?;
            target = next;
        };
        let (concerns, not_to_be_made) = (mem::take(&mut way.concerns), way.not_to_be_made.take());
        let (trust, passed) = (
            owner.map_or(way.trust(), |owner| way.trust().settled(owner)),
            Passed::new(mem::take(&mut way.passed)),
        );
        let path = path.to_owned();
        let place = Place { path, target, directory, name, trust, concerns, passed, not_to_be_made };
        Ok(Self { place: Arc::new(place) })
    }

    /// The path that was asked for.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// The path after the symlinks of its last component.
    pub fn target(&self) -> &Path {
        &self.place.target
    }

    /// Makes the name of the directory durable: it may be what an interrupted first start made.
    ///
    /// # Errors
    /// What the kernel said. Where this user may not look at what holds the directory, there is nothing to be done.
    pub fn sync_directory_name(&self) -> io::Result<()> {
        Ok(directories::sync_name(self.directory())?)
    }

    pub(crate) fn directory(&self) -> BorrowedFd<'_> {
        self.place.directory.open.as_fd()
    }

    /// Whether the directory can be listed and synced.
    pub(crate) fn directory_may_be_read(&self) -> bool {
        self.place.directory.may_be_read
    }

    pub(crate) fn name(&self) -> &OsStr {
        &self.place.name
    }

    /// Whom to trust.
    pub(crate) fn trust(&self) -> Trust {
        self.place.trust
    }

    /// What there is to say about the directories on the way here. Where that is nothing, and no other user is
    /// [allowed](Trust::allow_foreign_owner), only this user and root can lead the path elsewhere.
    pub fn concerns(&self) -> &[Concern] {
        &self.place.concerns
    }

    pub(crate) fn passed(&self) -> &Passed {
        &self.place.passed
    }

    /// Why the file may not be made, when it is missing and its directory is everybody's.
    pub(crate) fn not_to_be_made(&self) -> Option<&Refusal> {
        self.place.not_to_be_made.as_ref()
    }

    /// The path of another name in the same directory.
    pub(crate) fn sibling(&self, name: &OsStr) -> PathBuf {
        self.place.target.with_file_name(name)
    }
}

/// Opens the directory of `path`, which starts at `from` or the current directory; `full` is the same path for messages.
fn enter(
    way: &mut Way,
    from: Option<Directory>,
    path: &Path,
    full: &Path,
) -> Result<(Directory, OsString), LocateError> {
    let name = file_name(path).ok_or_else(|| LocateError::NoFileName { path: full.to_owned() })?;
    if path.as_os_str().as_bytes().contains(&0) {
        // The kernel could not be told this name, and what it says of half of it means nothing.
        return Err(LocateError::Io { path: full.to_owned(), source: Errno::INVAL.into() });
    }
    let parent = path.parent().unwrap_or_else(|| Path::new(""));
    let directory = match from {
        Some(from) => way.follow(from, parent),
        // By name from the root, so that each directory above is judged as well.
        None => std::path::absolute(directory_of(path))
            .map_err(|source| LocateError::Io { path: full.to_owned(), source })
            .map(|absolute| {
                let below = absolute.strip_prefix("/").unwrap_or(&absolute);
                Directory::root().map_err(Stop::from).and_then(|root| way.follow(root, below))
            })?,
    };
    let directory = directory.map_err(|stop| failed(stop, full))?;
    Ok((directory, name.to_owned()))
}

/// Goes where a symlink at `target` leads, and makes sure that something is there.
fn follow(
    way: &mut Way,
    at: Directory,
    link: &Path,
    target: &Path,
    next: &Path,
) -> Result<(Directory, OsString), LocateError> {
    let dangling = || LocateError::Dangling { link: target.to_owned(), target: next.to_owned() };
    let (directory, name) = match enter(way, Some(at), link, next) {
        Err(LocateError::NoDirectory { .. }) => return Err(dangling()),
        other => other?,
    };
    match sys::stat_at(&directory.open, &name) {
        Ok(_) => Ok((directory, name)),
        Err(Errno::NOENT) => Err(dangling()),
        Err(errno) => Err(failed(errno.into(), next)),
    }
}

/// What a stop says of the directory of `path`, or of `path` itself.
fn failed(stop: Stop, path: &Path) -> LocateError {
    let errno = match stop {
        Stop::Errno(errno) => errno,
        Stop::Refused(refusal) => return LocateError::Refused(refusal),
    };
    let directory = directory_of(path).to_owned();
    match errno {
        Errno::NOENT => LocateError::NoDirectory { path: directory },
        Errno::NOTDIR => LocateError::NotADirectory { path: directory },
        Errno::LOOP => LocateError::TooManyLinks { path: path.to_owned() },
        Errno::ACCESS | Errno::PERM => LocateError::Denied { path: directory, source: errno.into() },
        _ => LocateError::Io { path: path.to_owned(), source: errno.into() },
    }
}

/// The last component, unless it is one that means a directory: `a/`, `a/.`, `a/..`, `/` or nothing.
fn file_name(path: &Path) -> Option<&OsStr> {
    let name = path.file_name()?;
    // `Path` forgets a trailing slash or dot, and the kernel does not.
    path.as_os_str().as_bytes().ends_with(name.as_bytes()).then_some(name)
}

pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
