use config_fs::{Concern, ConfigFile, Identity, Trust, WarnedOnce};

use crate::scratch::{LIMIT, Scratch, set_mode};

fn concerns(scratch: &Scratch, trust: Trust) -> Vec<String> {
    let file = ConfigFile::locate_with(scratch.join("config.json"), trust).unwrap();
    let contents = file.read(LIMIT).unwrap();
    let said = contents.concerns().iter().map(ToString::to_string);
    said.map(|text| text.replace(&scratch.path().display().to_string(), "DIR")).collect()
}

#[test]
fn a_private_file_is_no_concern() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "");
    for mode in [0o600, 0o400, 0o700] {
        set_mode(&path, mode);
        assert_eq!(concerns(&scratch, Trust::new()), [""; 0]);
    }
}

#[test]
fn every_wider_bit_is_one_and_the_file_is_read_as_it_is() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "content");
    for bit in [0o40, 0o10, 0o4, 0o1] {
        set_mode(&path, 0o600 | bit);
        let contents = scratch.locate("config.json").read(LIMIT).unwrap();
        let [Concern::WideMode { identity, path: named, .. }] = contents.concerns() else {
            panic!("{bit:o}")
        };
        assert_eq!((identity.mode, named), (0o600 | bit, &path));
        assert_eq!(crate::scratch::mode(&path), 0o600 | bit, "a read changes no mode");
    }
}

/// The concerns at this mode, where another is expected.
fn says(name: &str, mode: u32, expected: Option<u32>) -> String {
    let scratch = Scratch::new();
    set_mode(&scratch.put(name, ""), mode);
    let trust = expected.map_or_else(Trust::new, |expected| Trust::new().expected_mode(expected));
    let contents = ConfigFile::locate_with(scratch.join(name), trust).unwrap().read(LIMIT).unwrap();
    let said: Vec<_> = contents.concerns().iter().map(ToString::to_string).collect();
    said.join("; ").replace(&scratch.path().display().to_string(), "DIR")
}

#[test]
fn what_it_says() {
    insta::assert_snapshot!(says("config.json", 0o644, None), @"DIR/config.json has mode 0644, so others than its owner may read it; close it with `chmod 600 DIR/config.json`");
    insta::assert_snapshot!(says("my config", 0o640, None), @"DIR/my config has mode 0640, so others than its owner may read it; close it with `chmod 600 'DIR/my config'`");
    insta::assert_snapshot!(says("config.json", 0o4711, None), @"DIR/config.json has mode 4711, so others than its owner may execute it; close it with `chmod 600 DIR/config.json`");
    insta::assert_snapshot!(says("config.json", 0o644, Some(0o640)), @"DIR/config.json has mode 0644, so others than its owner may read it; close it with `chmod 640 DIR/config.json`");
}

#[test]
fn an_expected_mode_and_what_is_narrower_are_silent() {
    for (expected, silent, wide) in [
        (0o640, &[0o640, 0o440, 0o400, 0o600][..], &[0o644, 0o650, 0o604][..]),
        (0o440, &[0o440, 0o640, 0o400], &[0o444, 0o450]),
        (0o644, &[0o644, 0o444, 0o604, 0o600], &[0o645, 0o655]),
        // Write permission is never expected.
        (0o666, &[0o644, 0o600], &[0o655]),
    ] {
        for mode in silent {
            assert_eq!(
                says("config.json", *mode, Some(expected)),
                "",
                "{mode:o} where {expected:o} is expected"
            );
        }
        for mode in wide {
            assert_ne!(
                says("config.json", *mode, Some(expected)),
                "",
                "{mode:o} where {expected:o} is expected"
            );
        }
    }
}

#[test]
fn a_second_name_is_one() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "");
    set_mode(&path, 0o600);
    std::fs::hard_link(&path, scratch.join("other")).unwrap();
    insta::assert_snapshot!(concerns(&scratch, Trust::new()).join("; "), @r#"DIR/config.json has a second name, through which it can be changed too; find it with `find "$(stat -c %m DIR/config.json)" -xdev -samefile DIR/config.json`, or give this one a file of its own by saving it"#);
    std::fs::remove_file(scratch.join("other")).unwrap();
    assert_eq!(concerns(&scratch, Trust::new()), [""; 0]);
}

#[test]
fn a_directory_that_its_group_may_write_is_one() {
    let scratch = Scratch::new();
    set_mode(&scratch.put("config.json", ""), 0o600);
    set_mode(scratch.path(), 0o770);
    insta::assert_snapshot!(concerns(&scratch, Trust::new()).join("; "), @"the directory DIR has mode 0770, so its group, or a user whom its access control list names, may put another file into it; close it with `chmod g-w DIR`");
    set_mode(scratch.path(), 0o1770);
    assert_eq!(concerns(&scratch, Trust::new()), [""; 0], "the sticky bit keeps the file");
}

#[test]
fn a_thousand_reloads_warn_once_and_a_new_state_warns_again() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "");
    let file = scratch.locate("config.json");
    let mut warned = WarnedOnce::new();
    let mut count = |reloads: usize| {
        (0..reloads).map(|_| warned.fresh(file.read(LIMIT).unwrap().concerns()).len()).sum::<usize>()
    };
    set_mode(&path, 0o644);
    assert_eq!(count(1000), 1);
    set_mode(&path, 0o640);
    assert_eq!(count(10), 1);
    set_mode(&path, 0o600);
    assert_eq!(count(10), 0);
    set_mode(&path, 0o644);
    assert_eq!(count(10), 0, "this state of this file was spoken of");
}

/// What Kubernetes' swaps and an editor's renames do: a new file each time, and one warning.
#[test]
fn files_that_take_one_another_s_place_warn_once() {
    let wide = |ino, mode| Concern::WideMode {
        path: format!("/etc/config/..{ino}/config.json").into(),
        identity: Identity { dev: 1, ino, mode, uid: 0, gid: 0 },
        remedy: String::new(),
    };
    let mut warned = WarnedOnce::new();
    let said = (0..1000).map(|ino| warned.fresh(&[wide(ino, 0o644)]).len()).sum::<usize>();
    assert_eq!(said, 1);
    assert_eq!(warned.fresh(&[wide(1000, 0o640)]).len(), 1, "another mode");
    assert_eq!(warned.fresh(&[]).len(), 0);
    assert_eq!(warned.fresh(&[wide(1001, 0o640)]).len(), 1, "it was mended, and is back");
}

#[test]
fn its_memory_is_bounded() {
    let mut warned = WarnedOnce::new();
    let mut is_new = |ino| {
        let identity = Identity { dev: 1, ino, mode: 0o644, uid: 0, gid: 0 };
        let concern = Concern::WideMode { path: "config.json".into(), identity, remedy: String::new() };
        let fresh = warned.fresh(&[concern]).len() == 1;
        warned.fresh(&[]);
        fresh
    };
    assert!((0..1000).all(&mut is_new));
    assert!(!is_new(999));
    assert!(is_new(0), "the oldest was forgotten");
}
