use config_fs::{ReplaceError, Step, Wait};

use crate::scratch::{LIMIT, Scratch, content, mode, set_mode};

#[test]
fn a_copy_is_private_and_beside_the_file() {
    let scratch = Scratch::new();
    scratch.put("config.json", "now");
    let file = scratch.locate("config.json");
    let mut locked = file.lock(Wait::No).unwrap();
    let copy = locked.keep_copy("v1", b"then").unwrap();
    assert_eq!(copy, scratch.join("config.json.v1"));
    assert_eq!((mode(&copy), content(&copy).as_str()), (0o600, "then"));
    assert_eq!(locked.keep_copy("v1", b"then").unwrap(), copy, "the same bytes are the same copy");
    assert_eq!(scratch.names(), [".config.json.lock", "config.json", "config.json.v1"]);
}

#[test]
fn other_content_is_never_replaced() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    scratch.put("config.json.v1", "theirs");
    scratch.link("config.json.v1.1", "nowhere");
    scratch.directory("config.json.v1.2");
    set_mode(&scratch.put("config.json.v1.3", "mine"), 0o644);
    let mut locked = file.lock(Wait::No).unwrap();
    let copy = locked.keep_copy("v1", b"mine").unwrap();
    assert_eq!(
        copy,
        scratch.join("config.json.v1.4"),
        "a readable copy is not the private one that was asked for"
    );
    assert_eq!(locked.keep_copy("v1", b"mine").unwrap(), copy);
    assert_eq!(content(&scratch.join("config.json.v1")), "theirs");
    assert!(!scratch.join("nowhere").exists());
    // Of the same length.
    assert_eq!(locked.keep_copy("v1", b"MINE").unwrap(), scratch.join("config.json.v1.5"));
    assert_eq!(locked.keep_copy("v2", b"").unwrap(), scratch.join("config.json.v2"));
    assert_eq!(locked.keep_copy("v2", b"").unwrap(), scratch.join("config.json.v2"));
}

#[test]
fn the_names_come_to_an_end() {
    let scratch = Scratch::new();
    let file = scratch.locate("config.json");
    scratch.put("config.json.v1", "theirs");
    for number in 1..100 {
        scratch.put(&format!("config.json.v1.{number}"), "theirs");
    }
    let error = file.lock(Wait::No).unwrap().keep_copy("v1", b"mine").unwrap_err();
    assert!(matches!(error, ReplaceError::NotSaved { step: Step::CreateTemporary, .. }), "{error:?}");
}

#[test]
fn a_suffix_that_leads_elsewhere_is_refused() {
    let scratch = Scratch::new();
    scratch.directory("config.json.");
    let file = scratch.locate("config.json");
    let mut locked = file.lock(Wait::No).unwrap();
    for suffix in ["", "/x", "../x", "a\0", &"x".repeat(101)] {
        assert!(
            matches!(locked.keep_copy(suffix, b"mine"), Err(ReplaceError::NotSaved { .. })),
            "{suffix:?}"
        );
    }
    assert_eq!(scratch.names(), [".config.json.lock", "config.json."]);
}

/// A copy belongs to whom the target belongs. One that was swapped in since it was read decides nothing.
#[test]
fn what_took_the_file_s_place_gets_no_copy() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "read");
    set_mode(&path, 0o600);
    let file = scratch.locate("config.json");
    let mut locked = file.lock(Wait::No).unwrap();
    locked.read(LIMIT).unwrap();
    let other = scratch.put("other", "another");
    set_mode(&other, 0o600);
    // Only root may give a file away: for whom it is not, it is another file all the same.
    std::os::unix::fs::chown(&other, Some(4321), None).ok();
    std::fs::rename(&other, &path).unwrap();
    let error = locked.keep_copy("v1", b"read").unwrap_err();
    assert!(matches!(error, ReplaceError::Changed { .. }), "{error:?}");
    // Nor where nothing was read.
    if rustix::process::geteuid().is_root() {
        drop(locked);
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
        let mut locked = file.lock(Wait::No).unwrap();
        std::os::unix::fs::chown(&path, Some(4321), None).unwrap();
        let error = locked.keep_copy("v1", b"read").unwrap_err();
        assert!(scratch.message(&error).contains("belongs to uid 4321"), "{error:?}");
    }
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
}
