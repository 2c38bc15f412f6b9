//! What an editor works on while others may write the directory of the file: it goes by path, and nobody is to lead it astray.

use std::path::Path;
use std::process::Command;

use acceptance::configctl::{Outcome, configctl, run};
use acceptance::persona::{STRANGER, can_give, chmod};
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;
use acceptance::system::shell;

/// What the stranger puts in the place of the directory of the copy, `$0`.
const ATTACKS: [&str; 2] = [r#"ln -s "$PRECIOUS" "$0""#, r#"mkdir -m 777 "$0""#];

/// An edit by root, whose editor is slow: the stranger takes the copy's directory away before it saves.
fn edit(file: &Path, precious: &Path, attack: &str) -> Outcome {
    let script = format!(
        "setpriv --reuid {STRANGER} --regid {STRANGER} --clear-groups sh -c \
         'mv \"$0\" \"$0.moved\" && {attack}' \"${{1%/*}}\" 2>/dev/null || echo kept away >&2; printf %s \"$TEXT\" >\"$1\""
    );
    let mut command: Command = program("configctl");
    command.arg("--file").arg(file).args(["--allow-foreign-owner", "edit"]).env_remove("VISUAL");
    command.env("EDITOR", r#"sh -e -c "$SCRIPT" editor"#).env("SCRIPT", script);
    command.env("PRECIOUS", precious).env("TEXT", with_alias("typed"));
    run(command)
}

/// Whatever the stranger may do to `directory`, where the file is, after `prepare`.
fn is_out_of_reach(prepare: &str) {
    if !can_give() {
        return;
    }
    let precious = Place::with("precious");
    for attack in ATTACKS {
        // Not below a sticky directory, where nobody else is allowed.
        let outer = Place::empty();
        chmod(outer.directory(), 0o755);
        shell(
            outer.directory(),
            &format!("mkdir theirs; cd theirs; umask 077; touch config.json; {prepare}"),
        );
        let file = outer.directory().join("theirs/config.json");
        shell(outer.directory(), &format!("printf %s '{}' >theirs/config.json", with_alias("fast")));
        let done = edit(&file, precious.directory(), attack);
        assert_eq!((done.code, precious.text().as_str()), (0, "precious"), "{attack}: {done:?}");
        assert_eq!(std::fs::read_to_string(&file).expect("it"), with_alias("typed"), "{attack}");
        assert!(done.err.contains("kept away"), "{attack}: {}", done.err);
        assert_eq!(shell(outer.directory(), "find . -name '*.edit-*'"), "", "{attack}");
    }
}

#[test]
fn an_edit_is_out_of_reach_of_the_directory_s_group() {
    is_out_of_reach(&format!("chgrp {STRANGER} .; chmod 770 ."));
}

#[test]
fn an_edit_is_out_of_reach_of_another_owner_who_is_allowed() {
    is_out_of_reach(&format!("chown {STRANGER} .; chmod 755 ."));
}

#[test]
fn an_edit_that_was_left_out_of_reach_is_found() {
    if !can_give() {
        return;
    }
    for name in ["config.json", LONG] {
        is_found(&Place::named(name, &with_alias("fast")));
    }
}

/// Of 255 bytes, as many as a name may have.
const LONG: &str = concat!(
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "01234567890123456789012345678901234567890123456789.json"
);

fn is_found(place: &Place) {
    shell(place.directory(), &format!("chgrp {STRANGER} .; chmod 770 ."));
    let edit = |script: &str| {
        let mut command = program("configctl");
        command.arg("--file").arg(place.file()).arg("edit").env_remove("VISUAL");
        command.env("EDITOR", r#"sh -c "$SCRIPT" editor"#).env("SCRIPT", script);
        run(command)
    };
    let done = edit(r#"echo typed >"$1"; exit 1"#);
    let kept = done.err.lines().find_map(|line| line.trim().strip_prefix("= kept: what was typed is in "));
    let directory = Path::new(kept.expect("a copy")).parent().expect("its directory").to_owned();
    assert!(!directory.starts_with(place.directory()), "{}", done.err);
    let told = format!("another edit is under way, or was left, in {}", directory.display());
    assert!(edit(":").err.contains(&told));
    let doctor = |arguments: &[&str]| configctl(&place.file(), &[&["doctor"], arguments].concat()).out;
    let found = doctor(&[]);
    assert!(found.contains(&format!("left without a save, in {}", directory.display())), "{found}");
    // What mends it is said, and does.
    chmod(&directory, 0o755);
    let found = doctor(&["--fix"]);
    let command = format!("chmod go-rwx {}", directory.display());
    assert!(found.contains(&format!("has mode 0755; close it with `{command}`\n")), "{found}");
    shell(place.directory(), &command);
    let found = doctor(&[]);
    assert!(!found.contains("may hold the same keys"), "{found}");
    // Those of another file of the same name are not.
    let other = Place::with(&with_alias("fast"));
    let done = configctl(&other.file(), &["doctor"]);
    assert!(!done.out.contains("left without a save"), "{}", done.out);
    std::fs::remove_dir_all(&directory).expect("a removal");
}
