//! What a person can do about an error of the kernel.

use std::fmt::{self, Display, Formatter};
use std::io;

use crate::sys::Errno;

/// The step of a save at which it failed. Displayed to follow "could not".
///
/// ```
/// use config_fs::{ReplaceError, Step};
///
/// /// For a program that has to tell its own about a failed save.
/// fn where_it_failed(error: &ReplaceError) -> Option<&'static str> {
///     match error {
///         ReplaceError::NotSaved { step, .. } | ReplaceError::VisibleNotDurable { step, .. } => Some(step.name()),
///         _ => None,
///     }
/// }
/// assert_eq!(Step::SyncDirectory.name(), "sync-directory");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Opening or making the lock file, and taking the lock.
    Lock,
    /// Making what is in the file already durable.
    SyncTarget,
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
            Self::Lock => "lock",
            Self::SyncTarget => "sync-target",
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
            Self::Lock => "lock it",
            Self::SyncTarget => "sync it",
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
        Errno::NOSPC => "free some space on its file system, or inodes if `df -i` shows none",
        Errno::DQUOT => "free some space, or have the quota raised",
        Errno::ROFS => {
            "its file system is read-only: mount it read-write, or change the file where it comes from"
        }
        Errno::ACCESS | Errno::PERM => denied(errno, step),
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
        Errno::NOMEM => "there is too little memory for it: make the file smaller, or lower the limit",
        Errno::NOENT if step == Step::Rename => {
            "another program removed the temporary file: exempt `.*.tmp` from what cleans up there, and try again"
        }
        Errno::NOENT => "its directory was removed: make it again and open it anew",
        Errno::STALE | Errno::TIMEDOUT | Errno::INTR => {
            "its file server did not answer: try again when it does"
        }
        Errno::NOTCONN | Errno::CONNABORTED | Errno::REMOTEIO => {
            "the program that serves its file system is gone: mount it again"
        }
        Errno::AGAIN => "another program holds a lease on it: try again",
        Errno::EXIST => "every name that was tried is taken: remove old copies",
        Errno::INVAL if step == Step::KeepOwner => {
            "its owner has no number in this user namespace: map it, or run this outside of the container"
        }
        Errno::OPNOTSUPP if step == Step::SetMode => NO_MODES,
        Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP => {
            "its file system cannot do this: keep the file on a local one such as ext4, xfs or btrfs"
        }
        _ => "see the cause",
    }
}

const NO_MODES: &str = "its file system keeps no modes, so that others could read it: keep the file on one that does, such as ext4";

/// EACCES and EPERM mean something else at each step: what was asked of a name, of an owner, or of a file that is open.
fn denied(errno: Errno, step: Step) -> &'static str {
    match (step, errno) {
        (Step::KeepOwner, _) => {
            "only root may keep another user's file theirs: run this as its owner or as root"
        }
        (Step::SetMode, _) => NO_MODES,
        (Step::Write | Step::SyncFile | Step::SyncTarget | Step::SyncDirectory, _) => {
            "a security module or an expired ticket of its file server forbids it: look into the audit log"
        }
        (Step::Lock, Errno::ACCESS) => {
            "give this user write permission on it, or on its directory where it is missing"
        }
        (_, Errno::ACCESS) => "give this user write permission on its directory",
        _ => {
            "look for the immutable and append-only flags with `lsattr -d` and take them off with `chattr -ia`"
        }
    }
}
