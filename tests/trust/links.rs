//! Links: the file's own, planted ones, and second names.

use std::fs;
use std::os::unix::fs::symlink;

use acceptance::persona::personas;
use acceptance::place::{Place, with_alias};

use crate::support::{REFUSED, silent, warned};

#[test]
fn a_final_link_is_followed_and_stays_one() {
    for who in personas() {
        let (real, at) = (who.place(&with_alias("fast")), who.place(""));
        at.remove();
        symlink(real.file(), at.file()).expect("a link");
        who.owns(&at.file());
        silent(*who, &at.file(), &[]);
        // The verdict is on what it leads to.
        real.chmod(0o666);
        let done = who.configctl(&at.file(), &["show"]);
        assert_eq!(done.code, REFUSED, "{done:?}");
        assert!(done.err.contains(&real.file().display().to_string()), "{done:?}");
        real.chmod(0o600);
        assert_eq!(who.configctl(&at.file(), &["set", "/features/debug", "true"]).code, 0);
        assert!(at.file().is_symlink() && real.text().contains("debug"));
        assert_eq!(real.mode(), 0o600);
    }
}

#[test]
fn nothing_is_made_through_a_dangling_link() {
    for who in personas() {
        let (elsewhere, at) = (who.place(""), who.place(""));
        elsewhere.remove();
        at.remove();
        symlink(elsewhere.file(), at.file()).expect("a link");
        for command in [&["init"][..], &["watch"], &["set", "/features/debug", "true"]] {
            let done = who.configctl(&at.file(), command);
            assert_eq!(done.code, 1, "{command:?}: {done:?}");
            assert!(done.err.contains("which does not exist"), "{command:?}: {done:?}");
        }
        assert!(!elsewhere.file().exists() && at.file().is_symlink());
    }
}

/// At every name that a save uses, as far as it can be guessed. The random part of a temporary name cannot.
#[test]
fn links_planted_beside_the_file_are_not_followed() {
    for who in personas() {
        let (place, victim) = (who.place(&with_alias("fast")), who.place("the victim's"));
        let lock = place.directory().join(".config.json.lock");
        symlink(victim.file(), &lock).expect("a link");
        let done = who.configctl(&place.file(), &["set", "/features/debug", "true"]);
        assert_eq!(done.code, REFUSED, "{done:?}");
        assert!(done.err.contains("is a symlink, not a regular file"), "{done:?}");
        fs::remove_file(&lock).expect("the link");
        let names = [
            "config.json.tmp",
            ".config.json.tmp",
            ".config.json.0000000000000000.tmp",
            "config.json~",
            "config.json.bak",
        ];
        for name in names {
            symlink(victim.file(), place.directory().join(name)).expect("a link");
        }
        assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        for name in names {
            assert!(place.directory().join(name).is_symlink(), "{name} was replaced");
        }
        assert_eq!((victim.text(), victim.mode()), ("the victim's".to_owned(), 0o600));
    }
}

#[test]
fn a_second_name_is_warned_about_and_a_save_ends_it() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        let second = place.directory().join("second");
        fs::hard_link(place.file(), &second).expect("a hard link");
        warned(*who, &place.file(), "has a second name");
        assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        silent(*who, &place.file(), &[]);
        assert_eq!(fs::read_to_string(second).expect("the second name"), with_alias("fast"));
    }
}

/// What was there before the link was swapped, or after, and nothing in between.
#[test]
fn a_link_that_is_swapped_leads_to_one_of_its_targets() {
    for who in personas() {
        let place = who.place("");
        place.remove();
        for name in ["one", "two"] {
            let target = place.directory().join(name);
            fs::create_dir(&target).expect("a directory");
            let file = Place::with(&with_alias(name));
            fs::copy(file.file(), target.join("config.json")).expect("a copy");
            acceptance::persona::chmod(&target.join("config.json"), 0o600);
            acceptance::persona::chmod(&target, 0o700);
            for path in [target.join("config.json"), target] {
                who.owns(&path);
            }
        }
        let data = place.directory().join("..data");
        symlink("..data/config.json", place.file()).expect("a link");
        for round in 0..50 {
            let name = if round % 2 == 0 { "one" } else { "two" };
            symlink(name, place.directory().join("..new")).expect("a link");
            Place::rename(&place.directory().join("..new"), &data);
            let done = who.configctl(&place.file(), &["get", &format!("/models/{name}/enabled")]);
            assert_eq!((done.code, done.out.as_str()), (0, "true\n"), "{done:?}");
        }
    }
}
