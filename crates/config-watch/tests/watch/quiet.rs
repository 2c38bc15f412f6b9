//! When there is nothing to say.

use super::support::{PATIENCE, Watched, scratch};
use config_watch::{Cause, Next, Options, Watch};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::mpsc::channel,
    time::{Duration, Instant},
};

#[test]
fn no_hint_without_a_reason() {
    let (_guard, root) = scratch();
    fs::write(root.join("config.json"), "{}").unwrap();
    let watched = Watched::start(&root.join("config.json"), Options::default());
    watched.hints.recv_timeout(Duration::from_millis(1500)).unwrap_err();
}

/// Reading and listing may be hinted at, since the kernel reports them. It comes to an end.
#[test]
fn hints_about_reading_and_listing_end() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    fs::write(&file, "{}").unwrap();
    let watched = Watched::start(&file, Options::default());
    fs::read(&file).unwrap();
    assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(root.join("neighbour"), "{}").unwrap();
    watched.settle();
    assert_eq!(watched.health().rearms, 0);
}

/// The look that the documentation asks for: status first, and open the file only if that differs.
#[test]
fn a_look_that_compares_the_status_first_comes_to_rest() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    fs::write(&file, "old").unwrap();
    let (sender, looks) = channel();
    let path = file.clone();
    let mut last = None;
    let watch = Watch::start(&file, Options::default(), move |_| {
        let modified = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
        let read = (modified != last).then(|| fs::read_to_string(&path).unwrap_or_default());
        last = modified;
        drop(sender.send(read));
        Next::Wait
    })
    .unwrap();
    assert_eq!(looks.recv_timeout(PATIENCE).unwrap().as_deref(), Some("old"));
    let mut superfluous = 0;
    while looks.recv_timeout(Duration::from_millis(900)).is_ok() {
        superfluous += 1;
        assert!(superfluous < 10, "the look's own reading keeps it going");
    }
    drop(watch);
}

#[test]
fn a_flood_of_events_is_a_trickle_of_hints() {
    let (_guard, root) = scratch();
    let watched = Watched::start(&root.join("config.json"), Options::default());
    let began = Instant::now();
    for round in 0..2000 {
        fs::write(root.join("neighbour"), round.to_string()).unwrap();
    }
    // One for each debounce of 250 ms that it took, and each poll of 400 ms: on a busy machine it takes longer.
    let most = 20 + began.elapsed().as_millis() / 100;
    watched.wait_for(Cause::Event);
    let mut hints = 1;
    while watched.hints.recv_timeout(Duration::from_millis(700)).is_ok() {
        hints += 1;
    }
    assert!(hints < most, "{hints} hints, at most {most}");
}
