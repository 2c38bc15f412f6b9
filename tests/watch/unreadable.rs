//! The directory cannot be entered for a while: what was good last stays, the status says why, and it comes back.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::time::Duration;

use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;
use acceptance::stopwatch::Stopwatch;
use acceptance::system::{alone, command, is_root, possible};
use acceptance::time::eventually;

use crate::layout::{PROMISE, edit};

/// Nobody in particular: the superuser enters every directory.
const NOBODY: u32 = 65534;
const AS_NOBODY: &[&str] = &["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

/// From the moment at which the directory can be entered again.
const LIMIT: Duration = Duration::from_secs(2);

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A gateway that file modes apply to. `bin` is for a copy of the program that anyone may run.
fn ordinary(place: &Place, bin: &Place) -> Logged {
    if !is_root() {
        return Logged::start(&place.file());
    }
    let copy = bin.directory().join("gateway");
    fs::copy(program("gateway").get_program(), &copy).expect("a copy");
    chmod(bin.directory(), 0o755);
    for path in [place.directory(), &place.file()] {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("an owner");
    }
    let mut setpriv = command(AS_NOBODY);
    setpriv.arg(copy);
    Logged::spawn(setpriv, &place.file())
}

#[test]
fn an_unreadable_directory_keeps_the_last_good_config_and_comes_back() {
    let _turn = alone();
    if is_root() && !possible("setpriv", &[AS_NOBODY, &["true"]].concat()) {
        return;
    }
    let (place, bin) = (Place::with(&with_alias("old")), Place::empty());
    let gateway = ordinary(&place, &bin);
    assert_eq!(gateway.mode(), "native", "{}", gateway.watch());
    // An edit at the last moment.
    let next = Place::with(&with_alias("just-before"));
    if is_root() {
        chown(next.file(), Some(NOBODY), Some(NOBODY)).expect("an owner");
    }
    Place::rename(&next.file(), &place.file());
    chmod(place.directory(), 0);
    let hidden = Stopwatch::start();
    let rejection = eventually("it says so", || gateway.health()["rejection"].as_str().map(str::to_owned));
    assert!(rejection.contains("ermission denied"), "{rejection}");
    let blind = eventually("the watch says why it is blind", || {
        gateway.health()["watch"]["last_error"].as_str().map(str::to_owned)
    });
    assert!(blind.contains("permission denied"), "{blind}");
    eventually("the watch says so", || (gateway.mode() != "native").then_some(()));
    assert_eq!(gateway.aliases(), ["old"]);
    println!("chmod 000 on the directory: after {:.0?} {}", hidden.elapsed(), gateway.watch());

    chmod(place.directory(), 0o700);
    let restored = Stopwatch::start();
    let late = gateway.served("just-before", &restored, LIMIT);
    eventually("armed again", || (gateway.mode() == "native").then_some(()));
    assert_eq!(gateway.health()["status"], "ok");
    println!("chmod 700: {}; the edit made just before is served after {late:.0?}", gateway.watch());
    let saved = edit(&place.file(), "next");
    let late = gateway.served("next", &saved, PROMISE);
    println!("after that: edit served after {late:.0?}");
}
