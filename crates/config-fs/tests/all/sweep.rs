use config_fs::{Recovery, Wait};

use crate::scratch::{Scratch, content};

const DEAD: &str = ".config.json.0123456789abcdef.tmp";
const FOREIGN: [&str; 8] = [
    ".config.json.0123456789ABCDEF.tmp",
    ".config.json.0123456789abcde.tmp",
    ".config.json.0123456789abcdef0.tmp",
    ".config.json.0123456789abcdef.tmp~",
    ".config.jso.0123456789abcdef.tmp",
    ".other.json.0123456789abcdef.tmp",
    "config.json.0123456789abcdef.tmp",
    ".config.json.swp",
];

fn done(removed: usize) -> Recovery {
    Recovery::Done { removed }
}

#[test]
fn recovery_removes_the_dead_and_leaves_the_foreign() {
    let scratch = Scratch::new();
    scratch.put("config.json", "kept");
    scratch.put(DEAD, "half of a sa");
    scratch.put(".config.json.00000000000000ff.tmp", "");
    for name in FOREIGN {
        scratch.put(name, "foreign");
    }
    scratch.directory(".config.json.1111111111111111.tmp");
    scratch.link(".config.json.2222222222222222.tmp", "config.json");
    let file = scratch.locate("config.json");
    assert_eq!(file.recover().unwrap(), done(2));
    let names = scratch.names();
    assert_eq!(file.recover().unwrap(), done(0), "idempotent");
    assert_eq!(scratch.names(), names);
    for name in FOREIGN {
        assert_eq!(content(&scratch.join(name)), "foreign");
    }
    assert!(scratch.join(".config.json.1111111111111111.tmp").is_dir());
    assert!(scratch.join(".config.json.2222222222222222.tmp").is_symlink());
    assert_eq!(content(file.path()), "kept");
}

#[test]
fn a_save_sweeps_too() {
    let scratch = Scratch::new();
    scratch.put(DEAD, "half");
    let file = scratch.locate("config.json");
    file.lock(Wait::No).unwrap().create(b"whole").unwrap();
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
}

#[test]
fn nothing_is_removed_while_someone_holds_the_lock() {
    let scratch = Scratch::new();
    scratch.put(DEAD, "being written");
    let (file, other) = (scratch.locate("config.json"), scratch.locate("config.json"));
    let locked = other.lock(Wait::No).unwrap();
    assert_eq!(file.recover().unwrap(), Recovery::Busy);
    assert!(scratch.join(DEAD).exists());
    drop(locked);
    assert_eq!(file.recover().unwrap(), done(1));
}

#[test]
fn a_dead_file_is_never_promoted() {
    let scratch = Scratch::new();
    scratch.put(DEAD, "nobody was told of this");
    let file = scratch.locate("config.json");
    assert_eq!(file.recover().unwrap(), done(1));
    assert_eq!(file.stamp().unwrap(), None);
}

#[test]
fn a_second_name_of_the_file_or_of_its_copy_goes_and_any_other_stays() {
    for (name, removed) in [("config.json", 1), ("config.json.bak", 1), ("unrelated", 0), ("config.jsonx", 0)]
    {
        let scratch = Scratch::new();
        let path = scratch.put(name, "content");
        std::fs::hard_link(&path, scratch.join(DEAD)).unwrap();
        let file = scratch.locate("config.json");
        assert_eq!(file.recover().unwrap(), done(removed), "{name}");
        assert_eq!(content(&path), "content");
    }
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "content");
    std::fs::hard_link(&path, scratch.join(DEAD)).unwrap();
    std::fs::hard_link(&path, scratch.join("third")).unwrap();
    assert_eq!(
        scratch.locate("config.json").recover().unwrap(),
        done(0),
        "three names are nothing that we made"
    );
}

#[test]
fn what_the_lock_holder_is_writing_stays() {
    let scratch = Scratch::new();
    scratch.put(DEAD, "alive");
    let file = scratch.locate("config.json");
    let locked = file.lock(Wait::No).unwrap();
    assert_eq!(file.recover().unwrap(), Recovery::Busy);
    assert_eq!(content(&scratch.join(DEAD)), "alive");
    drop(locked);
    assert_eq!(file.recover().unwrap(), done(1));
}

#[test]
fn a_planted_lock_fails_recovery() {
    let scratch = Scratch::new();
    scratch.put(DEAD, "dead");
    scratch.directory(".config.json.lock");
    let error = scratch.locate("config.json").recover().unwrap_err();
    insta::assert_snapshot!(scratch.message(&error), @"DIR/.config.json.lock is a directory, not a regular file; move it away or give another path");
    assert!(scratch.join(DEAD).exists());
}
