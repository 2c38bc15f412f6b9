//! What another user put beside the file, or on the way to it, while they could: it decides nothing.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};

use acceptance::configctl::Outcome;
use acceptance::persona::{Persona, STRANGER, can_give, chmod, give};
use acceptance::place::{Place, with_alias};

/// Who is allowed by `--allow-foreign-owner`, where somebody is.
const ALLOWED: u32 = 54_321;
/// A group of others'.
const GROUP: u32 = 6000;

/// A directory in one of this user's own: in `/tmp` itself, none of another user's is followed.
fn inner() -> (Place, PathBuf) {
    let above = Place::empty();
    let inner = above.directory().join("inner");
    fs::create_dir(&inner).expect("a directory");
    (above, inner)
}

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
    let (above, share) = inner();
    let link = share.join("config.json");
    symlink(victim.file(), &link).expect("a link");
    lchown(&link, Some(linker), Some(linker)).expect("an owner of the link");
    lchown(&share, Some(owner.0), Some(owner.1)).expect("an owner");
    chmod(&share, mode);
    (above, link)
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

/// A directory of the superuser's and of a group, with a config of the user who is allowed in it.
fn of_a_group() -> (Place, PathBuf) {
    let (above, inner) = inner();
    let file = inner.join("config.json");
    above.write(with_alias("fast"));
    Place::rename(&above.file(), &file);
    give(&file, ALLOWED);
    lchown(&inner, Some(0), Some(GROUP)).expect("a group");
    chmod(&inner, 0o770);
    (above, file)
}

fn allowed(file: &Path, arguments: &[&str]) -> Outcome {
    Persona::Own.configctl(file, &[&["--allow-foreign-owner"], arguments].concat())
}

fn set(file: &Path) -> Outcome {
    allowed(file, &["set", "/features/debug", "true"])
}

/// A directory for the history, as its owner would make it.
fn history(file: &Path, owner: u32) -> PathBuf {
    let path = file.with_file_name(".config.json.history");
    fs::create_dir(&path).expect("a directory");
    chmod(&path, 0o700);
    give(&path, owner);
    path
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).expect("the config file")
}

fn count(directory: &Path) -> usize {
    fs::read_dir(directory).expect("a directory").count()
}

/// Whoever owns the history has all that the file ever said.
#[test]
fn a_history_of_a_third_user_is_not_used() {
    if !can_give() {
        return;
    }
    for mode in [0o770, 0o755] {
        let (above, file) = of_a_group();
        let inner = above.directory().join("inner");
        chmod(&inner, mode);
        let planted = history(&file, STRANGER);
        let done = set(&file);
        let said = format!("{} belongs to uid {STRANGER}", planted.display());
        assert!(done.code == 0 && text(&file).contains("debug") && done.err.contains(&said), "{done:?}");
        assert_eq!(count(&planted), 0);
        let doctor = allowed(&file, &["doctor"]);
        assert!(doctor.out.contains(&said), "{}", doctor.out);
        // Nor one of the user who is allowed, where the file is not theirs: they could not read it.
        fs::remove_dir(&planted).expect("an empty directory");
        give(&file, 0);
        give(&inner, ALLOWED);
        let planted = history(&file, ALLOWED);
        let done = set(&file);
        let said = format!("{} belongs to uid {ALLOWED}", planted.display());
        assert!(done.code == 0 && done.err.contains(&said), "{done:?}");
        assert_eq!(count(&planted), 0);
        // All of it theirs, it is.
        give(&file, ALLOWED);
        let done = set(&file);
        assert!(done.code == 0 && !done.err.contains("history"), "{done:?}");
        assert_eq!(count(&planted), 1);
    }
}

/// They could hold it for ever.
#[test]
fn a_lock_of_a_third_user_is_not_used() {
    if !can_give() {
        return;
    }
    for is_missing in [false, true] {
        let (_above, file) = of_a_group();
        let lock = file.with_file_name(".config.json.lock");
        fs::File::create_new(&lock).expect("a file");
        give(&lock, STRANGER);
        let before = text(&file);
        let done = if is_missing {
            fs::remove_file(&file).expect("a removal");
            allowed(&file, &["init"])
        } else {
            set(&file)
        };
        let said = format!("{} belongs to uid {STRANGER}", lock.display());
        assert!(done.code == 5 && done.err.contains(&said), "{done:?}");
        assert!(if is_missing { !file.exists() } else { text(&file) == before });
    }
}

/// Some of whom could have been first there, as anybody in one for everybody.
#[test]
fn in_a_sticky_directory_of_a_group_nobody_else_is_allowed() {
    if !can_give() {
        return;
    }
    for mode in [0o1771, 0o1770, 0o1777] {
        let (_above, file) = of_a_group();
        give(&file, STRANGER);
        chmod(file.parent().expect("a directory"), mode);
        let done = allowed(&file, &["show"]);
        assert!(done.code == 5 && done.err.contains(&format!("belongs to uid {STRANGER}")), "{done:?}");
    }
}

/// Else a note from when the history was open would have the next save remove it all.
#[test]
fn a_bound_that_another_user_left_in_the_history_is_none() {
    if !can_give() {
        return;
    }
    let place = Persona::Own.place(&with_alias("fast"));
    let set = |days: u32| {
        let set = ["set", "/retention/events_days", &days.to_string()];
        assert_eq!(Persona::Own.configctl(&place.file(), &set).code, 0);
    };
    let doctor = |arguments: &[&str]| Persona::Own.configctl(&place.file(), arguments).out;
    set(1);
    let history = place.directory().join(".config.json.history");
    let bound = history.join("bound");
    for (index, (text, owner, mode)) in
        [("1", ALLOWED, 0o644), ("0", ALLOWED, 0o600), ("1", 0, 0o666)].into_iter().enumerate()
    {
        let before = count(&history);
        let planted = Place::with(text);
        fs::copy(planted.file(), &bound).expect("a copy");
        give(&bound, owner);
        chmod(&bound, mode);
        set(u32::try_from(index).expect("a small number") + 2);
        assert_eq!(count(&history), before + 2, "{text} {owner}");
        let said = doctor(&["doctor"]);
        assert!(said.contains(&format!("is not believed: {}", bound.display())), "{said}");
        let fixed = doctor(&["doctor", "--fix"]);
        let is_closed = fixed.contains(&format!("mended   {} has mode 0600 now", bound.display()));
        assert_eq!((is_closed, fixed.contains("is not believed")), (owner == 0, owner != 0), "{fixed}");
        fs::remove_file(&bound).expect("the note");
    }
    // Nor is it looked for through a link.
    symlink(place.file(), &bound).expect("a link");
    let before = count(&history);
    set(9);
    assert_eq!(count(&history), before + 1);
    assert!(doctor(&["doctor"]).contains("is not believed"));
}
