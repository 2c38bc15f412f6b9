use std::path::Path;
use std::sync::Barrier;
use std::thread;

use config_fs::{CreateDirectoriesError, create_directories};

use crate::scratch::{Scratch, mode, set_mode};

#[test]
fn what_is_missing_is_made_and_what_is_there_is_left() {
    let scratch = Scratch::new();
    let there = scratch.directory("there");
    set_mode(&there, 0o755);
    create_directories(&there.join("a/./b/../c")).unwrap();
    assert_eq!(mode(&there), 0o755);
    for made in ["a", "a/b", "a/c"] {
        assert_eq!(mode(&there.join(made)), 0o700, "{made}");
    }
    create_directories(&there.join("a/c")).unwrap();
    create_directories(Path::new("/")).unwrap();
    create_directories(Path::new(".")).unwrap();
    create_directories(Path::new("")).unwrap();
}

#[test]
fn a_link_to_a_directory_is_one_and_a_dangling_link_is_none() {
    let scratch = Scratch::new();
    scratch.directory("real");
    scratch.link("link", "real");
    scratch.link("dangling", "nowhere");
    create_directories(&scratch.join("link/a")).unwrap();
    assert!(scratch.join("real/a").is_dir());
    for blocked in ["dangling", "dangling/a"] {
        let error = create_directories(&scratch.join(blocked)).unwrap_err();
        assert!(
            matches!(&error, CreateDirectoriesError::NotADirectory { path } if *path == scratch.join("dangling")),
            "{error:?}"
        );
    }
    assert!(!scratch.join("nowhere").exists());
}

#[test]
fn a_file_in_the_way() {
    let scratch = Scratch::new();
    scratch.put("file", "");
    let error = create_directories(&scratch.join("file/a/b")).unwrap_err();
    assert!(matches!(error, CreateDirectoriesError::NotADirectory { path } if path == scratch.join("file")));
}

#[test]
fn many_at_once_make_the_same() {
    let scratch = Scratch::new();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                create_directories(&scratch.join("a/b/c/d")).unwrap();
            });
        }
    });
    assert_eq!(mode(&scratch.join("a/b/c/d")), 0o700);
}
