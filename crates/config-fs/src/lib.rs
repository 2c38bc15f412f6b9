#![doc = include_str!("../README.md")]
//!
//! # What a crash leaves
//!
//! The steps of [`Locked::replace`], and what is on disk when the program dies or the power fails in or after each:
//!
//! | Step | System call | After a crash | After an error |
//! |---|---|---|---|
//! | take the lock | `flock` | the old bytes; the lock is free | [`LockError`] |
//! | look at the file, sweep | `fstatat`, `unlinkat` | the old bytes | [`ReplaceError::NotSaved`] |
//! | make a temporary file | `openat(O_EXCL, 0600)` | the old bytes, an empty temporary file | `NotSaved` |
//! | mode, then owner | `fchmod(0600)`, `fchown` | the same | `NotSaved` |
//! | write | `write` | the old bytes, part of a temporary file | `NotSaved` |
//! | sync it | `fsync` | the old bytes, a whole temporary file | `NotSaved`; never tried again |
//! | compare with what was read | `fstatat` | the same | [`ReplaceError::Changed`], `LockLost` |
//! | rename | `renameat` | old or new bytes, whole | `NotSaved`, or by both names `VisibleNotDurable` or [`ReplaceError::Unknown`] |
//! | sync the directory | `fsync` | the new bytes | [`ReplaceError::VisibleNotDurable`] |
//! | return `Ok` | | **the new bytes** | |
//!
//! A temporary file that a crash left is removed by the next save or by [`ConfigFile::recover`]; after an error it is
//! removed at once. At no instant has a file with content a mode wider than 0600.
//!
//! [`Locked::keep`] syncs nothing: a crash of the program leaves the entry whole or a temporary file in the [`History`], which the
//! next `keep` removes; a power loss may also leave it empty or take it, until the kernel has written it or [`History::sync`] has.
//!
//! # Limitations
//!
//! - The lock is advisory. Editors, `cp` and shell redirections take none. What they saved before the last comparison
//!   is kept ([`ReplaceError::Changed`]); what they save between it and the rename, microseconds later, is lost. So is
//!   what a program writes in place, however much later, through a descriptor that it opened before the rename.
//! - Syncing a directory makes every rename in it durable, also that of an editor which did not sync its file: on some file
//!   systems that file is empty after a power loss. Where such a save is seen, its content is synced too; one that comes in
//!   the microseconds between a save's rename and the sync of the directory is not.
//! - Whoever removes the lock file while it is held lets a second holder in. That is noticed just before the rename
//!   ([`ReplaceError::LockLost`]), but for the same microseconds.
//! - Two changes of equal size within one tick of the kernel's clock cannot be told apart by [`Stamp`] if they are made
//!   in place. (A save by rename is a new inode and is seen.)
//! - Durability ends where the hardware lies: a disk that acknowledges a flush it did not do loses what it likes.
//! - On NFS, locks are as good as its lock server, and another client may see an old file for its attribute cache time.
//! - A single file that is bind-mounted into a container cannot be replaced: the kernel says EBUSY, and nothing is
//!   written in place instead. Mount its directory.
//! - A replaced file is a new inode: hard links to it keep the old bytes; extended attributes and access control lists
//!   are not carried over, nor is a mode other than 0600.
//! - Over `ulimit -f` the kernel sends SIGXFSZ, which ends a program that neither ignores nor catches it; the old bytes
//!   stay.
//! - Two names in one directory that agree in their first 233 bytes share a lock.
//! - Linux only, on 64-bit.
#![forbid(unsafe_code)]

mod closing;
mod concern;
mod copy;
mod directories;
mod doubt;
mod file_kind;
mod file_system;
mod history;
mod inspect;
mod keep;
mod kept_entry;
mod locate;
mod lock;
mod mend;
mod meta;
mod names;
mod namespace;
mod passed;
mod read;
mod refusal;
mod remedy;
mod replace;
mod saving;
mod show;
mod stamp;
mod survey;
mod sweep;
mod sys;
mod temporary;
mod trust;
mod way;

pub use crate::concern::{Concern, Identity, WarnedOnce};
pub use crate::directories::{CreateDirectoriesError, create_directories, create_directories_with};
pub use crate::file_system::{FileSystem, FileSystemKind};
pub use crate::history::{History, HistoryError};
pub use crate::inspect::{FileStatus, Inspection, LockState};
pub use crate::keep::{Keep, Kept};
pub use crate::kept_entry::KeptEntry;
pub use crate::locate::{ConfigFile, LocateError};
pub use crate::lock::{LockError, Locked, Wait};
pub use crate::mend::Fix;
pub use crate::passed::Passed;
pub use crate::read::{Contents, ReadError};
pub use crate::remedy::Step;
pub use crate::replace::ReplaceError;
pub use crate::saving::Saving;
pub use crate::show::{is_deceptive, quoted, shown};
pub use crate::stamp::Stamp;
pub use crate::survey::HistoryStatus;
pub use crate::sweep::{RecoverError, Recovery};
pub use crate::trust::{FileKind, Refusal, Trust};
