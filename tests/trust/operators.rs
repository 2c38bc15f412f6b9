//! What operators set up: loads with at most one warning over a thousand reloads, and a write that cannot be fails cleanly.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use acceptance::configctl::{Outcome, run};
use acceptance::persona::{Persona, can_give, chmod, give, personas};
use acceptance::place::with_alias;
use acceptance::system::{command, is_root, possible, shell};

/// In which an ordinary user may mount too.
const NAMESPACE: &[&str] = &["unshare", "--user", "--map-root-user", "--mount"];

/// A program that reloads a thousand times and then saves, as them.
fn reloads(who: Persona, file: &Path, expected_mode: Option<&str>) -> Outcome {
    let mut reloads = who.run_as(Command::new(env!("CARGO_BIN_EXE_reloads")));
    reloads.arg(file).arg("1000").args(expected_mode);
    run(reloads)
}

/// It was read a thousand times with this many warnings, and was saved or not.
fn expect(done: &Outcome, warnings: usize, saved: &str) {
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.starts_with(&format!("warnings: {warnings}\n")), "{done:?}");
    let last = done.out.lines().last().unwrap_or_default();
    assert!(last.starts_with(saved), "{done:?}");
}

#[test]
fn a_kubernetes_volume() {
    for who in personas() {
        for (mode, warnings) in [(0o644, 1), (0o444, 1), (0o600, 0), (0o400, 0)] {
            let place = who.place("");
            place.remove();
            let data = place.directory().join("..2026_01_01");
            fs::create_dir(&data).expect("a directory");
            chmod(&data, 0o755);
            let file = data.join("config.json");
            let text = who.place(&with_alias("fast"));
            acceptance::place::Place::rename(&text.file(), &file);
            chmod(&file, mode);
            symlink("..2026_01_01", place.directory().join("..data")).expect("a link");
            symlink("..data/config.json", place.file()).expect("a link");
            who.owns(&data);
            expect(&reloads(*who, &place.file(), None), warnings, "saved");
        }
    }
}

/// As fsGroup makes the files of a read-only volume, and an administrator a config: root's, and the service reads it by its
/// group. (Files of a volume that can be written get 0660, and are refused: SECURITY.md says what to do.)
#[test]
fn a_file_that_is_root_s_and_readable_by_the_group() {
    if !can_give() {
        return;
    }
    for mode in ["0440", "0640"] {
        let place = Persona::Ordinary.place(&with_alias("fast"));
        // root, and the group of the ordinary user.
        shell(
            place.directory(),
            &format!("chown 0:54321 . config.json; chmod 750 .; chmod {mode} config.json"),
        );
        expect(&reloads(Persona::Ordinary, &place.file(), None), 1, "not saved");
        expect(&reloads(Persona::Ordinary, &place.file(), Some(mode)), 0, "not saved");
        assert_eq!(place.text(), with_alias("fast"));
    }
}

/// A mount namespace, in which `script` prepares `$1` and then runs the program that follows.
fn mounted(script: &str, place: &Path, file: &Path) -> Option<Outcome> {
    let probe = [NAMESPACE, &["sh", "-c", "mount -t tmpfs tmpfs /mnt"]].concat();
    if !possible("mount namespaces", &probe) {
        return None;
    }
    let whole = format!("{script}; exec \"$2\" \"$3\" 1000");
    let mut inside = command(&[NAMESPACE, &["sh", "-ec", &whole, "sh"]].concat());
    inside.arg(place).arg(env!("CARGO_BIN_EXE_reloads")).arg(file);
    Some(run(inside))
}

#[test]
fn a_read_only_mount_that_is_open_to_everybody() {
    let place = Persona::Own.place(&with_alias("fast"));
    chmod(place.directory(), 0o777);
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\"";
    if let Some(done) = mounted(script, place.directory(), &place.file()) {
        expect(&done, 0, "not saved: ");
        assert_eq!((place.text(), place.leftovers().len()), (with_alias("fast"), 0));
    }
}

#[test]
fn a_single_file_that_is_bind_mounted() {
    let (place, source) = (Persona::Own.place("{}"), Persona::Own.place(&with_alias("fast")));
    let script = format!("mount --bind {} \"$1/config.json\"", source.file().display());
    if let Some(done) = mounted(&script, place.directory(), &place.file()) {
        expect(&done, 0, "not saved: ");
        assert!(done.out.contains("mount its directory instead"), "{done:?}");
        assert_eq!((source.text(), place.leftovers().len()), (with_alias("fast"), 0));
    }
}

#[test]
fn an_immutable_file() {
    if !is_root() {
        eprintln!("SKIPPED: only root makes a file immutable");
        return;
    }
    let place = Persona::Own.place(&with_alias("fast"));
    let file = place.file().display().to_string();
    if !possible("immutable files", &["chattr", "+i", &file]) {
        return;
    }
    let done = reloads(Persona::Own, &place.file(), None);
    shell(place.directory(), "chattr -i config.json");
    expect(&done, 0, "not saved: ");
    assert!(done.out.contains("chattr -ia"), "{done:?}");
    assert_eq!((place.text(), place.leftovers().len()), (with_alias("fast"), 0));
}

/// What a dotfile manager sets up: links all the way, in a home directory of one's own.
#[test]
fn a_home_full_of_links() {
    for who in personas() {
        let home = who.place(&with_alias("fast"));
        let (dotfiles, local) = (home.directory().join("dotfiles"), home.directory().join(".local"));
        fs::create_dir(&dotfiles).expect("a directory");
        acceptance::place::Place::rename(&home.file(), &dotfiles.join("config.json"));
        symlink("dotfiles", &local).expect("a link");
        symlink(local.join("config.json"), home.file()).expect("a link");
        chmod(&dotfiles, 0o755);
        who.owns(&dotfiles);
        expect(&reloads(*who, &home.file(), None), 0, "saved");
        assert!(home.file().is_symlink() && local.is_symlink());
    }
    if can_give() {
        // The administrator's, shared by a link.
        let (shared, home) = (Persona::Own.place(&with_alias("fast")), Persona::Ordinary.place(""));
        home.remove();
        chmod(shared.directory(), 0o755);
        chmod(&shared.file(), 0o644);
        give(&shared.file(), 0);
        symlink(shared.file(), home.file()).expect("a link");
        expect(&reloads(Persona::Ordinary, &home.file(), None), 1, "not saved");
    }
}
