//! What is added to a history: where, and what goes for it.

use std::fs;
use std::time::SystemTime;

use config_fs::{ConfigFile, HistoryError, Keep, Kept, Locked, Wait};

use crate::scratch::Scratch;

/// A hash is what the caller says it is.
fn hash(of: &str) -> String {
    format!("{:064x}", of.as_bytes()[0])
}

fn add(locked: &Locked<'_>, text: &str, is_current: bool) -> Result<Kept, HistoryError> {
    locked.keep(&of(text, &hash(text), is_current))
}

fn of<'a>(text: &'a str, hash: &'a str, is_current: bool) -> Keep<'a> {
    let time = SystemTime::now();
    Keep { bytes: text.as_bytes(), hash, time, is_current, bound: Some(4), ..Keep::default() }
}

/// The contents, the oldest first.
fn kept(file: &ConfigFile) -> Vec<String> {
    let history = file.history().unwrap().expect("a history");
    let entries = history.entries().unwrap();
    assert!(entries.is_sorted_by_key(config_fs::KeptEntry::time));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    entries.iter().filter_map(|entry| history.read(entry, 100).ok()).map(text).collect()
}

/// Of two that saw a content, the slower one comes when there is another already.
#[test]
fn what_the_file_does_not_say_any_more_never_becomes_the_newest() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    let locked = file.lock(Wait::No).unwrap();
    assert_eq!(add(&locked, "a", true).unwrap(), Kept::Added);
    assert_eq!(add(&locked, "c", true).unwrap(), Kept::Added);
    assert_eq!(add(&locked, "b", false).unwrap(), Kept::Added);
    assert_eq!(kept(&file), ["a", "b", "c"]);
    for there in ["a", "b", "c"] {
        assert_eq!(add(&locked, there, false).unwrap(), Kept::Already);
    }
    // Of the newest it is not the one to be pruned.
    add(&locked, "d", true).unwrap();
    add(&locked, "e", false).unwrap();
    assert_eq!(kept(&file), ["b", "c", "e", "d"]);
    assert_eq!(add(&locked, "b", true).unwrap(), Kept::Added, "accepted once more");
    assert_eq!(kept(&file), ["c", "e", "d", "b"]);
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
        assert!(is_told || text < "4", "{text}: {added:?}");
    }
    assert_eq!(kept(&file), ["5", "6", "7", "8"]);
}
