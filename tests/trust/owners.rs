//! Whose the file is.

use acceptance::persona::{Persona, STRANGER, can_give, chmod, give, personas};
use acceptance::place::with_alias;

use crate::support::{accepted, refused, rejected, warned, watching};

#[test]
fn another_user_s_file_is_refused_unless_it_is_allowed() {
    if !can_give() {
        return;
    }
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        place.chmod(0o644);
        give(&place.file(), STRANGER);
        refused(*who, &place.file(), &format!("belongs to uid {STRANGER}"));
        let done = who.configctl(&place.file(), &["--allow-foreign-owner", "get", "/version"]);
        assert_eq!((done.code, done.out.as_str()), (0, "1\n"), "{done:?}");
    }
    // What root saves there, once it may, stays the other's.
    let place = Persona::Own.place(&with_alias("fast"));
    give(&place.file(), STRANGER);
    let done =
        Persona::Own.configctl(&place.file(), &["--allow-foreign-owner", "set", "/features/debug", "true"]);
    assert_eq!(done.code, 0, "{done:?}");
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(place.file()).expect("the file"));
    assert_eq!((owner, place.mode()), (STRANGER, 0o600));
}

#[test]
fn root_s_file_is_trusted_by_everybody() {
    if !can_give() {
        return;
    }
    let place = Persona::Ordinary.place(&with_alias("fast"));
    give(&place.file(), 0);
    place.chmod(0o644);
    warned(Persona::Ordinary, &place.file(), "has mode 0644");
}

#[test]
fn on_reload_another_user_s_file_leaves_the_last_good_config() {
    if !can_give() {
        return;
    }
    for who in personas() {
        let place = who.place(&with_alias("good"));
        let watching = watching(*who, &place.file());
        let planted = who.place(&with_alias("planted"));
        planted.chmod(0o644);
        give(&planted.file(), STRANGER);
        acceptance::place::Place::rename(&planted.file(), &place.file());
        let said = rejected(&watching);
        assert!(said.contains(&format!("belongs to uid {STRANGER}")), "{said}");
        who.owns(&place.file());
        if *who == Persona::Own {
            give(&place.file(), 0);
        }
        chmod(&place.file(), 0o600);
        accepted(&watching);
    }
}

/// `EACCES` says nothing about what is there, and least of all that nothing is.
#[test]
fn what_may_not_be_read_is_not_missing() {
    for who in personas().iter().filter(|who| **who == Persona::Ordinary || !acceptance::system::is_root()) {
        let place = who.place(&with_alias("fast"));
        place.chmod(0o000);
        for command in [&["show"][..], &["init"], &["watch"], &["set", "/features/debug", "true"]] {
            let done = who.configctl(&place.file(), command);
            assert_eq!(done.code, 1, "{command:?}: {done:?}");
            assert!(done.err.contains("may not read"), "{command:?}: {}", done.err);
        }
        place.chmod(0o600);
        assert_eq!(place.text(), with_alias("fast"));
        chmod(place.directory(), 0o000);
        let done = who.configctl(&place.file(), &["init"]);
        assert!(done.code == 1 && done.err.contains("may not look into"), "{done:?}");
        chmod(place.directory(), 0o700);
        assert_eq!(place.leftovers().len(), 0);
    }
}
