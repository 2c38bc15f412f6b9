//! Concurrent saves, threads and processes, never leave a partial file and lose no update.

use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use acceptance::configctl::configctl;
use acceptance::place::Place;
use acceptance::time::eventually;
use config_model::Config;
use config_store::{Options, Store};

/// Reads the file until it is over: every reading is a whole, valid document.
fn read_until(is_over: &AtomicBool, place: &Place) -> usize {
    let mut reads = 0;
    while !is_over.load(Ordering::Acquire) {
        Options::<Config>::new().read(place.file()).expect("a whole document");
        reads += 1;
    }
    reads
}

#[test]
fn eight_processes_of_configctl_set_keys_of_their_own() {
    let place = Place::empty();
    assert_eq!(configctl(&place.file(), &["init"]).code, 0);
    let is_over = AtomicBool::new(false);
    let reads = thread::scope(|scope| {
        let reader = scope.spawn(|| read_until(&is_over, &place));
        let place = &place;
        let setters: Vec<_> = (0..8)
            .map(|process| {
                scope.spawn(move || {
                    for number in 0..25 {
                        let pointer = format!("/models/m-{process}-{number}");
                        let value = r#"{"upstream": "u", "enabled": true, "allowed_keys": ["*"]}"#;
                        let done = configctl(&place.file(), &["set", &pointer, value]);
                        assert_eq!(done.code, 0, "{}", done.err);
                    }
                })
            })
            .collect();
        let done = setters.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>();
        is_over.store(true, Ordering::Release);
        assert!(done.iter().all(Result::is_ok), "a process failed");
        reader.join().expect("every reading was whole")
    });
    let config = Options::<Config>::new().read(place.file()).expect("a whole document").document;
    let present = (0..8).flat_map(|process| (0..25).map(move |number| format!("m-{process}-{number}")));
    assert_eq!(present.filter(|alias| config.models.contains_key(alias)).count(), 200);
    assert_eq!(place.leftovers(), Vec::<String>::new());
    println!("200 of 200 present, {reads} whole readings meanwhile, nothing left over");
}

#[test]
fn threads_and_processes_count_without_a_loss() {
    let place = Place::with(r#"{"version": 1, "retention": {"events_days": 0, "traces_days": 0}}"#);
    let store: Store<Config> = Store::open(place.file()).expect("a store");
    let start = |_| Command::new(env!("CARGO_BIN_EXE_increment")).arg(place.file()).arg("100").spawn();
    let others: Vec<Child> = (0..4).map(start).collect::<Result<_, _>>().expect("processes");
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..200 {
                    store.update(|config| config.retention.events_days += 1).expect("an update");
                }
            });
        }
    });
    for mut other in others {
        assert!(other.wait().expect("an end").success());
    }
    let config = store.reload().expect("a whole document");
    assert_eq!((config.retention.events_days, config.retention.traces_days), (16 * 200, 4 * 100));
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn a_killed_writer_leaves_a_whole_file_and_nothing_else() {
    let place = Place::with(r#"{"version": 1, "retention": {"traces_days": 0}}"#);
    let days = || Options::<Config>::new().read(place.file()).expect("whole").document.retention.traces_days;
    let mut temporaries = 0;
    for _ in 0..25 {
        let before = days();
        let mut writer = Command::new(env!("CARGO_BIN_EXE_increment"));
        let mut writer = writer.arg(place.file()).arg("30000").spawn().expect("a process");
        eventually("it saves", || (days() > before).then_some(()));
        writer.kill().expect("SIGKILL");
        writer.wait().expect("its end");
        let after = days();
        temporaries += place.leftovers().len();
        // Opening is what removes what the dead one left; nothing is saved here.
        assert_eq!(configctl(&place.file(), &["init"]).code, 0);
        assert_eq!(place.leftovers(), Vec::<String>::new());
        assert_eq!(days(), after);
    }
    println!("25 writers killed, {temporaries} temporary files removed by the next open");
}
