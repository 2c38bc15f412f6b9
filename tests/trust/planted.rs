//! What another user put beside the file, or on the way to it, while they could: it decides nothing.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};

use acceptance::persona::{Persona, STRANGER, can_give, chmod, give};
use acceptance::place::{Place, with_alias};

/// Who is allowed by `--allow-foreign-owner`, where somebody is.
const ALLOWED: u32 = 54_321;
/// A group of others'.
const GROUP: u32 = 6000;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a status").permissions().mode() & 0o7777
}

/// A directory of this user's with a file in it, both open to everybody, neither with anything to do with the config.
fn victim() -> Place {
    let victim = Place::named("important.conf", &with_alias("important"));
    chmod(victim.directory(), 0o777);
    victim.chmod(0o644);
    victim
}

/// A directory in which another user could have put a link of the config's name, and the link.
fn led_to(victim: &Place, owner: (u32, u32), mode: u32, linker: u32) -> (Place, PathBuf) {
    let share = Place::empty();
    let link = share.file();
    symlink(victim.file(), &link).expect("a link");
    lchown(&link, Some(linker), Some(linker)).expect("an owner of the link");
    lchown(share.directory(), Some(owner.0), Some(owner.1)).expect("an owner");
    chmod(share.directory(), mode);
    (share, link)
}

/// `doctor --fix` by the superuser changes neither, and says so.
fn is_spared(victim: &Place, asked: &Path, options: &[&str]) {
    let before = (mode(victim.directory()), victim.mode());
    let done = Persona::Own.configctl(asked, &[options, &["doctor", "--fix"]].concat());
    assert_eq!((mode(victim.directory()), victim.mode()), before, "{done:?}");
    let said = |path: &Path| done.out.contains(&format!("failed   {}: left as it is: ", path.display()));
    assert!(said(&victim.file()) || said(asked), "{done:?}");
    assert!(!done.out.contains("mended "), "{done:?}");
}

/// Else whoever can make a link there would choose what is closed: `/etc/passwd`.
#[test]
fn no_link_that_others_could_have_put_there_leads_to_a_mending() {
    if !can_give() {
        return;
    }
    for (owner, mode, linker, options) in [
        // For everybody, with and without a sticky bit; the latter with a link that was this user's, and got that name.
        ((0, 0), 0o1777, STRANGER, &[][..]),
        ((0, 0), 0o777, STRANGER, &[]),
        ((0, 0), 0o777, 0, &[]),
        // That of a group.
        ((0, GROUP), 0o770, STRANGER, &[]),
        ((0, GROUP), 0o770, 0, &[]),
        ((0, GROUP), 0o1771, STRANGER, &[]),
        // Theirs, also when they are allowed to decide what the config is.
        ((ALLOWED, ALLOWED), 0o755, ALLOWED, &[]),
        ((ALLOWED, ALLOWED), 0o755, ALLOWED, &["--allow-foreign-owner"]),
        ((ALLOWED, ALLOWED), 0o755, 0, &["--allow-foreign-owner"]),
        // Closed since.
        ((0, 0), 0o755, STRANGER, &[]),
    ] {
        let victim = victim();
        let (_share, link) = led_to(&victim, owner, mode, linker);
        is_spared(&victim, &link, options);
        // Once more: the first try does not make the second one go through.
        is_spared(&victim, &link, options);
        // The same for a link to the directory.
        fs::remove_file(&link).expect("the link");
        symlink(victim.directory(), &link).expect("a link");
        lchown(&link, Some(linker), Some(linker)).expect("an owner of the link");
        is_spared(&victim, &link.join("important.conf"), options);
    }
    // One that only this user and root could have made is followed.
    let victim = victim();
    let (_share, link) = led_to(&victim, (0, 0), 0o755, 0);
    let done = Persona::Own.configctl(&link, &["doctor", "--fix"]);
    assert_eq!((mode(victim.directory()), victim.mode()), (0o755, 0o600), "{done:?}");
}

/// Whoever may write a directory further up may have put another one of this user's there.
#[test]
fn nothing_is_mended_below_a_directory_that_others_may_write() {
    if !can_give() {
        return;
    }
    for (owner, mode) in [(0, 0o777), (STRANGER, 0o755)] {
        let above = Place::empty();
        let below = above.directory().join("below");
        let victim = victim();
        Place::rename(victim.directory(), &below);
        give(above.directory(), owner);
        chmod(above.directory(), mode);
        let file = below.join("important.conf");
        let done = Persona::Own.configctl(&file, &["doctor", "--fix"]);
        assert_eq!((self::mode(&below), self::mode(&file)), (0o777, 0o644), "{done:?}");
        let reason = format!("{} ", above.directory().display());
        assert!(
            done.out.contains(&format!("failed   {}: left as it is: ", file.display())),
            "{reason}: {done:?}"
        );
        assert!(!done.out.contains("mended "), "{done:?}");
    }
}
