//! What stands beside the file: found whatever made it, called clean only when it was looked at.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use acceptance::persona::{Persona, STRANGER, can_give, chmod, give, personas};
use acceptance::place::{Place, with_alias};
use acceptance::system::is_root;

use crate::doctor::{findings, leave};

const EDIT: &str = ".config.json.edit-Ab12Cd";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a status").permissions().mode() & 0o7777
}

/// What `configctl edit` leaves, or somebody who knows how it looks.
fn edit(place: &Place, owner: Option<u32>, directory: u32, copy: u32) -> PathBuf {
    let path = place.directory().join(EDIT);
    fs::create_dir(&path).expect("a directory");
    leave(place, &format!("{EDIT}/config.json"), copy);
    chmod(&path, directory);
    if let Some(owner) = owner {
        give(&path, owner);
        give(&path.join("config.json"), owner);
    }
    path
}

#[test]
fn what_cannot_be_listed_is_not_called_clean() {
    for who in personas().iter().filter(|who| **who == Persona::Ordinary || !is_root()) {
        let place = who.place(&with_alias("fast"));
        for name in [".config.json.0123456789abcdef.tmp", "config.json.v1-ab.bak", "config.json~"] {
            leave(&place, name, 0o666);
        }
        chmod(place.directory(), 0o300);
        let done = who.configctl(&place.file(), &["doctor"]);
        assert!(!done.out.contains("no save was interrupted"), "{}", done.out);
        assert!(!done.out.contains("no copies of older files"), "{}", done.out);
        let command = format!("`chmod u=rwx {}`", place.directory().display());
        let said = done.out.lines().find(|line| line.contains("could not be looked for")).unwrap_or_default();
        assert!(said.starts_with("warning ") && said.contains("Permission denied"), "{}", done.out);
        assert!(said.contains(&command), "{}", done.out);
        assert_eq!(findings(*who, &place.file(), &[]), (0, vec!["unlisted".into(), "not-looked-for".into()]));
        chmod(place.directory(), 0o700);
        assert_eq!(findings(*who, &place.file(), &["--fix"]), (0, vec!["wide-copy".to_owned()]));
    }
}

#[test]
fn an_edit_that_was_left_open_is_closed() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        // Whose the directory is, as in the rest of the place.
        let path = edit(&place, (*who == Persona::Ordinary).then_some(54_321), 0o755, 0o644);
        let names = vec!["left".to_owned(), "wide-edit".to_owned()];
        assert_eq!(findings(*who, &place.file(), &[]), (0, names));
        assert_eq!(findings(*who, &place.file(), &["--fix"]), (0, vec!["left".to_owned()]));
        assert_eq!((mode(&path), mode(&path.join("config.json"))), (0o700, 0o600));
    }
}

/// Whoever may make a directory in a shared one could have what it says taken for what an administrator typed.
#[test]
fn another_user_s_edit_is_not_taken_over() {
    if !can_give() {
        return;
    }
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        let path = edit(&place, Some(STRANGER), 0o755, 0o644);
        give(place.directory(), 0);
        chmod(place.directory(), 0o1777);
        let done = who.configctl(&place.file(), &["doctor", "--fix"]);
        let said = done.out.lines().find(|line| line.contains(EDIT)).unwrap_or_default();
        assert!(said.contains(&format!("uid {STRANGER}")), "{who:?}: {}", done.out);
        assert!(said.contains("leave it to that user to go on"), "{said}");
        assert!(!done.out.contains("take over what") && !said.contains("rm -r"), "{}", done.out);
        assert_eq!((done.code, mode(&path)), (0, 0o755), "{}", done.out);
        assert_eq!(findings(*who, &place.file(), &[]), (0, vec!["foreign-edit".to_owned()]));
        // Nor does the next edit say that it is one of this user's.
        let mut next = who.program("configctl");
        next.arg("--file").arg(place.file()).arg("edit").env("EDITOR", "true");
        let done = acceptance::configctl::run(next);
        assert!(!done.err.contains("another edit"), "{who:?}: {}", done.err);
    }
}
