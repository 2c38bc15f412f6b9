use std::fs::File;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::UNIX_EPOCH;

use config_fs::{ConfigFile, FileKind, ReadError, Refusal};
use rustix::fs::{CWD, Mode, mkfifoat};

use crate::scratch::{LIMIT, Scratch};

fn kind(result: Result<config_fs::Contents, ReadError>) -> FileKind {
    match result {
        Err(ReadError::Refused(Refusal::NotRegular { kind, .. })) => kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn bytes_and_their_stamp() {
    let scratch = Scratch::new();
    scratch.put("config.json", "content");
    let file = scratch.locate("config.json");
    let contents = file.read(LIMIT).unwrap();
    assert_eq!(contents.bytes(), b"content");
    assert_eq!(contents.stamp().size(), 7);
    assert!(contents.stamp().changed_at() > UNIX_EPOCH);
    assert_eq!(file.stamp().unwrap(), Some(contents.stamp()));
    assert_eq!(contents.into_bytes(), b"content");
}

#[test]
fn the_stamp_changes_with_the_content() {
    let scratch = Scratch::new();
    scratch.put("config.json", "content");
    let file = scratch.locate("config.json");
    let before = file.stamp().unwrap();
    scratch.put("config.json", "longer content");
    assert_ne!(file.stamp().unwrap(), before);
    scratch.put("other", "longer content");
    let before = file.stamp().unwrap();
    std::fs::rename(scratch.join("other"), scratch.join("config.json")).unwrap();
    assert_ne!(file.stamp().unwrap(), before);
}

#[test]
fn debug_output_holds_no_content() {
    let scratch = Scratch::new();
    scratch.put("config.json", "sk-sentinel");
    let shown = format!("{:?}", scratch.locate("config.json").read(LIMIT).unwrap());
    assert!(
        shown.contains("[11 bytes]") && !shown.contains("sentinel") && !shown.contains("115, 107"),
        "{shown}"
    );
}

#[test]
fn only_what_is_missing_is_missing() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    assert!(matches!(file.read(LIMIT), Err(ReadError::Missing { path }) if path == file.target()));

    scratch.directory("gone");
    let file = scratch.locate("gone/config.json");
    std::fs::remove_dir(scratch.join("gone")).unwrap();
    assert!(
        matches!(file.read(LIMIT), Err(ReadError::DirectoryGone { path }) if path == scratch.join("gone"))
    );
    assert!(matches!(file.stamp(), Err(ReadError::DirectoryGone { .. })));
}

#[test]
fn what_is_no_regular_file_is_refused_without_waiting() {
    let scratch = Scratch::new();
    mkfifoat(CWD, scratch.join("fifo"), Mode::RWXU).unwrap();
    scratch.directory("directory");
    let _socket = UnixListener::bind(scratch.join("socket")).unwrap();
    for (name, expected) in
        [("fifo", FileKind::Fifo), ("directory", FileKind::Directory), ("socket", FileKind::Socket)]
    {
        let file = scratch.locate(name);
        assert_eq!(kind(file.read(LIMIT)), expected);
        assert!(matches!(file.stamp(), Err(ReadError::Refused(_))), "{name}");
    }
    let device = ConfigFile::locate("/dev/zero").unwrap();
    assert_eq!(kind(device.read(u64::MAX)), FileKind::CharacterDevice);
}

#[test]
fn a_link_made_after_locating_is_not_followed() {
    let scratch = Scratch::new();
    scratch.put("secret", "secret");
    let file = scratch.locate("config.json");
    scratch.link("config.json", "secret");
    assert!(matches!(file.read(LIMIT), Err(ReadError::BecameLink { .. })));
    assert!(matches!(file.stamp(), Err(ReadError::BecameLink { .. })));
}

#[test]
fn the_limit_is_inclusive() {
    let scratch = Scratch::new();
    let long = vec![b'x'; 200_000];
    scratch.put("config.json", &long);
    let file = scratch.locate("config.json");
    assert_eq!(file.read(200_000).unwrap().into_bytes(), long);
    assert_eq!(file.read(u64::MAX).unwrap().into_bytes(), long);
    assert!(matches!(file.read(199_999), Err(ReadError::TooLarge { limit: 199_999, .. })));
    assert!(matches!(file.read(0), Err(ReadError::TooLarge { limit: 0, .. })));
    scratch.put("empty", "");
    assert!(scratch.locate("empty").read(0).unwrap().bytes().is_empty());
}

#[test]
fn a_huge_sparse_file_costs_nothing() {
    let scratch = Scratch::new();
    File::create(scratch.join("config.json")).unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(scratch.locate("config.json").read(LIMIT), Err(ReadError::TooLarge { .. })));
}

#[test]
fn a_size_that_lies_is_not_believed() {
    // Files in /proc say that they are empty.
    let file = ConfigFile::locate("/proc/filesystems").unwrap();
    assert!(!file.read(LIMIT).unwrap().bytes().is_empty());
    assert!(matches!(file.read(3), Err(ReadError::TooLarge { .. })));
}

#[test]
fn a_file_that_changes_all_the_time_is_read_all_the_same() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "x".repeat(100_000));
    let file = scratch.locate("config.json");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..300 {
                std::fs::write(&path, if round % 2 == 0 { "y" } else { "x" }.repeat(100_000 - round))
                    .unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            assert!(file.read(LIMIT).unwrap().bytes().len() <= 100_000);
        }
    });
    assert_eq!(file.read(LIMIT).unwrap().bytes(), "x".repeat(100_000 - 299).as_bytes());
}
