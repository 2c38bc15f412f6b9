//! The directories on the way.

use std::fs;
use std::path::PathBuf;

use acceptance::persona::{Persona, STRANGER, can_give, chmod, give, personas};
use acceptance::place::{Place, with_alias};

use crate::support::{accepted, refused, rejected, silent, warned, warning, watching};

/// A config file two directories below that of the place, all of it theirs.
fn deep(who: Persona) -> (Place, PathBuf) {
    let place = who.place("");
    let directory = place.directory().join("a/b");
    fs::create_dir_all(&directory).expect("directories");
    let file = directory.join("config.json");
    Place::rename(&place.file(), &file);
    let done = fs::OpenOptions::new().write(true).open(&file);
    std::io::Write::write_all(&mut done.expect("the file"), with_alias("good").as_bytes()).expect("a write");
    for path in [&place.directory().join("a"), &directory, &file] {
        who.owns(path);
    }
    for path in [&place.directory().join("a"), &directory] {
        chmod(path, 0o700);
    }
    (place, file)
}

#[test]
fn a_directory_on_the_way_that_others_may_write_is_refused() {
    for who in personas() {
        let (place, file) = deep(*who);
        silent(*who, &file, &[]);
        for open in ["", "a", "a/b"] {
            let open = place.directory().join(open);
            let open = open.components().collect::<PathBuf>();
            chmod(&open, 0o777);
            refused(*who, &file, &format!("the directory {} has mode 0777", open.display()));
            chmod(&open, 0o700);
        }
        let watching = watching(*who, &file);
        chmod(&place.directory().join("a"), 0o707);
        let rewritten = with_alias("planted");
        fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&file)
            .and_then(|mut file| std::io::Write::write_all(&mut file, rewritten.as_bytes()))
            .expect("an edit");
        let said = rejected(&watching);
        assert!(said.contains("has mode 0707"), "{said}");
        chmod(&place.directory().join("a"), 0o700);
        accepted(&watching);
    }
}

#[test]
fn nothing_is_made_in_a_directory_that_others_may_write() {
    for who in personas() {
        let place = who.place("");
        place.remove();
        chmod(place.directory(), 0o777);
        let below = place.directory().join("inner/config.json");
        for file in [place.file(), below] {
            let done = who.configctl(&file, &["init"]);
            assert_eq!(done.code, 5, "{done:?}");
            assert!(place.leftovers().is_empty());
        }
    }
}

#[test]
fn a_directory_that_its_group_may_write_is_warned_about() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        chmod(place.directory(), 0o770);
        let told = warned(*who, &place.file(), "may put another file into it");
        assert!(told.err.contains("`chmod g-w "), "{}", told.err);
    }
}

#[test]
fn a_sticky_directory_protects_only_an_existing_own_file() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        // As `/tmp` is.
        if acceptance::system::is_root() {
            give(place.directory(), 0);
        }
        chmod(place.directory(), 0o1777);
        silent(*who, &place.file(), &[]);
        assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        place.remove();
        let done = who.configctl(&place.file(), &["init"]);
        assert_eq!(done.code, 5, "{done:?}");
        assert!(done.err.contains("has mode 1777") && done.err.contains("`mkdir -m 700 "), "{done:?}");
        assert!(!place.file().exists());
        // In a directory of one's own in it, there is nothing to fear.
        assert_eq!(who.configctl(&place.directory().join("own/config.json"), &["init"]).code, 0);
    }
}

#[test]
fn in_a_sticky_directory_another_user_s_file_and_link_are_refused() {
    if !can_give() {
        return;
    }
    for who in personas() {
        let (place, own) = (who.place(&with_alias("planted")), who.place(&with_alias("good")));
        give(place.directory(), 0);
        chmod(place.directory(), 0o1777);
        place.chmod(0o644);
        give(&place.file(), STRANGER);
        refused(*who, &place.file(), &format!("belongs to uid {STRANGER}"));
        // A link to what is one's own: who made it decides which of one's files is read.
        let link = place.directory().join("link.json");
        std::os::unix::fs::symlink(own.file(), &link).expect("a link");
        give(&link, STRANGER);
        refused(*who, &link, &format!("belongs to uid {STRANGER}"));
        who.owns(&link);
        if *who == Persona::Own {
            give(&link, 0);
        }
        silent(*who, &link, &[]);
    }
}

#[test]
fn another_user_s_directory_is_refused() {
    if !can_give() {
        return;
    }
    for who in personas() {
        let (place, file) = deep(*who);
        let middle = place.directory().join("a");
        give(&middle, STRANGER);
        chmod(&middle, 0o755);
        refused(*who, &file, &format!("{} belongs to uid {STRANGER}", middle.display()));
        silent(*who, &file, &["--allow-foreign-owner"]);
    }
}

/// Whoever is allowed is one user: where anybody can make a file, the option would let everybody in.
#[test]
fn an_allowed_owner_is_not_everybody() {
    if !can_give() {
        return;
    }
    let allowed = &["--allow-foreign-owner", "show"];
    for who in personas() {
        // In a directory such as `/tmp`, who made a file is whoever came first.
        let place = who.place(&with_alias("planted"));
        give(place.directory(), 0);
        chmod(place.directory(), 0o1777);
        place.chmod(0o644);
        give(&place.file(), STRANGER);
        let done = who.configctl(&place.file(), allowed);
        assert!(done.code == 5 && done.err.contains(&format!("belongs to uid {STRANGER}")), "{done:?}");
        // The directory is one stranger's, and the file another's.
        let (place, file) = deep(*who);
        chmod(&file, 0o644);
        for directory in ["a", "a/b"] {
            chmod(&place.directory().join(directory), 0o755);
            give(&place.directory().join(directory), STRANGER);
        }
        give(&file, STRANGER + 1);
        let done = who.configctl(&file, allowed);
        assert!(done.code == 5 && done.err.contains(&format!("belongs to uid {}", STRANGER + 1)), "{done:?}");
        give(&file, STRANGER);
        assert_eq!(who.configctl(&file, allowed).code, 0);
        let done = who.configctl(&file, &["--allow-foreign-owner", "doctor"]);
        assert!(done.out.contains(&format!("uid {STRANGER}, who is allowed to")), "{}", done.out);
    }
}

/// Neither the file nor its name changes.
#[test]
fn a_directory_that_is_opened_while_it_is_watched_is_noticed() {
    for who in personas() {
        let (place, file) = deep(*who);
        let watching = watching(*who, &file);
        for open in ["a", "a/b"] {
            let open = place.directory().join(open);
            chmod(&open, 0o777);
            let said = rejected(&watching);
            assert!(said.contains(&format!("{} has mode 0777", open.display())), "{said}");
            chmod(&open, 0o700);
            accepted(&watching);
            chmod(&open, 0o770);
            let said = warning(&watching);
            assert!(said.contains(&format!("{} has mode 0770", open.display())), "{said}");
            chmod(&open, 0o700);
        }
    }
}

#[test]
fn nothing_is_made_beyond_a_link_that_leads_nowhere() {
    for who in personas() {
        let place = who.place("");
        place.remove();
        let link = place.directory().join("link");
        std::os::unix::fs::symlink("nowhere", &link).expect("a link");
        who.owns(&link);
        let done = who.configctl(&link.join("inner/config.json"), &["init"]);
        assert!(done.code == 1 && !place.directory().join("nowhere").exists(), "{done:?}");
    }
}
