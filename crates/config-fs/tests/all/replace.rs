use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use config_fs::{ConfigFile, ReadError, ReplaceError, Step, Wait};
use rustix::fs::{CWD, Mode, mkfifoat};

use crate::child;
use crate::scratch::{LIMIT, Scratch, content, mode, set_mode};

#[test]
fn a_file_is_made_and_replaced() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let mut locked = file.lock(Wait::No).unwrap();
    assert_eq!(locked.stamp(), None);
    let first = locked.replace(b"first").unwrap();
    assert_eq!(content(file.path()), "first");
    assert_eq!(file.stamp().unwrap(), Some(first));
    assert_eq!(locked.stamp(), Some(first));
    let second = locked.replace(b"second").unwrap();
    assert_ne!(first, second);
    assert_eq!(file.read(LIMIT).unwrap().stamp(), second);
    locked.replace(b"").unwrap();
    assert_eq!(content(file.path()), "");
    drop(locked);
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
}

#[test]
fn the_mode_is_0600_whatever_the_umask_and_the_old_mode() {
    for mask in ["000", "022", "077", "777"] {
        for old in [None, Some(0o644), Some(0o666), Some(0o400), Some(0o4755)] {
            let scratch = Scratch::new();
            let path = scratch.join("config.json");
            if let Some(old) = old {
                scratch.put("config.json", "old");
                set_mode(&path, old);
            }
            child::succeed(child::command(&format!("umask {mask}"), &path));
            assert_eq!((mode(&path), content(&path).as_str()), (0o600, "new"), "{mask} over {old:?}");
        }
    }
}

#[test]
fn a_link_stays_one_and_its_target_is_replaced() {
    let scratch = Scratch::new();
    scratch.directory("real");
    let target = scratch.put("real/config.json", "old");
    let link = scratch.link("link.json", "real/config.json");
    let file = scratch.locate("link.json");
    file.lock(Wait::No).unwrap().replace(b"new").unwrap();
    assert_eq!(std::fs::read_link(&link).unwrap().as_os_str(), "real/config.json");
    assert!(std::fs::symlink_metadata(&target).unwrap().is_file());
    assert_eq!(content(&target), "new");
    assert_eq!(scratch.names(), ["link.json", "real"], "temporary files are beside the target");
}

#[test]
fn hard_links_keep_the_old_bytes() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "old");
    std::fs::hard_link(&path, scratch.join("other")).unwrap();
    scratch.locate("config.json").lock(Wait::No).unwrap().replace(b"new").unwrap();
    assert_eq!((content(&path).as_str(), content(&scratch.join("other")).as_str()), ("new", "old"));
}

#[test]
fn an_editors_save_is_kept() {
    type Editor = fn(&Scratch);
    let editors: [Editor; 4] = [
        |scratch| drop(scratch.put("config.json", "by an editor, in place")),
        |scratch| {
            scratch.put("edited", "by an editor, by rename");
            std::fs::rename(scratch.join("edited"), scratch.join("config.json")).unwrap();
        },
        |scratch| std::fs::remove_file(scratch.join("config.json")).unwrap(),
        |scratch| {
            std::fs::remove_file(scratch.join("config.json")).unwrap();
            scratch.directory("config.json");
        },
    ];
    for edit in editors {
        let scratch = Scratch::new();
        scratch.put("config.json", "read");
        let file = scratch.locate("config.json");
        let mut locked = file.lock(Wait::No).unwrap();
        locked.read(LIMIT).unwrap();
        edit(&scratch);
        let before = std::fs::read(file.path()).ok();
        let error = locked.replace(b"mine").unwrap_err();
        assert!(matches!(&error, ReplaceError::Changed { path } if path == file.target()), "{error:?}");
        assert_eq!(std::fs::read(file.path()).ok(), before);
        assert!(scratch.names().iter().all(|name| !name.ends_with("tmp")));
    }
}

#[test]
fn after_reading_again_the_same_lock_saves() {
    let scratch = Scratch::new();
    scratch.put("config.json", "read");
    let file = scratch.locate("config.json");
    let mut locked = file.lock(Wait::No).unwrap();
    locked.read(LIMIT).unwrap();
    scratch.put("config.json", "edited");
    assert!(matches!(locked.replace(b"lost"), Err(ReplaceError::Changed { .. })));
    assert_eq!(locked.read(LIMIT).unwrap().bytes(), b"edited");
    locked.replace(b"mine").unwrap();
    locked.replace(b"mine again").unwrap();
    scratch.put("config.json", "edited after the save");
    assert!(matches!(locked.replace(b"lost"), Err(ReplaceError::Changed { .. })));
    assert_eq!(content(file.path()), "edited after the save");
}

#[test]
fn a_file_that_was_missing_when_read_is_not_overwritten() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let mut locked = file.lock(Wait::No).unwrap();
    assert!(matches!(locked.read(LIMIT), Err(ReadError::Missing { .. })));
    scratch.put("config.json", "appeared");
    assert!(matches!(locked.replace(b"mine"), Err(ReplaceError::Changed { .. })));
    assert_eq!(content(file.path()), "appeared");
    std::fs::remove_file(file.path()).unwrap();
    locked.replace(b"mine").unwrap();
}

#[test]
fn what_is_no_regular_file_is_not_replaced() {
    let scratch = Scratch::new();
    let victim = scratch.put("victim", "untouched");
    let file = scratch.locate("config.json");
    let plant: [fn(&Scratch); 3] = [
        |scratch| drop(scratch.directory("config.json")),
        |scratch| drop(scratch.link("config.json", "victim")),
        |scratch| mkfifoat(CWD, scratch.join("config.json"), Mode::RWXU).unwrap(),
    ];
    for plant in plant {
        plant(&scratch);
        let error = file.lock(Wait::No).unwrap().replace(b"mine").unwrap_err();
        assert!(matches!(error, ReplaceError::NotSaved { step: Step::StatTarget, .. }), "{error:?}");
        std::fs::remove_file(file.path()).or_else(|_| std::fs::remove_dir(file.path())).unwrap();
    }
    assert_eq!(content(&victim), "untouched");
    assert_eq!(scratch.names(), [".config.json.lock", "victim"]);
}

#[test]
fn a_removed_directory_fails_the_save() {
    let scratch = Scratch::new();
    scratch.directory("gone");
    let file = scratch.locate("gone/config.json");
    let mut locked = file.lock(Wait::No).unwrap();
    std::fs::remove_dir_all(scratch.join("gone")).unwrap();
    let error = locked.replace(b"mine").unwrap_err();
    assert!(matches!(error, ReplaceError::NotSaved { .. }), "{error:?}");
}

#[test]
fn names_of_any_bytes_and_any_length() {
    let scratch = Scratch::new();
    let mut names = vec!["n".repeat(255).into_bytes(), "ü".repeat(127).into_bytes(), b" \n*$-'\"".to_vec()];
    // Some file systems take only UTF-8.
    if std::fs::write(scratch.path().join(OsStr::from_bytes(b"\xff")), "").is_ok() {
        names.push(vec![0xfe; 255]);
    }
    for name in names {
        let path = scratch.path().join(OsStr::from_bytes(&name));
        let file = ConfigFile::locate(&path).unwrap();
        let mut locked = file.lock(Wait::No).unwrap();
        locked.create(b"1").unwrap();
        locked.replace(b"2").unwrap();
        let copy = locked.keep_copy("bak", b"2").unwrap();
        assert_eq!((content(&path), content(&copy)), ("2".into(), "2".into()));
    }
}

#[test]
fn readers_see_whole_contents_and_never_a_wide_file() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let done = AtomicBool::new(false);
    file.lock(Wait::No).unwrap().create(&[b'0'; 10_000]).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let contents = file.read(LIMIT).unwrap();
                let first = contents.bytes()[0];
                assert!(
                    contents.bytes().len() == 10_000 && contents.bytes().iter().all(|&byte| byte == first)
                );
                for entry in std::fs::read_dir(scratch.path()).unwrap() {
                    // A temporary file may be gone by now.
                    let Ok(metadata) = entry.unwrap().metadata() else { continue };
                    assert_eq!(metadata.mode() & 0o077, 0);
                }
            }
        });
        for digit in b"123456789".repeat(10) {
            file.lock(Wait::No).unwrap().replace(&[digit; 10_000]).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn no_descriptor_is_left_open() {
    // Other tests open descriptors in this process, so only those of this directory count.
    let scratch = Scratch::new();
    let open = || {
        let links = std::fs::read_dir("/proc/self/fd").unwrap();
        let paths = links.filter_map(|link| std::fs::read_link(link.unwrap().path()).ok());
        paths.filter(|path| path.starts_with(scratch.path())).count()
    };
    let file = scratch.locate("config.json");
    assert_eq!(open(), 1, "the directory");
    for _ in 0..3 {
        let mut locked = file.lock(Wait::No).unwrap();
        locked.replace(b"1").unwrap();
        locked.read(LIMIT).unwrap();
        assert!(matches!(locked.create(b"2"), Err(ReplaceError::Exists { .. })));
        locked.keep_copy("bak", b"1").unwrap();
        assert_eq!(open(), 2, "the directory and the lock");
    }
    drop(file);
    assert_eq!(open(), 0);
}
