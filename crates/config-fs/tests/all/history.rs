//! What is added to a history: where, and what goes for it.

use std::fs;
use std::time::{Duration, SystemTime};

use config_fs::{ConfigFile, HistoryError, Keep, Kept, Locked, Wait};

use crate::scratch::Scratch;

/// A hash is what the caller says it is.
fn hash(of: &str) -> String {
    format!("{:064x}", of.as_bytes()[0])
}

fn add(locked: &Locked<'_>, text: &str, is_current: bool) -> Result<Kept, HistoryError> {
    locked.keep(&of(text, &hash(text), is_current))
}

/// What the file had at that second, and has no more.
fn add_late(locked: &Locked<'_>, text: &str, second: u64) -> Kept {
    let (hash, time) = (hash(text), at(second));
    locked.keep(&Keep { time, ..of(text, &hash, false) }).unwrap()
}

fn add_at(locked: &Locked<'_>, text: &str, second: u64) -> Kept {
    let (hash, time) = (hash(text), at(second));
    locked.keep(&Keep { time, ..of(text, &hash, true) }).unwrap()
}

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

fn of<'a>(text: &'a str, hash: &'a str, is_current: bool) -> Keep<'a> {
    let time = SystemTime::now();
    Keep { bytes: text.as_bytes(), hash, time, is_current, bound: Some(6), ..Keep::default() }
}

/// The contents, the oldest first.
fn kept(file: &ConfigFile) -> Vec<String> {
    let history = file.history().unwrap().expect("a history");
    let entries = history.entries().unwrap();
    assert!(entries.is_sorted_by_key(config_fs::KeptEntry::time));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    entries.iter().filter_map(|entry| history.read(entry, 100).ok()).map(text).collect()
}

/// Programs that read the same file come to it when they can.
#[test]
fn what_comes_late_is_where_the_file_had_it_and_once() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let locked = file.lock(Wait::No).unwrap();
    add_at(&locked, "a", 10);
    add_at(&locked, "c", 30);
    assert_eq!(add_late(&locked, "b", 20), Kept::Added);
    assert_eq!(kept(&file), ["a", "b", "c"]);
    // Others saw them a little sooner or later.
    for (text, second) in [("a", 9), ("a", 11), ("b", 19), ("b", 21), ("c", 29), ("c", 31), ("c", 5)] {
        assert_eq!(add_late(&locked, text, second), Kept::Already, "{text} at {second}");
    }
    // It was there once more in between.
    assert_eq!(add_late(&locked, "a", 25), Kept::Added);
    assert_eq!(kept(&file), ["a", "b", "a", "c"]);
    // And after the newest, before what it is now.
    assert_eq!(add_late(&locked, "d", 40), Kept::Added);
    assert_eq!(add_at(&locked, "e", 50), Kept::Added);
    assert_eq!(kept(&file), ["a", "b", "a", "c", "d", "e"]);
    // What is older than all that fits is not kept, nor does it take a place.
    assert_eq!(add_late(&locked, "f", 1), Kept::Added);
    assert_eq!(kept(&file), ["a", "b", "a", "c", "d", "e"]);
    // At one moment, after a clock that ticks seldom.
    add_late(&locked, "g", 40);
    assert_eq!(kept(&file), ["b", "a", "c", "d", "g", "e"]);
}

#[test]
fn what_was_replaced_is_added_first_unless_it_is_the_newest() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let locked = file.lock(Wait::No).unwrap();
    let save = |old: &str, new: &str| {
        let (old_hash, new_hash) = (hash(old), hash(new));
        locked.keep_after(Some(&of(old, &old_hash, true)), &of(new, &new_hash, true)).unwrap()
    };
    save("a", "b");
    save("b", "c");
    assert_eq!(kept(&file), ["a", "b", "c"]);
    fs::remove_dir_all(file.history_path()).unwrap();
    save("c", "d");
    assert_eq!(kept(&file), ["c", "d"]);
    save("b", "e");
    assert_eq!(kept(&file), ["c", "d", "b", "e"]);
}

#[test]
fn one_that_cannot_be_removed_keeps_the_others_from_nothing() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let locked = file.lock(Wait::No).unwrap();
    add(&locked, "0", true).unwrap();
    let name = format!("0000000001.000000000-{}.edit", hash("x"));
    fs::create_dir(file.history_path().join(&name)).unwrap();
    for text in ["1", "2", "3", "4", "5", "6", "7", "8"] {
        let added = add(&locked, text, true);
        let is_told = matches!(&added, Err(HistoryError::Io { path, .. }) if path.ends_with(&name));
        assert!(is_told || text < "6", "{text}: {added:?}");
    }
    assert_eq!(kept(&file), ["3", "4", "5", "6", "7", "8"]);
}
