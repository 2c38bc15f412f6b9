//! The directories on the way to a config file.

use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use crate::remedy::{Step, remedy};
use crate::show::shown;
use crate::sys::{self, Errno};
use crate::trust::{Refusal, Trust};
use crate::way::{Directory, Stop, Way};

/// Why directories could not be made. Those on the way that were made stay.
///
/// ```
/// use config_fs::{CreateDirectoriesError, create_directories};
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// std::fs::write(directory.join("gateway"), "a file")?;
/// let error = create_directories(&directory.join("gateway/config")).unwrap_err();
/// assert!(matches!(error, CreateDirectoriesError::NotADirectory { .. }), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum CreateDirectoriesError {
    /// Something on the way is there and is no directory, or is a symlink to nowhere.
    #[error("{} exists and is not a directory; move it away or correct the path", shown(.path))]
    NotADirectory {
        /// What is there.
        path: PathBuf,
    },
    /// Others could put another directory into its place.
    #[error(transparent)]
    Refused(Refusal),
    /// Anything else that the kernel said.
    #[error("cannot make the directory {}; {}", shown(.path), remedy(.source, Step::CreateTemporary))]
    Io {
        /// The directory.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

/// [`create_directories_with`], whom to trust being the default.
pub fn create_directories(path: &Path) -> Result<(), CreateDirectoriesError> {
    create_directories_with(path, Trust::default())
}

/// Makes a directory and what is missing on the way to it, each with mode 0700 whatever the umask is, in directories of
/// users that are trusted only: each is opened and judged before anything is made in it.
///
/// Each new directory and the one that holds it is fsynced, so that on return they outlast a power loss; before that,
/// a crash leaves some first part of them. The name of the last one that was there is synced too: it may be what such a
/// crash left. Directories that were there are left as they are, and nothing is made where a symlink leads nowhere. Another
/// program that makes the same ones at the same time is no error.
pub fn create_directories_with(path: &Path, trust: Trust) -> Result<(), CreateDirectoriesError> {
    let mut way = Way::making(trust);
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let absolute = std::path::absolute(path);
    let absolute = absolute.map_err(|source| CreateDirectoriesError::Io { path: path.to_owned(), source })?;
    let last = Directory::root().map_err(Stop::from).and_then(|root| way.follow(root, &absolute));
    let last = last.map_err(|stop| failed(stop, way.at()))?;
    if !way.has_made() {
        sync_name(&last.open).map_err(|errno| failed(errno.into(), &absolute))?;
    }
    Ok(())
}

/// Whoever made this directory may have died, or failed, before its name was durable. Where this user may not look, or
/// nothing can be written, it is not of such a one.
pub(crate) fn sync_name(directory: impl AsFd) -> sys::Result<()> {
    let done = sys::open_directory(directory, Path::new("..")).and_then(sys::sync);
    match done {
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::INVAL | Errno::NOENT) => Ok(()),
        other => other,
    }
}

/// Makes `name`, and makes it and the directory that it is in durable.
pub(crate) fn make(parent: impl AsFd, name: &OsStr) -> sys::Result<()> {
    match sys::make_directory(&parent, name) {
        Ok(()) => {
            let directory = match sys::open_subdirectory(&parent, name) {
                // A umask such as 0777 shut us out of it.
                Err(Errno::ACCESS) => {
                    sys::make_directory_private_at(&parent, name)?;
                    sys::open_subdirectory(&parent, name)?
                }
                other => other?,
            };
            sys::make_directory_private(&directory)?;
            sys::sync(&directory)?;
        }
        // Another program's new one: who made it may not have come to its fsync.
        Err(Errno::EXIST) => {
            if let Ok(directory) = sys::open_subdirectory(&parent, name) {
                sys::sync(directory)?;
            }
        }
        Err(errno) => return Err(errno),
    }
    sys::sync(parent)
}

fn failed(stop: Stop, path: &Path) -> CreateDirectoriesError {
    let path = path.to_owned();
    match stop {
        Stop::Refused(refusal) => CreateDirectoriesError::Refused(refusal),
        Stop::Errno(Errno::NOTDIR) => CreateDirectoriesError::NotADirectory { path },
        Stop::Errno(errno) => CreateDirectoriesError::Io { path, source: errno.into() },
    }
}
