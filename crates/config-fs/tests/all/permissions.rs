//! What a user without privileges may not do. Each half here runs in a child: see `child::unprivileged`.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use config_fs::{
    ConfigFile, CreateDirectoriesError, LocateError, LockError, ReadError, Recovery, Trust, Wait,
    create_directories,
};

use crate::child;
use crate::scratch::{LIMIT, Scratch, set_mode};

#[test]
fn a_read_only_directory_can_be_read_and_not_written() {
    let scratch = Scratch::new();
    let directory = scratch.directory("read-only");
    set_mode(&scratch.put("read-only/config.json", "content"), 0o644);
    set_mode(&scratch.put("read-only/secret.json", "content"), 0o000);
    set_mode(&directory, 0o555);
    child::succeed(child::unprivileged("denied", &scratch, &directory));
    set_mode(&directory, 0o700);
}

pub(crate) fn denied(directory: &Path) {
    let file = ConfigFile::locate(directory.join("config.json")).unwrap();
    assert_eq!(file.read(LIMIT).unwrap().bytes(), b"content");
    assert_eq!(file.recover().unwrap(), Recovery::ReadOnly);
    assert!(matches!(file.lock(Wait::No), Err(LockError::ReadOnly { .. })));

    let secret = ConfigFile::locate(directory.join("secret.json")).unwrap();
    assert!(matches!(secret.read(LIMIT), Err(ReadError::Denied { .. })), "never missing");
    assert!(secret.stamp().unwrap().is_some());
    assert!(matches!(create_directories(&directory.join("a")), Err(CreateDirectoriesError::Io { .. })));
}

/// Without a listing there is no sync of the directory, and without that no save.
#[test]
fn a_directory_that_may_only_be_searched_is_read_from_and_not_saved_into() {
    let scratch = Scratch::new();
    let directory = scratch.directory("searched");
    scratch.put("searched/config.json", "content");
    // Readable by nobody but root, who is not who looks.
    set_mode(&directory, 0o311);
    child::succeed(child::unprivileged("searched", &scratch, &directory));
    set_mode(&directory, 0o700);
}

pub(crate) fn searched(directory: &Path) {
    let file = ConfigFile::locate(directory.join("config.json")).unwrap();
    assert_eq!(file.read(LIMIT).unwrap().bytes(), b"content");
    assert_eq!(file.recover().unwrap(), Recovery::ReadOnly);
    let error = file.lock(Wait::No).unwrap_err();
    assert!(matches!(&error, LockError::Unlisted { path } if path == directory), "{error:?}");
    assert!(error.to_string().ends_with("give this user read permission on it"), "{error}");
}

#[test]
fn what_is_behind_a_closed_directory_is_not_called_missing() {
    let scratch = Scratch::new();
    let directory = scratch.directory("closed");
    scratch.put("closed/config.json", "");
    set_mode(&directory, 0o000);
    child::succeed(child::unprivileged("closed", &scratch, &directory));
    set_mode(&directory, 0o700);
}

pub(crate) fn closed(directory: &Path) {
    let error = ConfigFile::locate(directory.join("config.json")).unwrap_err();
    assert!(matches!(&error, LocateError::Denied { path, .. } if path == directory), "{error:?}");
    assert!(create_directories(&directory.join("a/b")).is_err());
}

#[test]
fn root_leaves_a_file_and_its_lock_to_their_owner() {
    if !rustix::process::geteuid().is_root() {
        // Only root may give a file away; what a user does is in every other test.
        return;
    }
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "old");
    let dead = scratch.put(".config.json.0123456789abcdef.tmp", "given away before a crash");
    let foreign = scratch.put(".config.json.fedcba9876543210.tmp", "someone else's");
    std::os::unix::fs::chown(&path, Some(4321), Some(4322)).unwrap();
    std::os::unix::fs::chown(&dead, Some(4321), None).unwrap();
    std::os::unix::fs::chown(&foreign, Some(1234), None).unwrap();
    let trust = Trust::new().allow_foreign_owner(true);
    let file = ConfigFile::locate_with(scratch.join("config.json"), trust).unwrap();
    let mut locked = file.lock(Wait::No).unwrap();
    locked.replace(b"new").unwrap();
    let copy = locked.keep_copy("bak", b"copy").unwrap();
    for kept in [&path, &copy, &scratch.join(".config.json.lock")] {
        let metadata = std::fs::metadata(kept).unwrap();
        assert_eq!(
            (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777),
            (4321, 4322, 0o600),
            "{kept:?}"
        );
    }
    assert!(!dead.exists() && foreign.exists());
}
