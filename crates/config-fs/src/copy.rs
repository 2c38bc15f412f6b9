//! Durable copies beside the file.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use crate::lock::Locked;
use crate::names;
use crate::remedy::Step;
use crate::replace::{Expect, ReplaceError};
use crate::sys::{self, Errno};
use crate::temporary::{Failure, Over, Temporary, Unplaced};

/// How many names are tried for a copy.
const MOST_COPIES: usize = 100;

/// What has a copy's name.
enum Holder {
    Nobody,
    /// The same bytes, as private as we would have made them.
    Same,
    Other,
}

impl Locked<'_> {
    /// Keeps `bytes` in a file beside the target, `NAME.SUFFIX`, with mode 0600 and durable on return; returns its
    /// path.
    ///
    /// What has that name already is never lost. If it is the same bytes, they are written anew, so that they are known to
    /// be durable; otherwise the copy is `NAME.SUFFIX.1` and so on, up to 99. A crash leaves the whole copy or none. The
    /// suffix may not hold a slash.
    ///
    /// It belongs to the owner of the target. If that is not what was [read](Self::read) any more, nothing is kept
    /// ([`ReplaceError::Changed`]).
    pub fn keep_copy(&mut self, suffix: &str, bytes: &[u8]) -> Result<PathBuf, ReplaceError> {
        let path = self.file.sibling(&names::with_suffix(self.file.name(), suffix));
        let not_saved =
            |source| ReplaceError::NotSaved { step: Step::CreateTemporary, path: path.clone(), source };
        if suffix.is_empty() || suffix.len() > 100 || suffix.contains(['/', '\0']) {
            return Err(not_saved(io::Error::new(io::ErrorKind::InvalidInput, "no suffix for a file name")));
        }
        for number in 0..MOST_COPIES {
            let suffix = if number == 0 { suffix.to_owned() } else { format!("{suffix}.{number}") };
            let name = names::with_suffix(self.file.name(), &suffix);
            match self.holder(&name, bytes).map_err(ReplaceError::not_saved(&path))? {
                Holder::Nobody if self.place_copy(&name, bytes, Over::Nothing)? => {
                    return Ok(self.file.sibling(&name));
                }
                // It may be one whose sync failed: only a new file is known to be durable.
                Holder::Same if self.place_copy(&name, bytes, Over::Anything)? => {
                    return Ok(self.file.sibling(&name));
                }
                Holder::Nobody | Holder::Same | Holder::Other => {}
            }
        }
        Err(not_saved(Errno::EXIST.into()))
    }

    /// Whether the name was free.
    fn place_copy(&self, name: &OsStr, bytes: &[u8], over: Over) -> Result<bool, ReplaceError> {
        let path = self.file.sibling(name);
        // Its owner gets the copy: of no other file than the one that was read.
        let owner = self.check(Expect::Seen(self.seen), Step::StatTarget)?;
        let mut temporary =
            Temporary::write(self.file, owner.as_ref(), bytes).map_err(ReplaceError::not_saved(&path))?;
        let result = match temporary.place(name, over) {
            Ok(()) => sys::sync(self.file.directory()).map_err(Failure::at(Step::SyncDirectory)),
            Err(Unplaced::Taken) => return Ok(false),
            Err(Unplaced::Failed(failure)) => return Err(ReplaceError::not_saved(&path)(failure)),
            Err(Unplaced::Visible(source)) => Err(Failure { step: Step::Rename, source }),
            Err(Unplaced::Unknown(source)) => return Err(ReplaceError::Unknown { path, source }),
        };
        match result {
            Ok(()) => Ok(true),
            Err(Failure { step, source }) => Err(ReplaceError::VisibleNotDurable { step, path, source }),
        }
    }

    /// What has the name.
    fn holder(&self, name: &OsStr, bytes: &[u8]) -> Result<Holder, Failure> {
        let directory = self.file.directory();
        let open = match sys::open_to_read(directory, name) {
            Ok(open) => open,
            Err(Errno::NOENT) => return Ok(Holder::Nobody),
            // A symlink, another user's file, a socket: not ours to judge, and not to be replaced.
            Err(Errno::LOOP | Errno::ACCESS | Errno::PERM | Errno::NXIO | Errno::NODEV) => {
                return Ok(Holder::Other);
            }
            Err(errno) => return Err(Failure::at(Step::Compare)(errno)),
        };
        let meta = sys::stat(&open).map_err(Failure::at(Step::Compare))?;
        let private = meta.kind == crate::FileKind::Regular && meta.is_private();
        if !private || meta.size != bytes.len() as u64 {
            return Ok(Holder::Other);
        }
        // Of equal sizes: one byte more is asked for, in case it grew.
        let mut found = Vec::with_capacity(bytes.len() + 1);
        while found.len() <= bytes.len() {
            let offset = found.len() as u64;
            if sys::read_at(&open, &mut found, offset).map_err(Failure::at(Step::Compare))? == 0 {
                break;
            }
        }
        Ok(if found == bytes { Holder::Same } else { Holder::Other })
    }
}
