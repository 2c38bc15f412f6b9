//! What a person can do about an error of the kernel.

use std::fmt::{self, Display, Formatter};
use std::io;

use crate::sys::Errno;

/// The step of a save at which it failed. Displayed to follow "could not".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Looking at what is there, before anything is done.
    StatTarget,
    /// Removing what a crashed save left.
    Sweep,
    /// Making the temporary file.
    CreateTemporary,
    /// Giving it the owner that the file has.
    KeepOwner,
    /// Making its mode 0600.
    SetMode,
    /// Writing the content to it.
    Write,
    /// Making the content durable.
    SyncFile,
    /// Looking again at what is there, just before it is replaced.
    Compare,
    /// Renaming the temporary file to the file's name.
    Rename,
    /// Making the names in the directory durable.
    SyncDirectory,
}

impl Step {
    /// For programs: the name that `configctl --json` prints, such as `sync-file`.
    pub fn name(self) -> &'static str {
        match self {
            Self::StatTarget => "stat-target",
            Self::Sweep => "sweep",
            Self::CreateTemporary => "create-temporary",
            Self::KeepOwner => "keep-owner",
            Self::SetMode => "set-mode",
            Self::Write => "write",
            Self::SyncFile => "sync-file",
            Self::Compare => "compare",
            Self::Rename => "rename",
            Self::SyncDirectory => "sync-directory",
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatTarget => "look at it",
            Self::Sweep => "remove dead temporary files",
            Self::CreateTemporary => "create a temporary file beside it",
            Self::KeepOwner => "keep its owner",
            Self::SetMode => "set mode 0600",
            Self::Write => "write the temporary file",
            Self::SyncFile => "sync the temporary file",
            Self::Compare => "compare it with what was read",
            Self::Rename => "rename the temporary file over it",
            Self::SyncDirectory => "sync its directory",
        })
    }
}

/// A sentence part, in the imperative, for an error at a step.
pub(crate) fn remedy(source: &io::Error, step: Step) -> &'static str {
    let Some(errno) = Errno::from_io_error(source) else {
        return "see the cause";
    };
    match errno {
        Errno::NOSPC => "free some space on its file system",
        Errno::DQUOT => "free some space, or have the quota raised",
        Errno::ROFS => {
            "its file system is read-only: mount it read-write, or change the file where it comes from"
        }
        Errno::ACCESS => "give this user write permission on its directory",
        Errno::PERM if step == Step::KeepOwner => {
            "only root may keep another user's file theirs: run this as its owner or as root"
        }
        Errno::PERM => "look for the immutable flag with `lsattr -d` and take it off with `chattr -i`",
        Errno::BUSY => {
            "it is a mount point, such as a single file bind-mounted into a container: mount its directory instead"
        }
        Errno::ISDIR => "a directory has taken its place: move it away",
        Errno::XDEV => "it is on another mount than its directory: mount the directory instead",
        Errno::LOOP => "a symlink has taken its place: open it again",
        Errno::IO => "the device failed: read the kernel's log with `dmesg` before trying again",
        Errno::FBIG => "raise the limit on file size, `ulimit -f`",
        Errno::MFILE | Errno::NFILE => "raise the limit on open files, `ulimit -n`",
        Errno::NAMETOOLONG => "give it a shorter name",
        Errno::NOENT => "its directory was removed: make it again and open it anew",
        Errno::STALE | Errno::TIMEDOUT | Errno::INTR => {
            "its file server did not answer: try again when it does"
        }
        Errno::EXIST => "every name that was tried is taken: remove old copies",
        Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP => {
            "its file system cannot do this: keep the file on a local one such as ext4, xfs or btrfs"
        }
        Errno::NOMEM => "free some memory",
        _ => "see the cause",
    }
}
