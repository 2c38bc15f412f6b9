use std::sync::Barrier;
use std::thread;

use config_fs::{ReplaceError, Wait};

use crate::child::LONG;
use crate::scratch::{LIMIT, Scratch, content, mode};

#[test]
fn only_where_no_file_is() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let mut locked = file.lock(Wait::No).unwrap();
    let stamp = locked.create(b"first").unwrap();
    assert_eq!((locked.stamp(), file.stamp().unwrap()), (Some(stamp), Some(stamp)));
    assert_eq!((mode(file.path()), content(file.path()).as_str()), (0o600, "first"));
    assert!(matches!(locked.create(b"second"), Err(ReplaceError::Exists { path }) if path == file.target()));
    assert_eq!(content(file.path()), "first");
    locked.replace(b"third").unwrap();
    drop(locked);
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
}

#[test]
fn an_empty_file_a_directory_and_a_dangling_link_are_something() {
    let plant: [fn(&Scratch); 3] = [
        |scratch| drop(scratch.put("config.json", "")),
        |scratch| drop(scratch.directory("config.json")),
        |scratch| drop(scratch.link("config.json", "nowhere")),
    ];
    for plant in plant {
        let scratch = Scratch::new();
        let file = scratch.locate("config.json");
        plant(&scratch);
        let error = file.lock(Wait::No).unwrap().create(b"mine").unwrap_err();
        assert!(matches!(error, ReplaceError::Exists { .. }), "{error:?}");
        assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
    }
}

#[test]
fn of_many_at_once_one_creates() {
    let scratch = Scratch::new();
    let start = Barrier::new(8);
    let created: Vec<bool> = thread::scope(|scope| {
        let creators: Vec<_> = (0..8u8)
            .map(|number| {
                let (scratch, start) = (&scratch, &start);
                scope.spawn(move || {
                    let file = scratch.locate("config.json");
                    start.wait();
                    match file.lock(LONG).unwrap().create(&[number]) {
                        Ok(_) => true,
                        Err(ReplaceError::Exists { .. }) => false,
                        Err(other) => panic!("{other}"),
                    }
                })
            })
            .collect();
        creators.into_iter().map(|creator| creator.join().unwrap()).collect()
    });
    assert_eq!(created.iter().filter(|&&one| one).count(), 1);
    let bytes = scratch.locate("config.json").read(LIMIT).unwrap().into_bytes();
    assert!(created[usize::from(bytes[0])], "the content is that of whoever was told so");
}

/// Against an editor that takes no lock: who is told that it created the file finds its own bytes there.
#[test]
fn a_file_that_appears_meanwhile_is_never_overwritten() {
    for _ in 0..50 {
        let scratch = Scratch::new();
        let file = scratch.locate("config.json");
        let start = Barrier::new(2);
        let (ours, theirs) = thread::scope(|scope| {
            let editor = scope.spawn(|| {
                start.wait();
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create_new(true).open(file.path()).is_ok()
            });
            let mut locked = file.lock(Wait::No).unwrap();
            start.wait();
            (locked.create(b"ours").is_ok(), editor.join().unwrap())
        });
        assert_ne!(ours, theirs, "exactly one of them made it");
        assert_eq!(content(file.path()), if ours { "ours" } else { "" });
    }
}
