//! `configctl doctor --fix`: what is ours is closed to others, and nobody who may be meant to use it is shut out.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use acceptance::persona::{Persona, STRANGER, can_give, chmod, give, personas};
use acceptance::place::with_alias;
use acceptance::system::{command, is_root, possible, shell};

use crate::doctor::{findings, leave};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a status").permissions().mode() & 0o7777
}

#[test]
fn what_is_one_s_own_is_mended_when_asked() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        place.chmod(0o666);
        for (name, mode) in [
            (".config.json.0123456789abcdef.tmp", 0o644),
            ("config.json.v1-0123456789ab.bak", 0o644),
            ("config.json.v1-0123456789ab.bak.1", 0o640),
            (".config.json.lock", 0o666),
        ] {
            leave(&place, name, mode);
        }
        chmod(place.directory(), 0o777);
        let before = place.text();
        assert_eq!(findings(*who, &place.file(), &[]).0, 5);
        assert_eq!((place.mode(), place.leftovers().len()), (0o666, 3), "looking changes nothing");
        let done = who.configctl(&place.file(), &["doctor", "--fix"]);
        assert_eq!(done.code, 0, "{done:?}");
        assert_eq!(done.out.lines().filter(|line| line.starts_with("mended ")).count(), 6, "{}", done.out);
        // Closing it does not undo what was written while it was open.
        assert!(
            done.out.contains("could write") && done.out.contains("look at what it says"),
            "{}",
            done.out
        );
        assert_eq!((place.mode(), place.text()), (0o600, before));
        assert_eq!(
            place.leftovers(),
            ["config.json.v1-0123456789ab.bak", "config.json.v1-0123456789ab.bak.1"]
        );
        assert_eq!(findings(*who, &place.file(), &[]), (0, Vec::new()));
        let again = who.configctl(&place.file(), &["doctor", "--fix"]);
        assert!(!again.out.contains("mended ") && !again.out.contains("could write"), "{}", again.out);
    }
}

#[test]
fn what_is_another_s_is_told_and_left_alone() {
    if !can_give() {
        return;
    }
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        place.chmod(0o666);
        give(&place.file(), STRANGER);
        let names = vec!["foreign-owner".to_owned(), "writable".to_owned(), "not-read".to_owned()];
        assert_eq!(findings(*who, &place.file(), &["--fix"]), (5, names));
        assert_eq!(place.mode(), 0o666);
    }
}

/// Only the copies that migrations keep are ours. What an editor left is told of, and other programs' files are not even that.
#[test]
fn files_that_only_resemble_the_config_s_are_left_alone() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        let others = [
            "tsconfig.json",
            "edit-config.json.sh",
            "config.json5",
            "config.json.md",
            "config.json.v1-0123456789ab.bak.md",
            "config.json.v1-0123456789ab.bak.100",
            "config.json.v-0123456789ab.bak",
            "config.json.v1-0123456789AB.bak",
            "myconfig.json~",
        ];
        let editors =
            ["config.json~", ".config.json.swp", ".config.json.swo", "config.json.bak", "#config.json#"];
        for name in others.iter().chain(&editors) {
            leave(&place, name, 0o755);
        }
        let (code, found) = findings(*who, &place.file(), &["--fix"]);
        assert_eq!((code, found), (0, vec!["wide-copy".to_owned(); editors.len()]), "{who:?}");
        for name in others.iter().chain(&editors) {
            assert_eq!(mode(&place.directory().join(name)), 0o755, "{name}");
        }
    }
}

/// A service that reads by its group, as `root:app 0640`, or saves by it, still can after root mended the rest.
#[test]
fn a_group_that_is_not_one_s_own_keeps_what_it_reads() {
    if !can_give() {
        return;
    }
    let place = Persona::Own.place(&with_alias("fast"));
    shell(place.directory(), "chown 0:54321 . config.json; chmod 770 .; chmod 647 config.json");
    let done = Persona::Own.configctl(&place.file(), &["doctor", "--fix"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!((place.mode(), mode(place.directory())), (0o640, 0o770), "{}", done.out);
    assert!(done.out.contains("expect mode 0640") && done.out.contains("gid 54321"), "{}", done.out);
    assert!(!done.out.contains("chmod 600"), "{}", done.out);
    // Neither does what a warning says lock it out.
    place.chmod(0o644);
    let told = Persona::Own.configctl(&place.file(), &["show"]);
    assert!(told.err.contains("`chmod o-rwx ") && !told.err.contains("chmod 600"), "{}", told.err);
    place.chmod(0o664);
    let told = Persona::Own.configctl(&place.file(), &["show"]);
    assert!(told.code == 5 && told.err.contains("`chmod g-w,o-rwx "), "{}", told.err);
}

#[test]
fn a_lock_that_keeps_saves_away_is_found() {
    type Plant = fn(&Path);
    for who in personas() {
        let wide = who.place(&with_alias("fast"));
        leave(&wide, ".config.json.lock", 0o644);
        assert_eq!(findings(*who, &wide.file(), &[]), (0, vec!["wide-lock".to_owned()]));
        let mut plants: Vec<(Plant, &str)> = vec![
            (|lock| symlink("/dev/null", lock).expect("a link"), "not-regular"),
            (|lock| fs::create_dir(lock).expect("a directory"), "not-regular"),
            (
                |lock| drop(shell(lock.parent().expect("its directory"), "mkfifo .config.json.lock")),
                "not-regular",
            ),
        ];
        if can_give() {
            plants.push((
                |lock| {
                    fs::File::create_new(lock).expect("a file");
                    give(lock, STRANGER);
                },
                "foreign-owner",
            ));
        }
        for (plant, name) in plants {
            let place = who.place(&with_alias("fast"));
            plant(&place.directory().join(".config.json.lock"));
            assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 5);
            let (code, found) = findings(*who, &place.file(), &["--fix"]);
            assert_eq!((code, found), (5, vec![name.to_owned()]), "{who:?}");
            let done = who.configctl(&place.file(), &["doctor"]);
            assert!(
                done.out.ends_with("served, and not saved: refusals 1, errors 0, warnings 0\n"),
                "{}",
                done.out
            );
        }
    }
}

#[test]
fn a_place_where_nothing_can_be_saved_is_told() {
    for who in personas().iter().filter(|who| **who == Persona::Ordinary || !is_root()) {
        for (mode, names) in [(0o500, &["not-writable"][..]), (0o300, &["unlisted", "not-looked-for"])] {
            let place = who.place(&with_alias("fast"));
            chmod(place.directory(), mode);
            let names = names.iter().map(ToString::to_string).collect();
            assert_eq!(findings(*who, &place.file(), &[]), (0, names), "{mode:o}");
            // Its owner is the one who is told, and not to be somebody else.
            let command = format!("chmod u=rwx {}", place.directory().display());
            let told = who.configctl(&place.file(), &["doctor"]).out;
            assert!(told.contains(&format!("`{command}`")) && !told.contains("as its owner"), "{told}");
            if mode == 0o500 {
                let edited = who.configctl(&place.file(), &["edit"]);
                assert!(edited.code == 1 && edited.err.contains("doctor` says what keeps"), "{edited:?}");
            }
            shell(Path::new("/"), &command);
            assert_eq!(findings(*who, &place.file(), &[]), (0, Vec::new()), "{mode:o}");
        }
    }
}

#[test]
fn what_could_not_be_mended_is_told() {
    if !is_root() {
        eprintln!("SKIPPED: only root makes a file immutable");
        return;
    }
    let place = Persona::Own.place(&with_alias("fast"));
    place.chmod(0o644);
    let file = place.file().display().to_string();
    if !possible("immutable files", &["chattr", "+i", &file]) {
        return;
    }
    let done = Persona::Own.configctl(&place.file(), &["doctor", "--fix"]);
    shell(place.directory(), "chattr -i config.json");
    assert!(done.out.contains(&format!("failed   {file}: ")), "{}", done.out);
    assert_eq!(place.mode(), 0o644);
}

/// Whoever can make a file in the directory could give another file of ours the name of a copy.
#[test]
fn a_second_name_of_another_file_is_spared() {
    for who in personas() {
        let (place, other) = (who.place(&with_alias("fast")), who.place("a script"));
        other.chmod(0o755);
        fs::hard_link(other.file(), place.directory().join("config.json.v1-0123456789ab.bak"))
            .expect("a link");
        let done = who.configctl(&place.file(), &["doctor", "--fix"]);
        assert_eq!((done.code, other.mode()), (0, 0o755), "{done:?}");
    }
}

#[test]
fn a_file_that_is_a_mount_point_is_told() {
    let namespace = ["unshare", "--user", "--map-root-user", "--mount"];
    if !possible("mount namespaces", &[&namespace[..], &["sh", "-c", "mount -t tmpfs tmpfs /mnt"]].concat()) {
        return;
    }
    let place = Persona::Own.place(&with_alias("fast"));
    let script = "mount --bind \"$1\" \"$1\" && exec \"$0\" --file \"$1\" doctor";
    let mut inside = command(&[&namespace[..], &["sh", "-ec", script]].concat());
    inside.arg(acceptance::programs::program("configctl").get_program()).arg(place.file());
    let done = acceptance::configctl::run(inside);
    assert!(done.code == 0 && done.out.contains("mount its directory instead"), "{done:?}");
}

/// What is told to be typed names the file that it was told of.
#[test]
fn a_remedy_names_the_file() {
    let place = Persona::Own.place("{");
    let file = place.file().display().to_string();
    let done = Persona::Own.configctl(&place.file(), &["doctor"]);
    assert!(done.out.contains(&format!("--> {file}:1:2")), "{}", done.out);
    place.remove();
    let done = Persona::Own.configctl(&place.file(), &["--expected-mode", "0640", "show"]);
    assert!(
        done.err.contains(&format!("`configctl --file {file} --expected-mode 0640 init`")),
        "{}",
        done.err
    );
}
