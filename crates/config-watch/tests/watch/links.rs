//! Files behind links, and directories that come and go.

use super::support::{Watched, scratch};
use config_watch::{Cause, Mode, Options};
use std::{fs, os::unix::fs::symlink, path::Path};

/// Points `link` elsewhere in one step, as `ln -sfn` and the kubelet do.
fn repoint(link: &Path, target: &str) {
    let aside = link.with_file_name("aside");
    symlink(target, &aside).unwrap();
    fs::rename(aside, link).unwrap();
}

/// A directory with a config.json.
fn populate(directory: &Path, content: &str) {
    fs::create_dir_all(directory).unwrap();
    fs::write(directory.join("config.json"), content).unwrap();
}

#[test]
fn a_link_to_a_file_elsewhere() {
    let (_guard, root) = scratch();
    populate(&root.join("dots"), "old");
    fs::create_dir(root.join("home")).unwrap();
    let link = root.join("home/config.json");
    symlink("../dots/config.json", &link).unwrap();
    let watched = Watched::start(&link, Options::default());
    assert_eq!(watched.health().armed, [root.join("home"), root.join("dots")]);
    watched.hinted("the target is written", || {
        fs::write(root.join("dots/config.json"), "new").unwrap();
    });
    populate(&root.join("dots2"), "other");
    watched.hinted("the link is re-pointed", || {
        repoint(&link, "../dots2/config.json");
    });
    assert_eq!(watched.health().armed, [root.join("home"), root.join("dots2")]);
    fs::write(root.join("dots2/config.json"), "newer").unwrap();
    watched.wait_for(Cause::Event);
}

#[test]
fn a_linked_directory_is_repointed() {
    let (_guard, root) = scratch();
    populate(&root.join("srv/one"), "one");
    populate(&root.join("srv/two"), "two");
    fs::create_dir(root.join("etc")).unwrap();
    symlink("../srv/one", root.join("etc/app")).unwrap();
    let watched = Watched::start(&root.join("etc/app/config.json"), Options::default());
    watched.hinted("re-pointed", || repoint(&root.join("etc/app"), "../srv/two"));
    assert_eq!(watched.health().armed, [root.join("etc"), root.join("srv/two")]);
    assert_eq!((watched.health().mode, watched.health().rearms), (Mode::Native, 1));
    fs::write(root.join("srv/two/config.json"), "three").unwrap();
    watched.wait_for(Cause::Event);
}

#[test]
fn kubernetes_swaps_data() {
    let (_guard, root) = scratch();
    populate(&root.join("..1"), "one");
    symlink("..1", root.join("..data")).unwrap();
    symlink("..data/config.json", root.join("config.json")).unwrap();
    let watched = Watched::start(&root.join("config.json"), Options::default());
    for (old, new) in [("..1", "..2"), ("..2", "..3")] {
        watched.hinted(new, || {
            populate(&root.join(new), new);
            repoint(&root.join("..data"), new);
            fs::remove_dir_all(root.join(old)).unwrap();
        });
        assert_eq!(watched.health().armed, [root.clone(), root.join(new)]);
    }
}

#[test]
fn the_directory_is_deleted_and_made_again() {
    let (_guard, root) = scratch();
    let directory = root.join("etc");
    populate(&directory, "old");
    let watched = Watched::start(&directory.join("config.json"), Options::default());
    for round in 1..=2 {
        watched.hinted("deleted", || fs::remove_dir_all(&directory).unwrap());
        let health = watched.health();
        assert_eq!(health.mode, Mode::PollOnly);
        let why = format!("the way ends at {}: entity not found", directory.display());
        assert_eq!(health.last_error, Some(why), "a watch that is blind says why");
        watched.hinted("made again", || populate(&directory, "new"));
        assert_eq!(watched.health().last_error, None);
        assert_eq!((watched.health().mode, watched.health().rearms), (Mode::Native, round));
        fs::write(directory.join("config.json"), "newer").unwrap();
        watched.wait_for(Cause::Event);
        watched.settle();
    }
}

#[test]
fn the_directory_is_swapped_for_another() {
    let (_guard, root) = scratch();
    populate(&root.join("etc"), "old");
    populate(&root.join("next"), "new");
    let watched = Watched::start(&root.join("etc/config.json"), Options::default());
    watched.hinted("swapped", || {
        fs::rename(root.join("etc"), root.join("previous")).unwrap();
        fs::rename(root.join("next"), root.join("etc")).unwrap();
    });
    fs::write(root.join("etc/config.json"), "newer").unwrap();
    watched.wait_for(Cause::Event);
}

#[test]
fn made_again_at_once_it_is_armed_anew() {
    let (_guard, root) = scratch();
    let directory = root.join("etc");
    populate(&directory, "old");
    let watched = Watched::start(&directory.join("config.json"), Options::default());
    watched.hinted("replaced faster than anyone looks", || {
        fs::remove_dir_all(&directory).unwrap();
        populate(&directory, "new");
    });
    assert!(watched.health().rearms > 0, "{:?}", watched.health());
    fs::write(directory.join("config.json"), "newer").unwrap();
    watched.wait_for(Cause::Event);
}

#[test]
fn the_directory_is_missing_at_first() {
    let (_guard, root) = scratch();
    let directory = root.join("etc/app");
    let watched = Watched::start(&directory.join("config.json"), Options::default());
    let health = watched.health();
    assert_eq!((health.mode, health.armed.len()), (Mode::PollOnly, 0));
    let why = format!("the way ends at {}: entity not found", root.join("etc").display());
    assert_eq!(health.last_error, Some(why));
    watched.hinted("made", || populate(&directory, "new"));
    assert_eq!(watched.health().mode, Mode::Native);
    watched.hinted("written", || {
        fs::write(directory.join("config.json"), "newer").unwrap();
    });
}

#[test]
fn a_dangling_link_is_partial() {
    let (_guard, root) = scratch();
    symlink("missing/config.json", root.join("config.json")).unwrap();
    let watched = Watched::start(&root.join("config.json"), Options::default());
    assert_eq!((watched.health().mode, watched.health().armed), (Mode::Partial, vec![root.clone()]));
    watched.hinted("its target is made", || populate(&root.join("missing"), "new"));
    assert_eq!(watched.health().mode, Mode::Native);
}
