//! The end of a store: the watch thread is joined, listeners end, nothing is left.

use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use config_model::Config;
use config_store::{Event, Options, Rejection, Store};

use super::child;
use super::support::{
    LONG, Scratch, days, eventually, idle, put, put_by_rename, quick, rename, set_mode, timed,
};

#[test]
fn listeners_end_with_the_store_after_what_waits_for_them() {
    let scratch = Scratch::with(days(0));
    let store = scratch.quick::<Config>();
    let (changes, mut events, mut waiting) = (store.subscribe(), store.events(), store.events());
    store.update(|config| config.features.debug = true).unwrap();
    drop(store);
    assert_eq!(changes.count(), 1);
    assert!(matches!(events.next(), Some(Event::Accepted(_))));
    assert!(events.next().is_none() && events.next().is_none());
    assert!(waiting.next_within(Duration::MAX).is_some());
    assert!(waiting.next_within(Duration::MAX).is_none(), "an end is not waited for");
}

#[test]
fn one_who_waits_is_woken_by_the_end() {
    let scratch = Scratch::new();
    let store = scratch.quick::<Config>();
    let mut changes = store.subscribe();
    thread::scope(|scope| {
        let waiting = scope.spawn(move || changes.next().is_none());
        let clone = store.clone();
        drop(store);
        drop(scope.spawn(move || drop(clone)));
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn the_last_clone_ends_it_wherever_it_is() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    let clone = store.clone();
    let (subscribed, is_subscribed) = channel();
    let elsewhere = thread::spawn(move || {
        let mut changes = clone.subscribe();
        subscribed.send(()).unwrap();
        let change = changes.next_within(LONG);
        let ((), took) = timed(|| drop(clone));
        (change, changes.next(), took)
    });
    is_subscribed.recv().unwrap();
    drop(store);
    // Still watched, although the first one is gone.
    put_by_rename(&scratch.config(), days(6));
    let (change, end, took) = elsewhere.join().unwrap();
    assert!(change.is_some() && end.is_none() && took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_store_may_end_inside_the_loop_over_its_changes() {
    let scratch = Scratch::with(days(5));
    let mut store = Some(scratch.quick::<Config>());
    let changes = store.as_ref().unwrap().subscribe();
    put_by_rename(&scratch.config(), days(6));
    let seen = changes.inspect(|_| drop(store.take())).count();
    assert_eq!(seen, 1);
}

#[test]
fn dropping_is_prompt() {
    for _ in 0..20 {
        let scratch = Scratch::with(days(5));
        let store: Store<Config> = Store::open(scratch.config()).unwrap();
        put_by_rename(&scratch.config(), "{");
        let ((), took) = timed(|| drop(store));
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[test]
fn the_watch_thread_is_joined() {
    let scratch = Scratch::with(days(5));
    child::succeed(&mut child::command("threads", &scratch.config()));
}

/// A child's, where no other test has threads.
pub(crate) fn threads(path: &Path) {
    let watchers = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| name.trim() == "config-watch").count()
    };
    for _ in 0..20 {
        let store: Store<Config> = Store::open(path).unwrap();
        eventually("the thread runs", LONG, || watchers() == 1);
        let clone = store.clone();
        drop(store);
        assert_eq!(watchers(), 1);
        thread::spawn(move || drop(clone)).join().unwrap();
        assert_eq!(watchers(), 0);
    }
    let store: Store<Config> = Options::new().watch(None).open(path).unwrap();
    assert_eq!((watchers(), store.status().watch.is_none()), (0, true));
}

#[test]
fn no_descriptor_is_left() {
    let scratch = Scratch::with(days(5));
    child::succeed(&mut child::command("descriptors", &scratch.config()));
}

/// A child's, where no other test opens files.
pub(crate) fn descriptors(path: &Path) {
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = open();
    for round in 0..30 {
        let store: Store<Config> = Store::open(path).unwrap();
        for value in 0..5 {
            store.update(|config| config.retention.events_days = round * 10 + value).unwrap();
            store.reload().unwrap();
        }
        put_by_rename(path, "{");
        store.reload().unwrap_err();
        put_by_rename(path, days(5));
    }
    // What the kernel's events came through is closed by a thread that nobody joins.
    eventually("all are closed", LONG, || open() == before);
}

#[test]
fn what_kept_the_file_from_being_read_may_end_without_a_trace() {
    let scratch = Scratch::with(days(5));
    let mut few = child::command("exhausted", &scratch.config());
    child::succeed(child::in_shell("ulimit -n 100", &mut few));
}

/// A child's, which has no descriptors left for a while.
pub(crate) fn exhausted(path: &Path) {
    let store = quick::<Config>().open(path).unwrap();
    let next = path.with_extension("next");
    put(&next, days(6));
    set_mode(&next, 0o600);
    idle(&store);
    // A look that is under way has descriptors, which it gives back.
    let take = || std::iter::from_fn(|| std::fs::File::open("/dev/null").ok());
    let mut taken: Vec<_> = take().collect();
    idle(&store);
    taken.extend(take());
    rename(&next, path);
    eventually("the rejection", LONG, || store.status().rejection.is_some());
    let rejection = store.status().rejection.unwrap();
    assert!(matches!(rejection, Rejection::Unreadable { refused: false, .. }), "{rejection}");
    drop(taken);
    eventually("the edit is served", LONG, || store.snapshot().retention.events_days == 6);
    assert!(store.status().rejection.is_none());
}
