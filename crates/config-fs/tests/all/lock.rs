use std::os::unix::fs::MetadataExt as _;
use std::thread;
use std::time::{Duration, Instant};

use config_fs::{ConfigFile, FileKind, LockError, Refusal, Wait};
use rustix::fs::{CWD, Mode, mkfifoat};

use crate::child::{self, Holder, LONG};
use crate::scratch::{Scratch, content, mode};

fn busy(file: &ConfigFile, wait: Wait) -> bool {
    match file.lock(wait) {
        Ok(_) => false,
        Err(LockError::Busy { .. }) => true,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_second_descriptor_is_kept_out_and_then_let_in() {
    let scratch = Scratch::new();
    let (one, two) = (scratch.locate("config.json"), scratch.locate("config.json"));
    let locked = one.lock(Wait::No).unwrap();
    assert!(busy(&two, Wait::No));
    assert!(busy(&one, Wait::No), "the same thread as well");
    drop(locked);
    assert!(!busy(&two, Wait::No));
    assert_eq!(scratch.names(), [".config.json.lock"], "the lock file stays");
    assert_eq!(mode(&scratch.join(".config.json.lock")), 0o600);
}

#[test]
fn waiting_ends_at_the_deadline() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let _locked = file.lock(Wait::No).unwrap();
    let start = Instant::now();
    assert!(busy(&file, Wait::AtMost(Duration::from_millis(120))));
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[test]
fn waiting_ends_when_the_lock_is_let_go() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let locked = file.lock(Wait::No).unwrap();
    thread::scope(|scope| {
        // For ever, as far as the clock is concerned.
        let waiter = scope.spawn(|| drop(file.lock(Wait::AtMost(Duration::MAX)).unwrap()));
        drop(locked);
        waiter.join().unwrap();
    });
}

#[test]
fn threads_lose_no_update() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "0");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| child::count(&path, 12));
        }
    });
    assert_eq!(content(&path), "96");
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
}

#[test]
fn processes_lose_no_update() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "0");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| child::succeed(child::command("count 15", &path)));
        }
        scope.spawn(|| child::count(&path, 15));
    });
    assert_eq!(content(&path), "75");
}

#[test]
fn another_process_is_kept_out_until_it_is_done() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let holder = Holder::start(file.path());
    assert!(busy(&file, Wait::No));
    holder.finish();
    assert!(!busy(&file, Wait::No));
}

#[test]
fn the_kernel_lets_go_for_a_killed_holder() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let mut holder = Holder::start(file.path());
    assert!(busy(&file, Wait::No));
    holder.child.kill().unwrap();
    holder.child.wait().unwrap();
    assert!(!busy(&file, Wait::No));
}

#[test]
fn after_the_lock_file_is_removed_there_is_a_new_lock() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let lock = scratch.join(".config.json.lock");
    let held = file.lock(Wait::No).unwrap();
    let inode = std::fs::metadata(&lock).unwrap().ino();
    std::fs::remove_file(&lock).unwrap();
    // Who comes now makes a new lock file; the removed one no longer keeps anyone out.
    let second = file.lock(Wait::No).unwrap();
    assert_ne!(std::fs::metadata(&lock).unwrap().ino(), inode);
    assert!(busy(&file, Wait::No));
    drop(held);
    assert!(busy(&file, Wait::No), "the first holder's end does not unlock the second's");
    drop(second);
}

#[test]
fn waiters_survive_the_lock_file_being_removed_all_the_time() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "0");
    // Locked by the test, so that a removal never hits a holder.
    let turn = std::sync::Mutex::new(());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let _turn = turn.lock().unwrap();
                    child::count(&path, 1);
                    std::fs::remove_file(scratch.join(".config.json.lock")).unwrap();
                }
            });
        }
    });
    assert_eq!(content(&path), "100");
}

#[test]
fn what_was_planted_at_the_lock_name_is_refused() {
    let scratch = Scratch::new();
    let victim = scratch.put("victim", "untouched");
    scratch.link(".a.lock", &victim);
    scratch.link(".b.lock", "created-through-a-link");
    scratch.directory(".c.lock");
    mkfifoat(CWD, scratch.join(".d.lock"), Mode::RWXU).unwrap();
    let kinds = [FileKind::Symlink, FileKind::Symlink, FileKind::Directory, FileKind::Fifo];
    for (name, expected) in ["a", "b", "c", "d"].into_iter().zip(kinds) {
        match scratch.locate(name).lock(LONG) {
            Err(LockError::Refused(Refusal::NotRegular { kind, path })) => {
                assert_eq!((kind, path), (expected, scratch.join(&format!(".{name}.lock"))));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(content(&victim), "untouched");
    assert!(!scratch.join("created-through-a-link").exists());
}

#[test]
fn the_lock_is_beside_the_target_of_a_link() {
    let scratch = Scratch::new();
    scratch.directory("real");
    scratch.put("real/config.json", "");
    scratch.link("link.json", "real/config.json");
    let by_link = scratch.locate("link.json");
    let by_name = scratch.locate("real/config.json");
    let _locked = by_link.lock(Wait::No).unwrap();
    assert!(busy(&by_name, Wait::No));
    assert_eq!(scratch.names(), ["link.json", "real"]);
}

#[test]
fn a_removed_directory_is_said_to_be() {
    let scratch = Scratch::new();
    let directory = scratch.directory("gone");
    let file = scratch.locate("gone/config.json");
    std::fs::remove_dir(&directory).unwrap();
    assert!(matches!(file.lock(Wait::No), Err(LockError::DirectoryGone { path }) if path == directory));
}

#[test]
fn a_forked_child_does_not_keep_the_lock() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    for _ in 0..50 {
        thread::scope(|scope| {
            // Children are forked while the lock is taken and let go; each has copies until it executes `true`.
            scope.spawn(|| assert!(std::process::Command::new("true").status().unwrap().success()));
            drop(file.lock(Wait::No).unwrap());
            drop(file.lock(Wait::No).unwrap());
        });
    }
}

/// Someone who cleans up there takes the lock file with it. From then on two may hold a lock, of whom one must notice.
#[test]
fn a_lock_whose_file_is_gone_saves_nothing() {
    for put_back in [false, true] {
        let scratch = Scratch::new();
        scratch.put("config.json", "old");
        let file = scratch.locate("config.json");
        let mut first = file.lock(Wait::No).unwrap();
        first.read(100).unwrap();
        std::fs::remove_file(scratch.join(".config.json.lock")).unwrap();
        let second = put_back.then(|| file.lock(Wait::No).unwrap());
        let error = first.replace(b"new").unwrap_err();
        assert!(matches!(error, config_fs::ReplaceError::LockLost { .. }), "{error:?}");
        assert_eq!(content(&scratch.join("config.json")), "old");
        drop((first, second));
        assert!(!scratch.names().iter().any(|name| name.contains(".tmp")), "{:?}", scratch.names());
        file.lock(Wait::No).unwrap().replace(b"new").unwrap();
    }
}
