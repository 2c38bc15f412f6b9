//! What was accepted can be gone back to, also where somebody removed the history, keeps none, or held the lock.

use std::time::Duration;

use config_fs::{ConfigFile, Wait};
use config_model::Config;
use config_store::{Event, Events, Options, Revision, Store};

use super::history::read_days;
use super::support::{LONG, Scratch, days, events_days, eventually, idle, put, put_by_rename, quick};

const HISTORY: &str = ".config.json.history";

fn of(text: &str) -> Revision {
    Revision::of(text.as_bytes())
}

fn kept(store: &Store<Config>) -> Vec<u64> {
    store.history().unwrap().iter().map(|entry| read_days(entry).unwrap()).collect()
}

fn set_days(store: &Store<Config>, days: u64) {
    store.update(|config| config.retention.events_days = days).unwrap();
}

fn forget(scratch: &Scratch) {
    std::fs::remove_dir_all(scratch.join(HISTORY)).unwrap();
}

/// A rollback, and what it must have copied first.
fn copied(scratch: &Scratch, store: &Store<Config>, to: &str, text: &str) {
    let copy = store.rollback(of(to)).unwrap().copy.unwrap();
    assert_eq!((std::fs::read_to_string(copy).unwrap().as_str(), scratch.text().as_str()), (text, to));
}

#[test]
fn where_no_more_is_kept_a_rollback_copies_what_it_replaces() {
    let scratch = Scratch::with(days(1));
    let store = scratch.unwatched::<Config>();
    set_days(&store, 2);
    put(&scratch.join(HISTORY).join("bound"), "0\n");
    set_days(&store, 3);
    copied(&scratch, &store, &days(1), &days(3));
    assert_eq!(kept(&store), [2, 1], "those that are there stay");
    // By a program that wants none, and has saved nothing yet; and with room for nothing but what it goes back to.
    for bound in [0, 1] {
        put_by_rename(&scratch.config(), days(40 + bound));
        let bounded = Options::<Config>::new().watch(None).history(usize::try_from(bound).unwrap());
        let store = bounded.keep_opened(false).open(scratch.config()).unwrap();
        copied(&scratch, &store, &days(2), &days(40 + bound));
    }
    assert_eq!(kept(&store), [2]);
}

#[test]
fn an_entry_that_is_damaged_keeps_nothing() {
    let scratch = Scratch::with(days(1));
    let store = scratch.unwatched::<Config>();
    set_days(&store, 2);
    put(&store.history().unwrap()[0].path, "");
    copied(&scratch, &store, &days(1), &days(2));
}

/// As the guide has it, to forget a key.
#[test]
fn an_update_keeps_what_it_replaces_where_the_history_was_removed() {
    let scratch = Scratch::with(days(1));
    let store = scratch.unwatched::<Config>();
    set_days(&store, 2);
    forget(&scratch);
    set_days(&store, 3);
    assert_eq!(kept(&store), [3, 2]);
    let [_, newest] = &store.history().unwrap()[..] else { panic!("not two") };
    std::fs::remove_file(&newest.path).unwrap();
    assert!(store.rollback(of(&days(3))).unwrap().copy.is_none(), "it is what the file says");
    store.rollback(store.history().unwrap()[0].revision).unwrap();
}

#[test]
fn whoever_serves_the_file_keeps_it_again_once_between_them() {
    let scratch = Scratch::with(days(1));
    let stores: Vec<Store<Config>> = (0..4).map(|_| scratch.quick()).collect();
    let first = &stores[0];
    forget(&scratch);
    eventually("it is kept again", LONG, || scratch.join(HISTORY).exists() && kept(first) == [1]);
    stores.iter().for_each(idle);
    assert_eq!(kept(first), [1]);
    put_by_rename(&scratch.config(), days(2));
    eventually("the edit is kept", LONG, || kept(first) == [2, 1]);
    first.rollback(of(&days(1))).unwrap();
    assert_eq!(events_days(first), 1);
}

/// What is served is on no disk, so that there is nothing to keep; and no look leads to the next one.
#[test]
fn a_broken_file_is_not_read_for_a_history_that_is_gone() {
    let scratch = Scratch::with(days(1));
    let store = scratch.quick::<Config>();
    put_by_rename(&scratch.config(), "{");
    eventually("it is rejected", LONG, || store.status().rejection.is_some());
    forget(&scratch);
    idle(&store);
    assert!(!scratch.join(HISTORY).exists());
    put_by_rename(&scratch.config(), days(1));
    eventually("mended, it is kept", LONG, || scratch.join(HISTORY).exists());
}

/// The lock is held by a program that takes its time.
#[test]
fn an_edit_that_had_to_wait_is_kept_before_what_comes_after_it() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    let mut events = store.events();
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let edit = |days: u64| {
        put_by_rename(&scratch.config(), super::support::days(days));
        store.reload().unwrap();
    };
    let held = || file.lock(Wait::AtMost(LONG)).unwrap();
    let locked = held();
    edit(1);
    drop(locked);
    edit(2);
    assert_eq!(kept(&store), [2, 1, 0]);
    // Before an update, one that has seen another edit and one that has not.
    let locked = held();
    edit(3);
    put_by_rename(&scratch.config(), days(4));
    drop(locked);
    set_days(&store, 5);
    assert_eq!(kept(&store), [5, 3, 2, 1, 0], "what nobody served is not kept");
    let locked = held();
    edit(6);
    edit(5);
    drop(locked);
    set_days(&store, 7);
    assert_eq!(kept(&store), [7, 5, 6, 5, 3, 2, 1, 0], "as if nobody had held the lock");

    // And back again, as if nobody had held it.
    let locked = held();
    edit(8);
    edit(7);
    edit(9);
    drop(locked);
    edit(10);
    assert_eq!(kept(&store)[..5], [10, 9, 7, 8, 7]);
    assert!(warnings(&mut events).is_empty());
    // There is room for so many, and the loss of the others is told.
    let locked = held();
    (100..=120).for_each(edit);
    drop(locked);
    edit(121);
    assert_eq!(kept(&store), (102..=121).rev().collect::<Vec<_>>());
    let lost = of(&days(100)).short();
    let lost =
        format!("revision {lost} is not kept in the history: another program held the lock for too long");
    assert_eq!(warnings(&mut events), [lost]);
}

fn warnings(events: &mut Events<Config>) -> Vec<String> {
    let told = std::iter::from_fn(|| events.next_within(Duration::ZERO));
    let warnings = told.filter_map(|event| match event {
        Event::Warning(warning) => Some(warning),
        _ => None,
    });
    warnings.collect()
}

#[test]
fn what_still_waits_is_kept_when_the_store_ends() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let locked = file.lock(Wait::AtMost(LONG)).unwrap();
    put_by_rename(&scratch.config(), days(1));
    store.reload().unwrap();
    drop(locked);
    drop(store);
    put_by_rename(&scratch.config(), days(2));
    let store = scratch.unwatched::<Config>();
    assert_eq!(kept(&store), [2, 1, 0]);
    // Or else it is told.
    let mut events = store.events();
    let locked = file.lock(Wait::AtMost(LONG)).unwrap();
    put_by_rename(&scratch.config(), days(3));
    store.reload().unwrap();
    drop(store);
    let lost = of(&days(3)).short();
    assert_eq!(
        warnings(&mut events),
        [format!(
            "revision {lost} is not kept in the history: another program held the lock until this program ended"
        )]
    );
    drop(locked);
}

/// However they come to it, the order is that of the file, and no content is there twice.
#[test]
fn many_that_edit_and_save_and_serve_keep_the_order() {
    let scratch = Scratch::with(days(0));
    let open = |_| quick().history(1000).open(scratch.config()).unwrap();
    let stores: Vec<Store<Config>> = (0..4).map(open).collect();
    for (days, store) in (1..=60).zip(stores.iter().cycle()) {
        // Now and then somebody looks at once; at most edits, whoever comes first.
        match days % 7 {
            0 | 3 => set_days(store, days),
            5 => {
                put_by_rename(&scratch.config(), super::support::days(days));
                store.reload().unwrap();
            }
            _ => put_by_rename(&scratch.config(), super::support::days(days)),
        }
    }
    eventually("all serve the last", LONG, || stores.iter().all(|store| events_days(store) == 60));
    drop(stores);
    let store = scratch.unwatched::<Config>();
    let kept = kept(&store);
    assert!(kept.is_sorted_by(|newer, older| newer > older) && kept[0] == 60, "{kept:?}");
}

/// Of several that serve a file, one has kept what the others wait to keep, and what came after it.
#[test]
fn an_edit_that_had_to_wait_is_not_kept_once_more_after_what_another_program_kept() {
    let scratch = Scratch::with(days(0));
    let [one, other] = [scratch.unwatched::<Config>(), scratch.unwatched::<Config>()];
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let see = |days: u64, stores: &[&Store<Config>]| {
        put_by_rename(&scratch.config(), super::support::days(days));
        for store in stores {
            store.reload().unwrap();
        }
    };
    let put_off = |days: u64, stores: &[&Store<Config>]| {
        let locked = file.lock(Wait::AtMost(LONG)).unwrap();
        see(days, stores);
        drop(locked);
    };
    put_off(1, &[&one]);
    see(1, &[&other]);
    see(2, &[&other, &one]);
    assert_eq!(kept(&one), [2, 1, 0]);
    // By an update, and by a save that no edit came before.
    put_off(3, &[&one]);
    see(3, &[&other]);
    see(4, &[&other]);
    set_days(&one, 5);
    assert_eq!(kept(&one), [5, 4, 3, 2, 1, 0]);
    // That it was kept long ago is no reason not to keep it again; what came after it meanwhile, it is put before.
    put_off(1, &[&one]);
    see(6, &[&one]);
    put_off(60, &[&one]);
    see(7, &[&other, &one]);
    assert_eq!(kept(&one)[..4], [7, 60, 6, 1]);
    // What another program kept is not lost.
    let mut events = one.events();
    put_off(8, &[&one]);
    see(8, &[&other]);
    put_off(9, &[&one]);
    assert!(warnings(&mut events).is_empty());
}
