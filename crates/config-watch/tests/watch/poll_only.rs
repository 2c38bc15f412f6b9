//! What the kernel does not report.

use super::support::{Watched, scratch};
use config_watch::{Cause, Mode, Options};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

#[test]
fn a_hard_link_in_another_directory_is_written() {
    let (_guard, root) = scratch();
    for name in ["etc", "other"] {
        fs::create_dir(root.join(name)).unwrap();
    }
    let file = root.join("etc/config.json");
    fs::write(&file, "old").unwrap();
    fs::hard_link(&file, root.join("other/name.json")).unwrap();
    let watched = Watched::start(&file, Options::default());
    assert_eq!(watched.health().mode, Mode::Native);
    watched.hinted("written by its other name", || {
        fs::write(root.join("other/name.json"), "new").unwrap();
    });
}

#[test]
fn every_way_to_save_without_events() {
    let (_guard, root) = scratch();
    let file = root.join("etc/config.json");
    let watched = Watched::start(&file, Options::default().native(false));
    watched.hinted("directory and file made", || {
        fs::create_dir(root.join("etc")).unwrap();
        fs::write(&file, "1").unwrap();
    });
    watched.hinted("written", || fs::write(&file, "2").unwrap());
    watched.hinted("renamed over", || {
        fs::write(root.join("new"), "3").unwrap();
        fs::rename(root.join("new"), &file).unwrap();
    });
    watched.hinted("deleted", || fs::remove_file(&file).unwrap());
    watched.hinted("a link instead", || {
        fs::write(root.join("target"), "4").unwrap();
        symlink(root.join("target"), &file).unwrap();
    });
    watched.hinted("written through the link", || {
        fs::write(root.join("target"), "5").unwrap();
    });
    let health = watched.health();
    assert_eq!(
        (health.mode, health.armed.len(), health.rearms, health.last_error),
        (Mode::PollOnly, 0, 0, None)
    );
}

#[test]
fn the_hint_says_poll_and_the_health_says_when() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    let watched = Watched::start(&file, Options::default().native(false));
    assert_eq!(watched.health().last_change, None);
    fs::write(&file, "new").unwrap();
    watched.wait_for(Cause::Poll);
    assert!(watched.health().last_change.is_some());
}

/// Whoever may change one of them may change where the path leads. No status of the file tells.
#[test]
fn a_directory_further_up_is_opened_or_closed() {
    let (_guard, root) = scratch();
    fs::create_dir_all(root.join("a/b/c")).unwrap();
    symlink("b", root.join("a/link")).unwrap();
    let file = root.join("a/link/c/config.json");
    fs::write(&file, "x").unwrap();
    for options in [Options::default(), Options::default().native(false)] {
        let watched = Watched::start(&file, options);
        for directory in ["", "a", "a/b", "a/b/c"] {
            for mode in [0o777, 0o700] {
                watched.hinted(&format!("{directory:?} {mode:o}"), || {
                    fs::set_permissions(root.join(directory), fs::Permissions::from_mode(mode)).unwrap();
                });
            }
        }
    }
}
