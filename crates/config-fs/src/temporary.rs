//! The temporary file of a save: private and durable before it gets the name.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::locate::ConfigFile;
use crate::names;
use crate::remedy::Step;
use crate::stamp::Stamp;
use crate::sys::{self, Errno, Meta};

/// How many names are tried for a temporary file. A second one is needed about once in 2^64 times.
const MOST_NAMES: usize = 16;

/// What a rename says only when it has done nothing: a mount point, another mount, flags, permissions, kinds, room, and
/// what this file system cannot do. After anything else, such as an answer that a file server lost, both names are looked
/// at.
const NOTHING_DONE: [Errno; 14] = [
    Errno::BUSY,
    Errno::XDEV,
    Errno::PERM,
    Errno::ACCESS,
    Errno::ROFS,
    Errno::ISDIR,
    Errno::NOTDIR,
    Errno::NOSPC,
    Errno::DQUOT,
    Errno::LOOP,
    Errno::NAMETOOLONG,
    Errno::MLINK,
    Errno::OPNOTSUPP,
    Errno::NOSYS,
];

/// A whole, private and durable file under a temporary name. Dropped before it is placed, it is removed.
#[derive(Debug)]
pub(crate) struct Temporary<'a> {
    file: &'a ConfigFile,
    name: OsString,
    open: OwnedFd,
    meta: Meta,
    placed: bool,
}

/// What failed, before a path is attached.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) step: Step,
    pub(crate) source: io::Error,
}

impl Failure {
    pub(crate) fn at(step: Step) -> impl Fn(Errno) -> Self {
        move |errno| Self { step, source: errno.into() }
    }
}

/// Why a temporary file did not get its name.
#[derive(Debug)]
pub(crate) enum Unplaced {
    /// The name is taken, and was not to be replaced.
    Taken,
    /// It is certain that it was not.
    Failed(Failure),
    /// An error, and yet it has the name.
    Visible(io::Error),
    /// It cannot be told.
    Unknown(io::Error),
}

/// What a name may be taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// A file that has it, if any.
    Anything,
    /// Nobody.
    Nothing,
}

impl<'a> Temporary<'a> {
    /// Steps 4 to 7: made, mode 0600, given to `owner`, and only then written and synced.
    pub(crate) fn write(file: &'a ConfigFile, owner: Option<&Meta>, bytes: &[u8]) -> Result<Self, Failure> {
        let (name, open) =
            create_in(file.directory(), file.name()).map_err(Failure::at(Step::CreateTemporary))?;
        // From here on it is removed whatever happens.
        let mut temporary = match sys::stat(&open) {
            Ok(meta) => Self { file, name, open, meta, placed: false },
            Err(errno) => {
                sys::unlink(file.directory(), &name).ok();
                return Err(Failure::at(Step::CreateTemporary)(errno));
            }
        };
        temporary.make_private()?;
        if let Some(owner) = owner {
            temporary.give_to(owner)?;
        }
        write_all(&temporary.open, bytes)?;
        // Never tried again: the kernel has then forgotten what it did not write. A new save is a new file.
        sys::sync(&temporary.open).map_err(Failure::at(Step::SyncFile))?;
        temporary.meta = sys::stat(&temporary.open).map_err(Failure::at(Step::SyncFile))?;
        Ok(temporary)
    }

    /// Before anything is written. A file system that takes the call and keeps no modes would show the content to others.
    fn make_private(&mut self) -> Result<(), Failure> {
        sys::make_private(&self.open).map_err(Failure::at(Step::SetMode))?;
        self.meta = sys::stat(&self.open).map_err(Failure::at(Step::SetMode))?;
        if self.meta.is_private() { Ok(()) } else { Err(Failure::at(Step::SetMode)(Errno::OPNOTSUPP)) }
    }

    /// The owner must be kept, so that whoever read the file still can. The group has no permission either way, and not
    /// everyone may give it: it is kept where it can be.
    fn give_to(&self, owner: &Meta) -> Result<(), Failure> {
        if (owner.uid, owner.gid) == (self.meta.uid, self.meta.gid) {
            return Ok(());
        }
        match sys::change_owner(&self.open, owner.uid, owner.gid) {
            Err(errno) if owner.uid != self.meta.uid => Err(Failure::at(Step::KeepOwner)(errno)),
            _ => Ok(()),
        }
    }

    /// Step 8: gives it the name. Durable only when the directory is synced.
    pub(crate) fn place(&mut self, name: &OsStr, over: Over) -> Result<(), Unplaced> {
        let directory = self.file.directory();
        let result = match over {
            Over::Anything => sys::rename(directory, &self.name, name),
            Over::Nothing => match sys::rename_new(directory, &self.name, name) {
                Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => self.link(name),
                other => other,
            },
        };
        match result {
            Ok(()) => {
                self.placed = true;
                Ok(())
            }
            // A file server that lost its answer and was asked again says this of our own file: the one name is taken,
            // the other one gone.
            Err(Errno::EXIST | Errno::NOENT) if self.has_name(name) == Ok(true) => {
                self.placed = true;
                Ok(())
            }
            Err(Errno::EXIST) if over == Over::Nothing => Err(Unplaced::Taken),
            Err(errno) if NOTHING_DONE.contains(&errno) => {
                Err(Unplaced::Failed(Failure::at(Step::Rename)(errno)))
            }
            Err(errno) => Err(self.what_happened(name, errno)),
        }
    }

    /// What is under the name now, for the next comparison.
    pub(crate) fn stamp(&self) -> Stamp {
        let stamp = Stamp::of(&self.meta);
        // Without it the next look differs, which costs one reading.
        sys::stat(&self.open).map_or(stamp, |now| stamp.renamed(&now))
    }

    /// [`place`](Self::place) over nothing where the file system has no such rename. A crash between the two calls
    /// leaves the file with two names, of which the sweep removes the temporary one.
    fn link(&self, name: &OsStr) -> sys::Result<()> {
        sys::link(self.file.directory(), &self.name, name)?;
        sys::unlink(self.file.directory(), &self.name).ok();
        Ok(())
    }

    /// Failed only if it is certain: the file has its temporary name still.
    fn what_happened(&mut self, name: &OsStr, errno: Errno) -> Unplaced {
        if self.has_name(name) == Ok(true) {
            self.placed = true;
            return Unplaced::Visible(errno.into());
        }
        match self.has_name(&self.name) {
            Ok(true) => Unplaced::Failed(Failure::at(Step::Rename)(errno)),
            // Neither name: another program removed the temporary file, and the kernel found nothing to rename.
            Err(Errno::NOENT) if errno == Errno::NOENT => Unplaced::Failed(Failure::at(Step::Rename)(errno)),
            _ => Unplaced::Unknown(errno.into()),
        }
    }

    fn has_name(&self, name: &OsStr) -> sys::Result<bool> {
        sys::stat_at(self.file.directory(), name).map(|named| named.is_same_file(&self.meta))
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.placed {
            // What remains after an error here is removed by the next sweep.
            sys::unlink(self.file.directory(), &self.name).ok();
        }
    }
}

/// A file under a temporary name of the file `name`, in whichever directory.
pub(crate) fn create_in(directory: impl AsFd, name: &OsStr) -> sys::Result<(OsString, OwnedFd)> {
    for _ in 0..MOST_NAMES {
        let name = names::temporary(name, sys::random()?);
        match sys::create(&directory, &name) {
            Err(Errno::EXIST) => {}
            other => return other.map(|open| (name, open)),
        }
    }
    Err(Errno::EXIST)
}

pub(crate) fn write_all(open: &OwnedFd, mut bytes: &[u8]) -> Result<(), Failure> {
    while !bytes.is_empty() {
        let written = sys::write(open, bytes).map_err(Failure::at(Step::Write))?;
        if written == 0 {
            // Not an error of the kernel, and no progress: going on would go on for ever.
            return Err(Failure { step: Step::Write, source: io::ErrorKind::WriteZero.into() });
        }
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// File systems without `RENAME_NOREPLACE` are rare, so the way round it is tried here.
    #[test]
    fn a_link_takes_a_free_name_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        let file = ConfigFile::locate(&path).unwrap();
        let mut first = Temporary::write(&file, None, b"first").unwrap();
        let second = Temporary::write(&file, None, b"second").unwrap();
        first.link(file.name()).unwrap();
        first.placed = true;
        assert_eq!(second.link(file.name()), Err(Errno::EXIST));
        drop((first, second));
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_error_that_says_nothing_is_looked_into() {
        let directory = tempfile::tempdir().unwrap();
        let file = ConfigFile::locate(directory.path().join("config.json")).unwrap();
        let mut temporary = Temporary::write(&file, None, b"new").unwrap();
        assert!(matches!(temporary.what_happened(file.name(), Errno::IO), Unplaced::Failed(_)));
        temporary.place(file.name(), Over::Anything).unwrap();
        assert!(matches!(temporary.what_happened(file.name(), Errno::IO), Unplaced::Visible(_)));
    }
}
