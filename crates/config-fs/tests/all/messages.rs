//! What each error says: what is on disk now, and what to do.

use std::io;
use std::path::PathBuf;

use config_fs::{ConfigFile, FileKind, LocateError, LockError, ReadError, Refusal, ReplaceError, Step, Wait};

use crate::scratch::{LIMIT, Scratch};

const ENOENT: i32 = 2;

fn path() -> PathBuf {
    "/etc/app/config.json".into()
}

fn said(error: &dyn std::error::Error) -> String {
    Scratch::new().message(error)
}

fn not_saved(step: Step, errno: i32) -> String {
    let source = io::Error::from_raw_os_error(errno);
    said(&ReplaceError::NotSaved { step, path: path(), source })
}

#[test]
fn of_locating() {
    let scratch = Scratch::new();
    scratch.put("file", "");
    scratch.link("dangling", "nowhere");
    scratch.link("circle", "circle");
    let says = |name: &str| scratch.message(&ConfigFile::locate(scratch.join(name)).unwrap_err());
    insta::assert_snapshot!(says("a/"), @"DIR/a/ names no file; give a path that ends in a file name, such as config.json");
    insta::assert_snapshot!(says("a/config.json"), @"there is no directory DIR/a; make it with `mkdir -p -m 700 DIR/a`, or correct the path");
    insta::assert_snapshot!(says("file/config.json"), @"DIR/file is not a directory, or something on the way to it is none; correct the path");
    insta::assert_snapshot!(says("dangling"), @"DIR/dangling is a symlink to DIR/nowhere, which does not exist; put the file there or remove the link");
    insta::assert_snapshot!(says("circle"), @"DIR/circle leads through too many symlinks; look for a circle with `namei -l`");
    insta::assert_snapshot!(says(&"x".repeat(256)).replace(&"x".repeat(256), "XXX"), @"cannot look for DIR/XXX; give it a shorter name: File name too long (os error 36)");
    let source = io::Error::from_raw_os_error(13);
    insta::assert_snapshot!(said(&LocateError::Denied { path: "/etc/app".into(), source }), @"may not look into /etc/app; give this user read and search permission on it and on what leads to it: Permission denied (os error 13)");
}

#[test]
fn of_reading() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    insta::assert_snapshot!(scratch.message(&file.read(LIMIT).unwrap_err()), @"there is no file DIR/config.json; make it, or correct the path");
    scratch.put("config.json", "content");
    insta::assert_snapshot!(scratch.message(&file.read(3).unwrap_err()), @"DIR/config.json is larger than 3 bytes; make it smaller or raise the limit");
    let (remedy, source) = ("run this as its owner".to_owned(), io::Error::from_raw_os_error(13));
    let error = ReadError::Denied { path: path(), remedy, source };
    insta::assert_snapshot!(said(&error), @"may not read /etc/app/config.json; run this as its owner: Permission denied (os error 13)");
    insta::assert_snapshot!(said(&ReadError::BecameLink { path: path() }), @"/etc/app/config.json has become a symlink; locate the file again");
    insta::assert_snapshot!(said(&ReadError::DirectoryGone { path: "/etc/app".into() }), @"the directory /etc/app was removed; locate the file again");
    let error = ReadError::Io { path: path(), source: io::Error::from_raw_os_error(5) };
    insta::assert_snapshot!(said(&error), @"cannot read /etc/app/config.json; the device failed: read the kernel's log with `dmesg` before trying again: Input/output error (os error 5)");
    let kind = FileKind::Fifo;
    insta::assert_snapshot!(said(&ReadError::Refused(Refusal::NotRegular { path: path(), kind })), @"/etc/app/config.json is a FIFO, not a regular file; move it away or give another path");
}

#[test]
fn of_kinds() {
    let kinds = [
        FileKind::Regular,
        FileKind::Directory,
        FileKind::Symlink,
        FileKind::Fifo,
        FileKind::Socket,
        FileKind::CharacterDevice,
        FileKind::BlockDevice,
        FileKind::Unknown,
    ];
    insta::assert_snapshot!(kinds.map(|kind| kind.to_string()).join(", "), @"a regular file, a directory, a symlink, a FIFO, a socket, a character device, a block device, of an unknown kind");
}

#[test]
fn of_locking() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let locked = file.lock(Wait::No).unwrap();
    insta::assert_snapshot!(scratch.message(&file.lock(Wait::No).unwrap_err()), @"another program is changing the file that DIR/.config.json.lock locks; try again, or find it with `fuser -v DIR/.config.json.lock`");
    drop(locked);
    let path = || PathBuf::from("/etc/app/.config.json.lock");
    let source = io::Error::from_raw_os_error;
    insta::assert_snapshot!(said(&LockError::ReadOnly { path: path(), source: source(30) }), @"may not write the lock file /etc/app/.config.json.lock; its file system is read-only: mount it read-write, or change the file where it comes from: Read-only file system (os error 30)");
    insta::assert_snapshot!(said(&LockError::NoLocks { path: path(), source: source(37) }), @"cannot lock /etc/app/.config.json.lock; keep the file on a local file system, or start the lock service of this one: No locks available (os error 37)");
    insta::assert_snapshot!(said(&LockError::DirectoryGone { path: "/etc/app".into() }), @"the directory /etc/app was removed; locate the file again");
    insta::assert_snapshot!(said(&LockError::Io { path: path(), source: source(28) }), @"cannot lock /etc/app/.config.json.lock; free some space on its file system, or inodes if `df -i` shows none: No space left on device (os error 28)");
}

#[test]
fn of_directories() {
    let scratch = Scratch::new();
    scratch.put("file", "");
    let says = |name: &str| scratch.message(&config_fs::create_directories(&scratch.join(name)).unwrap_err());
    insta::assert_snapshot!(says("file/a"), @"DIR/file exists and is not a directory; move it away or correct the path");
    insta::assert_snapshot!(says(&"x".repeat(256)).replace(&"x".repeat(256), "XXX"), @"cannot make the directory DIR/XXX; give it a shorter name: File name too long (os error 36)");
}

#[test]
fn of_replacing_by_what_is_on_disk() {
    let io = || io::Error::from_raw_os_error(5);
    insta::assert_snapshot!(said(&ReplaceError::NotSaved { step: Step::SyncFile, path: path(), source: io() }), @"/etc/app/config.json was not saved and is as it was: could not sync the temporary file; the device failed: read the kernel's log with `dmesg` before trying again: Input/output error (os error 5)");
    insta::assert_snapshot!(said(&ReplaceError::VisibleNotDurable { step: Step::SyncDirectory, path: path(), source: io() }), @"/etc/app/config.json has the new content, but a power loss may undo that: could not sync its directory; the device failed: read the kernel's log with `dmesg` before trying again, then save it again: Input/output error (os error 5)");
    insta::assert_snapshot!(said(&ReplaceError::Unknown { path: path(), source: io() }), @"/etc/app/config.json has either the old content or the new; the device failed: read the kernel's log with `dmesg` before trying again, then read it to see which: Input/output error (os error 5)");
    insta::assert_snapshot!(said(&ReplaceError::Changed { path: path() }), @"/etc/app/config.json was changed by another program meanwhile and was left as it is; read it again and repeat the change");
    insta::assert_snapshot!(said(&ReplaceError::Exists { path: path() }), @"/etc/app/config.json exists already and was left as it is; read it, or remove it first");
}

#[test]
fn of_replacing_what_is_no_regular_file() {
    let scratch = Scratch::new();
    scratch.directory("config.json");
    let file = scratch.locate("config.json");
    let error = file.lock(Wait::No).unwrap().replace(b"").unwrap_err();
    insta::assert_snapshot!(scratch.message(&error), @"DIR/config.json was not saved and is as it was: could not look at it; see the cause: DIR/config.json is a directory, not a regular file; move it away or give another path");
}

#[test]
fn of_every_step() {
    let steps = [
        Step::Lock,
        Step::SyncTarget,
        Step::StatTarget,
        Step::Sweep,
        Step::CreateTemporary,
        Step::KeepOwner,
        Step::SetMode,
        Step::Write,
        Step::SyncFile,
        Step::Compare,
        Step::Rename,
        Step::SyncDirectory,
    ];
    insta::assert_snapshot!(steps.map(|step| step.to_string()).join("\n"), @"
    lock it
    sync it
    look at it
    remove dead temporary files
    create a temporary file beside it
    keep its owner
    set mode 0600
    write the temporary file
    sync the temporary file
    compare it with what was read
    rename the temporary file over it
    sync its directory
    ");
}

#[test]
fn of_every_errno_with_a_remedy() {
    // ENOSPC, EDQUOT, EROFS, EACCES, EPERM twice, EBUSY, EISDIR, EXDEV, ELOOP, EIO, EFBIG, EMFILE, ENAMETOOLONG, ENOENT,
    // ESTALE, EEXIST, EINVAL, ENOMEM, and one without; then what means something else at another step: ENOENT, EACCES,
    // EPERM twice, EOPNOTSUPP, EINVAL, ENOTCONN, EAGAIN.
    let cases = [
        (Step::Write, 28),
        (Step::Write, 122),
        (Step::CreateTemporary, 30),
        (Step::CreateTemporary, 13),
        (Step::Rename, 1),
        (Step::KeepOwner, 1),
        (Step::Rename, 16),
        (Step::Rename, 21),
        (Step::Rename, 18),
        (Step::Rename, 40),
        (Step::SyncFile, 5),
        (Step::Write, 27),
        (Step::CreateTemporary, 24),
        (Step::CreateTemporary, 36),
        (Step::CreateTemporary, ENOENT),
        (Step::Rename, 116),
        (Step::CreateTemporary, 17),
        (Step::SyncFile, 22),
        (Step::Sweep, 12),
        (Step::Write, 32),
        (Step::Rename, ENOENT),
        (Step::Lock, 13),
        (Step::SetMode, 1),
        (Step::SyncFile, 1),
        (Step::SetMode, 95),
        (Step::KeepOwner, 22),
        (Step::Rename, 107),
        (Step::Write, 11),
    ];
    let said = cases.map(|(step, errno)| not_saved(step, errno));
    let short =
        said.map(|text| text.replace("/etc/app/config.json was not saved and is as it was: could not ", ""));
    insta::assert_snapshot!(short.join("\n"), @"
    write the temporary file; free some space on its file system, or inodes if `df -i` shows none: No space left on device (os error 28)
    write the temporary file; free some space, or have the quota raised: Disk quota exceeded (os error 122)
    create a temporary file beside it; its file system is read-only: mount it read-write, or change the file where it comes from: Read-only file system (os error 30)
    create a temporary file beside it; give this user write permission on its directory: Permission denied (os error 13)
    rename the temporary file over it; look for the immutable and append-only flags with `lsattr -d` and take them off with `chattr -ia`: Operation not permitted (os error 1)
    keep its owner; only root may keep another user's file theirs: run this as its owner or as root: Operation not permitted (os error 1)
    rename the temporary file over it; it is a mount point, such as a single file bind-mounted into a container: mount its directory instead: Device or resource busy (os error 16)
    rename the temporary file over it; a directory has taken its place: move it away: Is a directory (os error 21)
    rename the temporary file over it; it is on another mount than its directory: mount the directory instead: Invalid cross-device link (os error 18)
    rename the temporary file over it; a symlink has taken its place: open it again: Too many levels of symbolic links (os error 40)
    sync the temporary file; the device failed: read the kernel's log with `dmesg` before trying again: Input/output error (os error 5)
    write the temporary file; raise the limit on file size, `ulimit -f`: File too large (os error 27)
    create a temporary file beside it; raise the limit on open files, `ulimit -n`: Too many open files (os error 24)
    create a temporary file beside it; give it a shorter name: File name too long (os error 36)
    create a temporary file beside it; its directory was removed: make it again and open it anew: No such file or directory (os error 2)
    rename the temporary file over it; its file server did not answer: try again when it does: Stale file handle (os error 116)
    create a temporary file beside it; every name that was tried is taken: remove old copies: File exists (os error 17)
    sync the temporary file; its file system cannot do this: keep the file on a local one such as ext4, xfs or btrfs: Invalid argument (os error 22)
    remove dead temporary files; there is too little memory for it: make the file smaller, or lower the limit: Cannot allocate memory (os error 12)
    write the temporary file; see the cause: Broken pipe (os error 32)
    rename the temporary file over it; another program removed the temporary file: exempt `.*.tmp` from what cleans up there, and try again: No such file or directory (os error 2)
    lock it; give this user write permission on it, or on its directory where it is missing: Permission denied (os error 13)
    set mode 0600; its file system keeps no modes, so that others could read it: keep the file on one that does, such as ext4: Operation not permitted (os error 1)
    sync the temporary file; a security module or an expired ticket of its file server forbids it: look into the audit log: Operation not permitted (os error 1)
    set mode 0600; its file system keeps no modes, so that others could read it: keep the file on one that does, such as ext4: Operation not supported (os error 95)
    keep its owner; its owner has no number in this user namespace: map it, or run this outside of the container: Invalid argument (os error 22)
    rename the temporary file over it; the program that serves its file system is gone: mount it again: Transport endpoint is not connected (os error 107)
    write the temporary file; another program holds a lease on it: try again: Resource temporarily unavailable (os error 11)
    ");
}
