//! The ways in which programs save a file.

use super::support::{Watched, scratch};
use config_watch::{Cause, Mode, Options};
use std::{fs, fs::File, io::Write, time::Duration};

#[test]
fn written_in_place() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    fs::write(&file, "old").unwrap();
    let watched = Watched::start(&file, Options::default());
    watched.hinted("another length", || fs::write(&file, "newer").unwrap());
    watched.hinted("the same length", || fs::write(&file, "newes").unwrap());
    watched.hinted("appended", || {
        File::options().append(true).open(&file).unwrap().write_all(b"\n").unwrap();
    });
    watched.hinted("truncated", || drop(File::create(&file).unwrap()));
}

#[test]
fn renamed_over() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    fs::write(&file, "old").unwrap();
    let watched = Watched::start(&file, Options::default());
    for content in ["one", "two"] {
        watched.hinted(content, || {
            fs::write(root.join("new"), content).unwrap();
            fs::rename(root.join("new"), &file).unwrap();
        });
    }
}

#[test]
fn renamed_over_from_another_directory_with_old_times() {
    let (_guard, root) = scratch();
    let file = root.join("etc/config.json");
    fs::create_dir(root.join("etc")).unwrap();
    fs::write(&file, "old").unwrap();
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    fs::write(root.join("new"), "new").unwrap();
    let watched = Watched::start(&file, Options::default());
    watched.hinted("same size, same modification time", || {
        File::options().append(true).open(root.join("new")).unwrap().set_modified(modified).unwrap();
        fs::rename(root.join("new"), &file).unwrap();
    });
}

#[test]
fn renamed_away_and_created_as_vim_does() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    fs::write(&file, "old").unwrap();
    let watched = Watched::start(&file, Options::default());
    for content in ["one", "two"] {
        watched.hinted(content, || {
            fs::rename(&file, root.join("config.json~")).unwrap();
            fs::write(&file, content).unwrap();
            fs::remove_file(root.join("config.json~")).unwrap();
        });
    }
}

#[test]
fn deleted_and_brought_back() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    let watched = Watched::start(&file, Options::default());
    assert_eq!(watched.health().mode, Mode::Native);
    for _ in 0..2 {
        watched.hinted("created", || fs::write(&file, "new").unwrap());
        watched.hinted("deleted", || fs::remove_file(&file).unwrap());
    }
}

#[test]
fn the_last_of_many_slow_writes() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    let watched = Watched::start(&file, Options::default());
    let (pace, never) = std::sync::mpsc::channel::<()>();
    watched.hinted("written for 600 ms", || {
        let mut open = File::create(&file).unwrap();
        for _ in 0..30 {
            open.write_all(b"{}").unwrap();
            // The pace is the point here: it outlasts a debounce window and a poll.
            never.recv_timeout(Duration::from_millis(20)).unwrap_err();
        }
    });
    drop(pace);
}

#[test]
fn events_work_without_the_poll() {
    let (_guard, root) = scratch();
    let file = root.join("config.json");
    let watched = Watched::start(&file, Options::default().poll(Duration::MAX));
    watched.hinted("created", || fs::write(&file, "new").unwrap());
    fs::write(&file, "newer").unwrap();
    watched.wait_for(Cause::Event);
}
