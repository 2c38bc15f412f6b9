use config_fs::{Concern, WarnedOnce};

use crate::scratch::{LIMIT, Scratch, set_mode};

#[test]
fn a_private_file_is_no_concern() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "");
    for mode in [0o600, 0o400, 0o700] {
        set_mode(&path, mode);
        assert_eq!(scratch.locate("config.json").read(LIMIT).unwrap().concerns(), []);
    }
}

#[test]
fn every_wider_bit_is_one_and_the_file_is_read_as_it_is() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "content");
    for bit in [0o40, 0o20, 0o10, 0o4, 0o2, 0o1] {
        set_mode(&path, 0o600 | bit);
        let contents = scratch.locate("config.json").read(LIMIT).unwrap();
        let [Concern::WideMode { mode, path: named, .. }] = contents.concerns() else { panic!("{bit:o}") };
        assert_eq!((*mode, named), (0o600 | bit, &path));
        assert_eq!(crate::scratch::mode(&path), 0o600 | bit, "a read changes no mode");
    }
}

#[test]
fn what_it_says() {
    let scratch = Scratch::new();
    let says = |name: &str, mode| {
        set_mode(&scratch.put(name, ""), mode);
        let contents = scratch.locate(name).read(LIMIT).unwrap();
        contents.concerns()[0].to_string().replace(&scratch.path().display().to_string(), "DIR")
    };
    insta::assert_snapshot!(says("config.json", 0o644), @"DIR/config.json has mode 0644, so others than its owner may read it; close it with `chmod 600 DIR/config.json`");
    insta::assert_snapshot!(says("config.json", 0o666), @"DIR/config.json has mode 0666, so others than its owner may read and write it; close it with `chmod 600 DIR/config.json`");
    insta::assert_snapshot!(says("my config", 0o620), @"DIR/my config has mode 0620, so others than its owner may write it; close it with `chmod 600 'DIR/my config'`");
    insta::assert_snapshot!(says("config.json", 0o4711), @"DIR/config.json has mode 4711, so others than its owner may execute it; close it with `chmod 600 DIR/config.json`");
}

#[test]
fn a_thousand_reloads_warn_once_and_a_new_state_warns_again() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "");
    let file = scratch.locate("config.json");
    let mut warned = WarnedOnce::new();
    let mut count = |reloads: usize| {
        (0..reloads)
            .filter(|_| file.read(LIMIT).unwrap().concerns().iter().any(|concern| warned.fresh(concern)))
            .count()
    };
    set_mode(&path, 0o644);
    assert_eq!(count(1000), 1);
    set_mode(&path, 0o640);
    assert_eq!(count(10), 1);
    set_mode(&path, 0o600);
    assert_eq!(count(10), 0);
}

#[test]
fn its_memory_is_bounded() {
    let mut warned = WarnedOnce::new();
    let concern = |ino| Concern::WideMode { path: "config.json".into(), mode: 0o644, dev: 1, ino, uid: 0 };
    assert!((0..1000).all(|ino| warned.fresh(&concern(ino))));
    assert!(!warned.fresh(&concern(999)));
    assert!(warned.fresh(&concern(0)), "the oldest was forgotten");
}
