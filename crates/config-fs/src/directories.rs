//! The directories on the way to a config file.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use crate::remedy::{Step, remedy};
use crate::show::shown;
use crate::sys::{self, Errno};

/// Why directories could not be made. Those on the way that were made stay.
#[derive(Debug, thiserror::Error)]
pub enum CreateDirectoriesError {
    /// Something on the way is there and is no directory, or is a symlink to nowhere.
    #[error("{} exists and is not a directory; move it away or correct the path", shown(.path))]
    NotADirectory {
        /// What is there.
        path: PathBuf,
    },
    /// Anything else that the kernel said.
    #[error("cannot make the directory {}; {}", shown(.path), remedy(.source, Step::CreateTemporary))]
    Io {
        /// The directory.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

/// Makes a directory and what is missing on the way to it, each with mode 0700 whatever the umask is.
///
/// Each new directory and the one that holds it is fsynced, so that on return they outlast a power loss; before that,
/// a crash leaves some first part of them. The name of the last one that was there is synced too: it may be what such a
/// crash left. Directories that were there are left as they are. Another program that makes the same ones at the same
/// time is no error.
pub fn create_directories(path: &Path) -> Result<(), CreateDirectoriesError> {
    let mut missing = Vec::new();
    let mut base = path;
    let mut directory = loop {
        let here = if base.as_os_str().is_empty() { Path::new(".") } else { base };
        match sys::open_directory(sys::CWD, here) {
            Ok(directory) => break directory,
            // A file on the way is found, and named, on the way back down.
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(errno) => return Err(failed(errno, here)),
        }
        // Neither `/` nor `.` is ever missing, but the current directory may have been removed.
        let (Some(last), Some(parent)) = (base.components().next_back(), base.parent()) else {
            return Err(failed(Errno::NOENT, here));
        };
        missing.push((base, last.as_os_str()));
        base = parent;
    };
    sync_name(&directory).map_err(|errno| failed(errno, base))?;
    for (path, name) in missing.into_iter().rev() {
        directory = descend(&directory, name).map_err(|errno| failed(errno, path))?;
    }
    Ok(())
}

/// Whoever made this directory may have died, or failed, before its name was durable. Where this user may not look, or
/// nothing can be written, it is not of such a one.
fn sync_name(directory: &OwnedFd) -> sys::Result<()> {
    let done = sys::open_directory(directory, Path::new("..")).and_then(sys::sync);
    match done {
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::INVAL | Errno::NOENT) => Ok(()),
        other => other,
    }
}

/// Makes `name`, opens it, and makes both ends durable.
fn descend(parent: &OwnedFd, name: &OsStr) -> sys::Result<OwnedFd> {
    let directory = match sys::make_directory(parent, name) {
        Ok(()) => open_new(parent, name)?,
        Err(Errno::EXIST) => open_existing(parent, name)?,
        Err(errno) => return Err(errno),
    };
    // Another program's new directory too: who made it may not have come to its fsync.
    sys::sync(&directory)?;
    sys::sync(parent)?;
    Ok(directory)
}

fn open_new(parent: &OwnedFd, name: &OsStr) -> sys::Result<OwnedFd> {
    let directory = match sys::open_directory(parent, Path::new(name)) {
        // A umask such as 0777 shut us out of it.
        Err(Errno::ACCESS) => {
            sys::make_directory_private_at(parent, name)?;
            sys::open_directory(parent, Path::new(name))?
        }
        other => other?,
    };
    sys::make_directory_private(&directory)?;
    Ok(directory)
}

fn open_existing(parent: &OwnedFd, name: &OsStr) -> sys::Result<OwnedFd> {
    sys::open_directory(parent, Path::new(name)).map_err(|errno| match errno {
        // The name is taken and leads nowhere: a dangling symlink.
        Errno::NOENT => Errno::NOTDIR,
        other => other,
    })
}

fn failed(errno: Errno, path: &Path) -> CreateDirectoriesError {
    let path = path.to_owned();
    match errno {
        Errno::NOTDIR => CreateDirectoriesError::NotADirectory { path },
        _ => CreateDirectoriesError::Io { path, source: errno.into() },
    }
}
