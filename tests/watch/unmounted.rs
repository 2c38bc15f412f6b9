//! The disk of the file becomes read-only, goes away and comes back, in a mount namespace of the gateway's own.

use std::path::{Path, PathBuf};

use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::stopwatch::Stopwatch;
use acceptance::system::{alone, possible, shell};
use acceptance::time::eventually;

use crate::layout::{PROMISE, edit};

/// In which an ordinary user may mount too.
const NAMESPACE: &[&str] = &["unshare", "--user", "--map-root-user", "--mount"];

/// A disk at `$1` with the config file of `$2`, then the program and its arguments.
const START: &str = "mount -t tmpfs tmpfs \"$1\"; cp \"$2\" \"$1/config.json\"; shift 2; exec \"$@\"";

/// Runs a command in the gateway's namespace.
fn inside(gateway: &Logged, script: &str) {
    shell(
        Path::new("/"),
        &format!(
            "nsenter --target {} --user --mount --preserve-credentials sh -ec '{script}'",
            gateway.pid()
        ),
    );
}

#[test]
fn a_disk_that_goes_away_and_comes_back() {
    let _turn = alone();
    let probe = [NAMESPACE, &["sh", "-c", "mount -t tmpfs tmpfs /mnt"]].concat();
    if !possible("mount namespaces", &probe) {
        return;
    }
    let (disk, first) = (Place::empty(), Place::with(&with_alias("old")));
    let (at, text) = (disk.directory().display().to_string(), first.file().display().to_string());
    let start = [NAMESPACE, &["sh", "-ec", START, "sh", &at, &text]].concat();
    let gateway = Logged::under(&start, &disk.file());
    assert_eq!(gateway.mode(), "native", "{}", gateway.watch());
    assert_eq!(gateway.aliases(), ["old"]);
    // The file as the gateway sees it.
    let file = PathBuf::from(format!("/proc/{}/root{}", gateway.pid(), disk.file().display()));

    inside(&gateway, &format!("mount -t tmpfs -o remount,ro tmpfs {at}"));
    println!("read-only: {}", gateway.watch());
    assert_eq!(gateway.health()["status"], "ok");
    inside(&gateway, &format!("mount -t tmpfs -o remount,rw tmpfs {at}"));
    let saved = edit(&file, "writable-again");
    let late = gateway.served("writable-again", &saved, PROMISE);
    println!("writable again: {}; edit served after {late:.0?}", gateway.watch());

    inside(&gateway, &format!("umount {at}"));
    let rejection = eventually("it says so", || gateway.health()["rejection"].as_str().map(str::to_owned));
    assert!(rejection.contains("config.json"), "{rejection}");
    assert_eq!(gateway.aliases(), ["writable-again"]);
    println!("unmounted: {}", gateway.watch());

    let other = Place::with(&with_alias("mounted-again"));
    let copy = format!("cp {} {at}/config.json", other.file().display());
    inside(&gateway, &format!("mount -t tmpfs tmpfs {at}; {copy}"));
    let mounted = Stopwatch::start();
    let late = gateway.served("mounted-again", &mounted, PROMISE);
    gateway.until("native");
    assert_eq!(gateway.health()["status"], "ok");
    println!("mounted again: {}; served after {late:.0?}", gateway.watch());
    let saved = edit(&file, "next");
    let late = gateway.served("next", &saved, PROMISE);
    println!("after that: edit served after {late:.0?}");
}
