//! A swapped `ConfigMap`: `..data` is renamed, and the config file is named by no event.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use acceptance::configctl::Watching;
use acceptance::gateway::Gateway;
use acceptance::place::{Place, with_alias};
use acceptance::time::eventually;

/// What the kubelet does: a new directory, a new link beside `..data`, renamed over it.
fn publish(mount: &Path, version: &str) {
    let directory = mount.join(format!("..{version}"));
    fs::create_dir(&directory).expect("a directory");
    let place = Place::with(&with_alias(version));
    fs::copy(place.file(), directory.join("config.json")).expect("a copy");
    symlink(format!("..{version}"), mount.join("..data_tmp")).expect("a link");
    Place::rename(&mount.join("..data_tmp"), &mount.join("..data"));
}

#[test]
fn every_swap_is_served() {
    let mount = Place::empty();
    publish(mount.directory(), "v0");
    symlink("..data/config.json", mount.file()).expect("a link");
    let (watching, _) = Watching::start(&mount.file());
    let gateway = Gateway::start(&mount.file());
    for version in ["v1", "v2", "v3"] {
        publish(mount.directory(), version);
        let accepted = watching.next();
        assert_eq!(accepted["event"], "accepted", "{accepted}");
        eventually("the swap is served", || (gateway.aliases() == [version]).then_some(()));
    }
}
