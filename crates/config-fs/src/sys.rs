//! One function per system call, its errnos explained. Nothing else in this crate calls the kernel, so that a fault
//! has one place to be injected.
//!
//! A call that a signal interrupted is made again where that is harmless. `fsync` and `rename` are not: after an
//! error, the kernel has already forgotten which pages it lost, or may already have renamed.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, FlockOperation, Mode, OFlags, RenameFlags, StatxAttributes, StatxFlags};
use rustix::io::retry_on_intr;
use rustix::process::{Gid, Uid};

pub(crate) use rustix::fs::CWD;
pub(crate) use rustix::io::{Errno, Result};

pub(crate) use crate::meta::{Links, Meta};

/// 0600: what every file with content has, from before its first byte.
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);
/// 0700: what every directory that this crate makes has.
const PRIVATE_DIRECTORY: Mode = Mode::RWXU;

/// `openat` of a directory, to be held: readable, since `fsync` on an `O_PATH` descriptor is EBADF. Follows symlinks.
///
/// ENOENT: missing, or a link on the way to nowhere. ENOTDIR: something else is there. EACCES: may not be read, or a
/// directory on the way not searched. ELOOP: more links on the way than the kernel follows.
pub(crate) fn open_directory(at: impl AsFd, path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(&at, path, flags, Mode::empty()))
}

/// [`open_directory`] of one that may be searched and not read: names in it can be opened, but not listed, nor can it be
/// synced.
pub(crate) fn open_directory_to_search(at: impl AsFd, path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(&at, path, flags, Mode::empty()))
}

/// `openat` of a directory by its own name, not through a symlink. Opened to be read, not as `O_PATH`, which would not
/// mount what is mounted when it is first used.
///
/// ENOENT: no such name. ENOTDIR, ELOOP: it is something else, perhaps a symlink. EACCES: it may not be read, or the one that
/// it is in not searched.
pub(crate) fn open_subdirectory(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(&directory, name, flags, Mode::empty()))
}

/// [`open_subdirectory`] of one that may be searched and not read.
pub(crate) fn open_subdirectory_to_search(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(&directory, name, flags, Mode::empty()))
}

/// `openat` of whatever has this name, a symlink itself too, to be looked at and not read: neither waits nor fails for what
/// it is. ENOENT: no such name. EACCES: the directory may not be searched.
pub(crate) fn open_entry(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(&directory, name, flags, Mode::empty()))
}

/// `openat` of a file to read, which neither waits for a FIFO's writer nor takes a terminal nor follows a link.
///
/// ENOENT: no such name. EACCES, EPERM: may not be read. ELOOP: a symlink. ENXIO, ENODEV: a socket, or a device with
/// nothing behind it.
pub(crate) fn open_to_read(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    retry_on_intr(|| fs::openat(&directory, name, flags, Mode::empty()))
}

/// `openat` of a lock file that is there. Open for writing, which NFS asks of who wants an exclusive lock.
///
/// ENOENT: not made yet. ELOOP, EISDIR, ENXIO: not a regular file. EACCES: another user's. EROFS: may only be read.
pub(crate) fn open_lock(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    retry_on_intr(|| fs::openat(&directory, name, flags, Mode::empty()))
}

/// `openat` of a file that must not be there yet. `O_EXCL` also refuses a symlink, dangling or not.
///
/// EEXIST: the name is taken. EACCES, EPERM, EROFS: the directory takes no new names. ENOSPC, EDQUOT: no room for
/// one. ENOENT: the directory was removed.
pub(crate) fn create(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(&directory, name, flags, PRIVATE))
}

/// `mkdirat` with 0700, less the umask. EEXIST: something has this name, of whatever kind.
pub(crate) fn make_directory(parent: impl AsFd, name: &OsStr) -> Result<()> {
    retry_on_intr(|| fs::mkdirat(&parent, name, PRIVATE_DIRECTORY))
}

/// `fstat`. EIO and ESTALE, on a network file system only.
pub(crate) fn stat(file: impl AsFd) -> Result<Meta> {
    retry_on_intr(|| fs::fstat(&file)).map(|stat| Meta::of(&stat))
}

/// `fstatat` that does not follow a symlink. ENOENT: no such name. EACCES: the directory may not be searched.
pub(crate) fn stat_at(directory: impl AsFd, name: &OsStr) -> Result<Meta> {
    retry_on_intr(|| fs::statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW)).map(|stat| Meta::of(&stat))
}

/// `fstatat` that follows a symlink. ENOENT: it leads nowhere.
pub(crate) fn stat_beyond(directory: impl AsFd, name: &OsStr) -> Result<Meta> {
    retry_on_intr(|| fs::statat(&directory, name, AtFlags::empty())).map(|stat| Meta::of(&stat))
}

/// `statx`: what keeps a name from being replaced. Nothing, where the kernel does not tell. ENOENT: no such name.
pub(crate) fn hold(directory: impl AsFd, name: &OsStr) -> Result<Hold> {
    let asked = StatxFlags::empty();
    let told = retry_on_intr(|| fs::statx(&directory, name, AtFlags::SYMLINK_NOFOLLOW, asked))?;
    let has = |attribute| told.stx_attributes.contains(attribute);
    Ok(Hold {
        is_mount_point: has(StatxAttributes::MOUNT_ROOT),
        is_immutable: has(StatxAttributes::IMMUTABLE),
        is_append_only: has(StatxAttributes::APPEND),
    })
}

/// What keeps a name from being replaced, whoever asks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hold {
    /// Something is mounted right here.
    pub(crate) is_mount_point: bool,
    pub(crate) is_immutable: bool,
    pub(crate) is_append_only: bool,
}

/// `faccessat` of a directory: may this process make and rename names in it? EACCES, EROFS: no.
pub(crate) fn may_write(directory: impl AsFd) -> Result<()> {
    let access = fs::Access::WRITE_OK | fs::Access::EXEC_OK;
    retry_on_intr(|| fs::accessat(&directory, ".", access, AtFlags::EACCESS))
}

/// `readlinkat` of a symlink that [`open_entry`] opened.
pub(crate) fn read_link(link: impl AsFd) -> Result<PathBuf> {
    let target = retry_on_intr(|| fs::readlinkat(&link, "", Vec::new()))?;
    Ok(PathBuf::from(OsString::from_vec(target.into_bytes())))
}

/// `fstatfs`: is this on procfs, whose symlinks lead where their text does not say?
pub(crate) fn is_on_procfs(file: impl AsFd) -> Result<bool> {
    Ok(retry_on_intr(|| fs::fstatfs(&file))?.f_type == fs::PROC_SUPER_MAGIC)
}

/// `fstatfs`: the number of a type of file system.
pub(crate) fn file_system(file: impl AsFd) -> Result<u64> {
    let magic = retry_on_intr(|| fs::fstatfs(&file))?.f_type;
    // Some architectures have it as 32 bits with a sign.
    Ok(u64::from_ne_bytes(magic.to_ne_bytes()) & u64::from(u32::MAX))
}

/// The first half of a device's number.
pub(crate) fn major(dev: u64) -> u32 {
    fs::major(dev)
}

/// The second half of a device's number.
pub(crate) fn minor(dev: u64) -> u32 {
    fs::minor(dev)
}

/// `fstatvfs`: is the mount read-only, through which this was opened?
pub(crate) fn is_on_read_only_mount(file: impl AsFd) -> Result<bool> {
    Ok(retry_on_intr(|| fs::fstatvfs(&file))?.f_flag.contains(fs::StatVfsMountFlags::RDONLY))
}

/// `flock(LOCK_EX | LOCK_NB)`: whether the lock was had. ENOLCK: no memory for one, or no lock server.
/// EOPNOTSUPP, ENOSYS: this file system has none.
pub(crate) fn try_lock(file: impl AsFd) -> Result<bool> {
    match retry_on_intr(|| fs::flock(&file, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// `flock(LOCK_UN)`: lets go even while a child between fork and exec still has a copy of the descriptor.
pub(crate) fn unlock(file: impl AsFd) -> Result<()> {
    retry_on_intr(|| fs::flock(&file, FlockOperation::Unlock))
}

/// `fchown`. EPERM: only root gives a file away.
pub(crate) fn change_owner(file: impl AsFd, uid: u32, gid: u32) -> Result<()> {
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    retry_on_intr(|| fs::fchown(&file, Some(uid), Some(gid)))
}

/// `fchmod` to 0600, which also empties the mask of an access control list. EPERM: not ours, or no modes here.
pub(crate) fn make_private(file: impl AsFd) -> Result<()> {
    retry_on_intr(|| fs::fchmod(&file, PRIVATE))
}

/// `fchmod`, and for a descriptor of `O_PATH`, as of a file that its owner may not read, `chmod` of what procfs has for it: the
/// same file, whatever has its name by now. EPERM: not ours. ENOENT: there is no procfs.
pub(crate) fn change_mode(file: impl AsFd, mode: u32) -> Result<()> {
    let mode = Mode::from_raw_mode(mode);
    match retry_on_intr(|| fs::fchmod(&file, mode)) {
        Err(Errno::BADF) => {
            let path = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
            retry_on_intr(|| fs::chmodat(CWD, &path, mode, AtFlags::empty()))
        }
        other => other,
    }
}

/// `fchmod` to 0700.
pub(crate) fn make_directory_private(directory: impl AsFd) -> Result<()> {
    retry_on_intr(|| fs::fchmod(&directory, PRIVATE_DIRECTORY))
}

/// `fchmodat` to 0700, for a new directory that the umask left so closed that its maker cannot open it.
pub(crate) fn make_directory_private_at(parent: impl AsFd, name: &OsStr) -> Result<()> {
    retry_on_intr(|| fs::chmodat(&parent, name, PRIVATE_DIRECTORY, AtFlags::empty()))
}

/// `pread` into what room there is behind `bytes`: the number of bytes added, 0 at the end of the file. EIO: the device failed.
pub(crate) fn read_at(file: impl AsFd, bytes: &mut Vec<u8>, offset: u64) -> Result<usize> {
    retry_on_intr(|| rustix::io::pread(&file, rustix::buffer::spare_capacity(bytes), offset))
}

/// `write`: the number of bytes taken, which may be fewer. ENOSPC, EDQUOT: no room. EFBIG: over the file size limit.
pub(crate) fn write(file: impl AsFd, bytes: &[u8]) -> Result<usize> {
    retry_on_intr(|| rustix::io::write(&file, bytes))
}

/// `fsync`, once. Any error, EINTR too, means that some of it may never reach the disk, and a second call would
/// return 0 without having written it.
pub(crate) fn sync(file: impl AsFd) -> Result<()> {
    fs::fsync(file)
}

/// `renameat` within one directory, over what has the name. Nothing was done on EBUSY (a mount point), EPERM
/// (immutable), EISDIR, EXDEV, EACCES, EROFS and ENOSPC; after EINTR, EIO, ESTALE and ETIMEDOUT it may have been.
pub(crate) fn rename(directory: impl AsFd, from: &OsStr, to: &OsStr) -> Result<()> {
    fs::renameat(&directory, from, &directory, to)
}

/// `renameat2(RENAME_NOREPLACE)`. EEXIST: the name is taken. EINVAL, ENOSYS, EOPNOTSUPP: this file system or kernel
/// cannot.
pub(crate) fn rename_new(directory: impl AsFd, from: &OsStr, to: &OsStr) -> Result<()> {
    fs::renameat_with(&directory, from, &directory, to, RenameFlags::NOREPLACE)
}

/// `linkat` within one directory. EEXIST: the name is taken. EPERM, EOPNOTSUPP: no hard links here.
pub(crate) fn link(directory: impl AsFd, from: &OsStr, to: &OsStr) -> Result<()> {
    fs::linkat(&directory, from, &directory, to, AtFlags::empty())
}

/// `unlinkat`. ENOENT: no such name. EACCES, EPERM, EROFS: the directory keeps its names.
pub(crate) fn unlink(directory: impl AsFd, name: &OsStr) -> Result<()> {
    retry_on_intr(|| fs::unlinkat(&directory, name, AtFlags::empty()))
}

/// `unlinkat(AT_REMOVEDIR)`. ENOTEMPTY: something is in it.
pub(crate) fn remove_directory(directory: impl AsFd, name: &OsStr) -> Result<()> {
    retry_on_intr(|| fs::unlinkat(&directory, name, AtFlags::REMOVEDIR))
}

/// `getdents64` to the end: every name in a directory for which `wanted` says yes. Opens it anew, so that the offset
/// of the descriptor that is held does not move. ENOENT: the directory was removed.
///
/// Where it is allowed, without a new access time: that is a change of the directory, which each sync after it writes.
pub(crate) fn names(directory: impl AsFd, wanted: impl Fn(&OsStr) -> bool) -> Result<Vec<OsString>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let open = |flags| retry_on_intr(|| fs::openat(&directory, ".", flags, Mode::empty()));
    let opened = match open(flags | OFlags::NOATIME) {
        // It is another user's.
        Err(Errno::PERM) => open(flags),
        other => other,
    };
    let mut found = Vec::new();
    for entry in fs::Dir::new(opened?)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if wanted(name) {
            found.push(name.to_owned());
        }
    }
    Ok(found)
}

/// `getrandom`: eight bytes that nobody guesses. Waits for the kernel's pool once after boot.
pub(crate) fn random() -> Result<[u8; 8]> {
    let mut bytes = [0; 8];
    // Up to 256 bytes come whole or not at all.
    retry_on_intr(|| rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()))?;
    Ok(bytes)
}

/// `geteuid`, which cannot fail.
pub(crate) fn effective_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// `getegid`, which cannot fail.
pub(crate) fn effective_gid() -> u32 {
    rustix::process::getegid().as_raw()
}
