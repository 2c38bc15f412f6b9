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

/// It was kept, whatever else is there.
#[test]
fn a_leftover_that_cannot_be_removed_is_not_told_as_not_kept() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let locked = file.lock(Wait::No).unwrap();
    add(&locked, "0", true).unwrap();
    let name = ".config.json.0123456789abcdef.tmp";
    fs::create_dir(file.history_path().join(name)).unwrap();
    assert!(!file.history().unwrap().unwrap().has_leftovers().unwrap(), "it is nothing of ours");
    assert_eq!(add(&locked, "1", true).unwrap(), Kept::Added);
    assert_eq!(kept(&file), ["0", "1"]);
}

#[test]
fn who_may_write_a_history_is_told() {
    let scratch = Scratch::new();
    let history = scratch.directory(".config.json.history");
    let said = |mode| {
        crate::scratch::set_mode(&history, mode);
        scratch.message(&scratch.locate("config.json").history().unwrap_err())
    };
    insta::assert_snapshot!(said(0o770), @"the directory DIR/.config.json.history has mode 0770, so its group, or a user whom its access control list names, may replace what is in it; look at what is in it, then `chmod 700 DIR/.config.json.history`");
    insta::assert_snapshot!(said(0o777), @"the directory DIR/.config.json.history has mode 0777, so anyone may replace what is in it; look at what is in it, then `chmod 700 DIR/.config.json.history`");
}
