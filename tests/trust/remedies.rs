//! What `configctl doctor` says to do does it, by whoever is told to; and `--fix` is named only where it helps.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use acceptance::persona::{Persona, can_give, chmod, give, personas};
use acceptance::place::{Place, with_alias};
use acceptance::system::{is_root, possible, shell};

use crate::doctor::{findings, leave};

const NONE: &[&str] = &[];

/// What the doctor says, line by line, of what is not as it should be.
fn told(who: Persona, file: &Path, arguments: &[&str]) -> String {
    let done = who.configctl(file, &[arguments, &["doctor"]].concat());
    let wrong = done.out.lines().filter(|line| !line.starts_with("ok ") && !line.contains(" disk "));
    wrong.filter(|line| !line.contains(" inotify ")).collect::<Vec<_>>().join("\n")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a status").permissions().mode() & 0o7777
}

/// A descriptor that is not open for reading takes no mode, and the owner is nobody else.
#[test]
fn an_own_file_that_its_owner_may_not_read_is_mended_by_that_owner() {
    for who in personas().iter().filter(|who| **who == Persona::Ordinary || !is_root()) {
        for (wide, closed) in [(0o066, 0), (0, 0)] {
            let place = who.place(&with_alias("fast"));
            place.chmod(wide);
            let done = who.configctl(&place.file(), &["doctor", "--fix"]);
            assert!(!done.out.contains("failed "), "{}", done.out);
            assert_eq!(place.mode(), closed, "{}", done.out);
            let command = format!("chmod u+r {}", place.file().display());
            let shown = who.configctl(&place.file(), &["show"]);
            for said in [&done.out, &shown.err] {
                assert!(said.contains(&format!("`{command}`")) && !said.contains("as its owner"), "{said}");
            }
            shell(place.directory(), &command);
            assert_eq!(findings(*who, &place.file(), &[]).0, 0);
        }
        let place = who.place(&with_alias("fast"));
        leave(&place, ".config.json.lock", 0);
        let said = told(*who, &place.file(), NONE);
        let command = format!("chmod 600 {}", place.directory().join(".config.json.lock").display());
        assert!(said.contains(&format!("`{command}`")), "{said}");
        shell(place.directory(), &command);
        assert_eq!(findings(*who, &place.file(), &[]), (0, Vec::new()));
    }
}

/// A lock, a copy and a history that are open, all of `uid`.
fn open(place: &Place, uid: u32) -> [PathBuf; 4] {
    let within = |name: &str| place.directory().join(name);
    leave(place, ".config.json.lock", 0o644);
    leave(place, "config.json.v1-0123456789ab.bak", 0o644);
    let entry = format!("0000000001.000000000-{}.edit", "0".repeat(64));
    fs::create_dir(within(".config.json.history")).expect("a directory");
    leave(place, &format!(".config.json.history/{entry}"), 0o644);
    chmod(&within(".config.json.history"), 0o755);
    let open = [
        within(".config.json.lock"),
        within("config.json.v1-0123456789ab.bak"),
        within(".config.json.history"),
        within(&format!(".config.json.history/{entry}")),
    ];
    for path in &open {
        give(path, uid);
    }
    open
}

#[test]
fn who_can_close_it_is_told_to() {
    if !can_give() {
        return;
    }
    // Root may close what is another user's, and is not asked to have it done.
    let theirs = Persona::Own.place(&with_alias("fast"));
    give(&theirs.file(), 54_321);
    let opened = open(&theirs, 54_321);
    let options = ["--allow-foreign-owner"];
    let said = told(Persona::Own, &theirs.file(), &options);
    for path in &opened {
        let command = format!("chmod go-rwx {}", path.display());
        assert!(said.contains(&format!("close it with `{command}`")), "{command}\n{said}");
        shell(theirs.directory(), &command);
    }
    assert!(!said.contains("--fix"), "{said}");
    let said = told(Persona::Own, &theirs.file(), &options);
    assert!(!said.contains("chmod"), "{said}");

    // Another user has to have it done.
    let roots = Persona::Own.place(&with_alias("fast"));
    shell(roots.directory(), "chown 0:54321 config.json; chmod 755 .; chmod 640 config.json");
    let opened = open(&roots, 0);
    let said = told(Persona::Ordinary, &roots.file(), &["--expected-mode", "0640"]);
    for path in &opened {
        let remedy = format!("have its owner, uid 0, close it with `chmod go-rwx {}`", path.display());
        assert!(said.contains(&remedy), "{remedy}\n{said}");
    }
    assert!(!said.contains("--fix"), "{said}");
    let said = told(Persona::Own, &roots.file(), &["--expected-mode", "0640"]);
    assert_eq!(said.matches("doctor --fix`").count(), 4, "{said}");
}

/// As `cp -al` makes them: its mode is that of another file too, and a person has to decide.
#[test]
fn what_has_a_second_name_is_left_and_that_is_said() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        let set = who.configctl(&place.file(), &["set", "/features/debug", "true"]);
        assert_eq!(set.code, 0, "{set:?}");
        leave(&place, "config.json.v1-0123456789ab.bak", 0o644);
        let script = "for f in .config.json.history/* *.bak; do ln -f $f second-${f##*/}; chmod 644 $f; done";
        shell(place.directory(), script);
        let history = fs::read_dir(place.directory().join(".config.json.history")).expect("it");
        let entries = history.map(|entry| entry.expect("it").path());
        let opened: Vec<_> =
            entries.chain([place.directory().join("config.json.v1-0123456789ab.bak")]).collect();
        assert!(opened.len() > 1);
        let said = who.configctl(&place.file(), &["doctor", "--fix"]).out;
        for path in &opened {
            let failed = format!("failed   {}: it has a second name", path.display());
            let command = format!("chmod go-rwx {}", path.display());
            assert!(said.contains(&failed) && said.contains(&format!("`{command}`")), "{said}");
            assert_eq!(mode(path), 0o644);
            shell(place.directory(), &command);
        }
        assert!(!said.contains("doctor --fix"), "{said}");
        assert_eq!(findings(*who, &place.file(), &[]), (0, Vec::new()));
    }
}

/// A group may be meant to read the config, and nobody but its owner reads the copies or takes the lock.
#[test]
fn what_was_closed_is_not_warned_of_again() {
    if !can_give() {
        return;
    }
    let place = Persona::Own.place(&with_alias("fast"));
    for name in [".config.json.lock", "config.json.v1-0123456789ab.bak"] {
        leave(&place, name, 0o660);
        lchown(place.directory().join(name), None, Some(54_321)).expect("a group");
    }
    assert_eq!(findings(Persona::Own, &place.file(), &["--fix"]), (0, Vec::new()));
    for name in [".config.json.lock", "config.json.v1-0123456789ab.bak"] {
        assert_eq!(mode(&place.directory().join(name)), 0o600, "{name}");
    }
}

#[test]
fn root_closes_a_user_s_file_by_its_mode_alone() {
    if !can_give() {
        return;
    }
    let place = Persona::Own.place(&with_alias("fast"));
    chmod(place.directory(), 0o755);
    give(&place.file(), 54_321);
    let options = ["--allow-foreign-owner", "show"];
    for mode in [0o644, 0o640, 0o666] {
        place.chmod(mode);
        let done = Persona::Own.configctl(&place.file(), &options);
        let command = format!("chmod 600 {}", place.file().display());
        assert!(done.err.contains(&format!("close it with `{command}`")), "{mode:o}: {}", done.err);
        shell(place.directory(), &command);
        assert_eq!(Persona::Own.configctl(&place.file(), &options).err, "", "{mode:o}");
        assert_eq!(Persona::Ordinary.configctl(&place.file(), &["show"]).err, "", "{mode:o}");
    }
}

/// The history of root's file is nobody else's to look into, and none of it is to be opened for that.
#[test]
fn a_history_that_may_not_be_looked_into_is_left_to_its_owner() {
    if can_give() {
        let place = Persona::Own.place(&with_alias("fast"));
        assert_eq!(Persona::Own.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        shell(place.directory(), "chown 0:54321 config.json; chmod 755 .; chmod 640 config.json");
        let said = told(Persona::Ordinary, &place.file(), &["--expected-mode", "0640"]);
        assert!(said.contains("look at it as its owner, uid 0") && !said.contains("permission on"), "{said}");
        assert!(!said.contains("no history is kept"), "{said}");
    }
    for who in personas().iter().filter(|who| **who == Persona::Ordinary || !is_root()) {
        let place = who.place(&with_alias("fast"));
        assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        let history = place.directory().join(".config.json.history");
        let entry = fs::read_dir(&history).expect("it").flatten().find(|entry| entry.file_name() != "bound");
        let entry = entry.expect("an entry").path();
        for (path, spoilt, command) in [
            (&history, 0o300, format!("chmod u=rwx {}", history.display())),
            (&entry, 0o000, format!("chmod u+r {}", entry.display())),
        ] {
            chmod(path, spoilt);
            let said = told(*who, &place.file(), NONE);
            assert!(said.contains(&format!("`{command}`")) && !said.contains("`rm "), "{said}");
            shell(place.directory(), &command);
            assert_eq!(findings(*who, &place.file(), &[]), (0, Vec::new()));
        }
    }
}

#[test]
fn an_entry_is_told_to_be_removed_only_when_it_is_damaged() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        let set = |text: &str| who.configctl(&place.file(), &["set", "/models/fast/upstream", text]).code;
        assert_eq!((set(&"m".repeat(250)), set("m")), (0, 0));
        let said = told(*who, &place.file(), &["--max-bytes", "200"]);
        assert!(said.contains("is larger than 200 bytes") && said.contains("--max-bytes BYTES"), "{said}");
        assert!(!said.contains("`rm "), "{said}");

        let history = place.directory().join(".config.json.history");
        let directory = history.join(format!("0000000001.000000000-{}.edit", "0".repeat(64)));
        fs::create_dir(&directory).expect("a directory");
        let said = told(*who, &place.file(), NONE);
        assert!(said.contains("is a directory") && !said.contains("`rm "), "{said}");
        fs::remove_dir(&directory).expect("it goes");
        leave(
            &place,
            directory.strip_prefix(place.directory()).expect("a name").to_str().expect("UTF-8"),
            0o600,
        );
        let said = told(*who, &place.file(), NONE);
        assert!(said.contains(&format!("`rm {}`", directory.display())), "{said}");
    }
}

#[test]
fn what_is_immutable_or_append_only_is_told() {
    if !is_root() {
        eprintln!("SKIPPED: only root makes a file immutable");
        return;
    }
    for who in personas() {
        for (flag, name) in [("i", "config.json"), ("a", "config.json"), ("i", "."), ("a", ".")] {
            let place = who.place(&with_alias("fast"));
            let path = if name == "." { place.directory().to_owned() } else { place.file() };
            let words = path.display().to_string();
            if !possible("immutable files", &["chattr", &format!("+{flag}"), &words]) {
                return;
            }
            let set = who.configctl(&place.file(), &["set", "/features/debug", "true"]);
            let said = told(*who, &place.file(), NONE);
            let command = format!("chattr -{flag} {words}");
            shell(Path::new("/"), &command);
            assert_ne!(set.code, 0);
            assert!(said.contains("can save here") && said.contains(&format!("`{command}`")), "{said}");
            assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        }
    }
}

/// Nobody could have written what is no file.
#[test]
fn what_is_no_file_is_not_said_to_be_others() {
    let place = Persona::Own.place(&with_alias("fast"));
    place.remove();
    fs::create_dir(place.file()).expect("a directory");
    let said = told(Persona::Own, &place.file(), NONE);
    assert!(said.contains("not looked at: it is no regular file"), "{said}");
    assert!(!said.contains("others could have"), "{said}");
}
