//! Other files come and go in the directory by the thousand: no report of them, and an edit is hardly later.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use acceptance::configctl::Watching;
use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::system::{alone, command};

use crate::layout::{PROMISE, SILENCE, edit};

/// 100 times 100 files; it says when it is half done.
const NOISE: &str = "
    for round in $(seq 100); do
        if [ $round = 50 ]; then echo half; fi
        seq -f 'noise-%g' 100 | xargs touch
        seq -f 'noise-%g' 100 | xargs rm
    done";

/// In noise, from the save.
const LIMIT: Duration = Duration::from_millis(1500);

#[test]
fn noise_is_not_reported_and_hardly_delays_an_edit() {
    let _turn = alone();
    let place = Place::with(&with_alias("first"));
    let gateway = Logged::start(&place.file());
    let (watching, _) = Watching::start(&place.file());
    let saved = edit(&place.file(), "calm");
    let calm = gateway.served("calm", &saved, PROMISE);
    assert_eq!(watching.next()["event"], "accepted");

    let mut neighbour = command(&["sh", "-ec", NOISE]);
    let mut neighbour = neighbour
        .current_dir(place.directory())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process that makes noise");
    let mut half = String::new();
    BufReader::new(neighbour.stdout.take().expect("its output"))
        .read_line(&mut half)
        .expect("its first line");
    assert_eq!(half, "half\n");
    let saved = edit(&place.file(), "noisy");
    assert!(neighbour.try_wait().expect("its state").is_none(), "the edit was to come amid the noise");
    let noisy = gateway.served("noisy", &saved, LIMIT);
    let meanwhile = gateway.watch();
    assert!(neighbour.wait().expect("its end").success());
    let lasted = saved.elapsed();
    let accepted = watching.next();
    let pointers: Vec<_> =
        accepted["changes"].as_array().into_iter().flatten().map(|change| &change["pointer"]).collect();
    assert_eq!(pointers, ["/models/calm", "/models/noisy"], "{accepted}");
    assert_eq!(watching.next_within(SILENCE), None, "the noise is no news");
    assert_eq!(gateway.health()["generation"], 3);
    let delay = noisy.saturating_sub(calm);
    assert!(delay < Duration::from_secs(1), "delayed by {delay:?}");
    println!(
        "10,000 files created and removed: {meanwhile}; edit served after {noisy:.0?}, the noise went on for \
         {lasted:.0?}; without noise {calm:.0?}, delayed by {delay:.0?}"
    );
}
