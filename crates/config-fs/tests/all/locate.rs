use std::path::Path;

use config_fs::{ConfigFile, LocateError};

use crate::child;
use crate::scratch::{LIMIT, Scratch, set_mode};

#[test]
fn a_missing_file_is_located_and_nothing_is_made() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    assert_eq!(file.path(), scratch.join("config.json"));
    assert_eq!(file.target(), file.path());
    assert_eq!(file.stamp().unwrap(), None);
    assert!(scratch.names().is_empty());
}

#[test]
fn links_are_followed_each_from_its_own_directory() {
    let scratch = Scratch::new();
    scratch.directory("one");
    scratch.directory("two");
    scratch.put("two/real.json", "content");
    scratch.link("two/b.json", "real.json");
    scratch.link("one/a.json", "../two/b.json");
    let absolute = scratch.join("one/a.json");
    scratch.link("config.json", &absolute);

    let file = scratch.locate("config.json");
    assert_eq!(file.path(), scratch.join("config.json"));
    assert_eq!(file.target(), scratch.join("one/../two/real.json"));
    assert_eq!(file.read(LIMIT).unwrap().bytes(), b"content");
}

#[test]
fn what_was_located_stays_when_its_directory_is_renamed() {
    let scratch = Scratch::new();
    scratch.directory("old");
    scratch.put("old/config.json", "here");
    let file = scratch.locate("old/config.json");
    std::fs::rename(scratch.join("old"), scratch.join("new")).unwrap();
    scratch.directory("old");
    scratch.put("old/config.json", "elsewhere");
    assert_eq!(file.read(LIMIT).unwrap().bytes(), b"here");
    assert_eq!(file.clone().read(LIMIT).unwrap().bytes(), b"here");
}

#[test]
fn a_dangling_link_is_not_a_missing_file() {
    let scratch = Scratch::new();
    for (name, to) in [("file", "nothing.json"), ("directory", "nowhere/config.json")] {
        let link = scratch.link(name, to);
        match ConfigFile::locate(&link) {
            Err(LocateError::Dangling { link: found, target }) => {
                assert_eq!((found, target), (link, scratch.join(to)));
            }
            other => panic!("{other:?}"),
        }
    }
    scratch.link("chain", "file");
    assert!(matches!(
        ConfigFile::locate(scratch.join("chain")),
        Err(LocateError::Dangling { link, .. }) if link == scratch.join("file") || link == scratch.join("chain")
    ));
    assert_eq!(scratch.names(), ["chain", "directory", "file"], "nothing was made");
}

#[test]
fn links_that_lead_in_a_circle_or_too_far() {
    let scratch = Scratch::new();
    scratch.link("a", "b");
    scratch.link("b", "a");
    assert!(matches!(ConfigFile::locate(scratch.join("a")), Err(LocateError::TooManyLinks { .. })));

    scratch.put("0", "end");
    for hop in 1..=41 {
        scratch.link(&hop.to_string(), (hop - 1).to_string());
    }
    assert_eq!(scratch.locate("40").target(), scratch.join("0"));
    assert!(matches!(ConfigFile::locate(scratch.join("41")), Err(LocateError::TooManyLinks { .. })));
}

#[test]
fn paths_that_name_no_file() {
    for path in ["", "/", ".", "..", "a/", "a/.", "a/..", "/tmp/"] {
        assert!(matches!(ConfigFile::locate(path), Err(LocateError::NoFileName { .. })), "{path:?}");
    }
    let scratch = Scratch::new();
    scratch.link("root", "/");
    assert!(matches!(
        ConfigFile::locate(scratch.join("root")),
        Err(LocateError::NoFileName { path }) if path == Path::new("/")
    ));
    assert!(matches!(ConfigFile::locate(scratch.join("a\0b")), Err(LocateError::Io { .. })));
}

#[test]
fn a_directory_that_is_missing_or_is_none() {
    let scratch = Scratch::new();
    scratch.put("file", "");
    assert!(matches!(
        ConfigFile::locate(scratch.join("no/such/config.json")),
        Err(LocateError::NoDirectory { path }) if path == scratch.join("no/such")
    ));
    assert!(matches!(
        ConfigFile::locate(scratch.join("file/config.json")),
        Err(LocateError::NotADirectory { path }) if path == scratch.join("file")
    ));
}

/// In a child, since the current directory belongs to the whole process.
#[test]
fn a_relative_path_is_looked_up_in_the_current_directory_and_judged_up_to_the_root() {
    let scratch = Scratch::new();
    scratch.directory("a/b");
    set_mode(&scratch.put("a/b/config.json", "content"), 0o600);
    let mut child = child::command("relative", Path::new("config.json"));
    child::succeed_in(&mut child, &scratch.join("a/b"));
    for open in ["", "a", "a/b"] {
        set_mode(&scratch.join(open), 0o777);
        let mut child = child::command("relative-refused", Path::new("config.json"));
        child::succeed_in(&mut child, &scratch.join("a/b"));
        set_mode(&scratch.join(open), 0o700);
    }
}

/// A child's.
pub(crate) fn relative(path: &Path) {
    let file = ConfigFile::locate(path).unwrap();
    assert_eq!(file.target(), path);
    assert_eq!(file.read(LIMIT).unwrap().bytes(), b"content");
    assert_eq!(
        ConfigFile::locate(Path::new("../b").join(path)).unwrap().read(LIMIT).unwrap().bytes(),
        b"content"
    );
}

/// A child's.
pub(crate) fn relative_refused(path: &Path) {
    assert!(matches!(ConfigFile::locate(path), Err(LocateError::Refused(_))));
}
