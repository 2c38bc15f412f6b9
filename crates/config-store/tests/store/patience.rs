//! Half-written files: given time before anything is said of them.

use std::time::Duration;

use config_model::Config;
use config_store::Rejection;

use super::support::{
    LONG, NEVER, Scratch, accepted, append, days, events_days, eventually, put, quick, rejected, silent,
    timed,
};

#[test]
fn what_may_be_half_written_is_reported_after_patience() {
    let patience = Duration::from_millis(500);
    for torn in ["", "  \n", "{\"version\": 1, \"models\": {\"fa", "\0\0\0\0\0\0\0\0"] {
        let scratch = Scratch::with(days(5));
        let store = quick::<Config>().patience(patience).open(scratch.config()).unwrap();
        let mut events = store.events();
        let (rejection, took) = timed(|| {
            put(&scratch.config(), torn);
            rejected(&mut events)
        });
        assert!(took >= patience, "{took:?}");
        assert!(matches!(rejection, Rejection::Invalid { .. }), "{rejection:?}");
        silent(&store, &mut events);
    }
    let scratch = Scratch::with(days(5));
    let store = quick::<Config>().patience(patience).open(scratch.config()).unwrap();
    let mut events = store.events();
    let (rejection, took) = timed(|| {
        std::fs::remove_file(scratch.config()).unwrap();
        rejected(&mut events)
    });
    assert!(took >= patience && matches!(rejection, Rejection::Missing { .. }), "{took:?} {rejection:?}");
}

#[test]
fn a_slow_writer_is_not_reported() {
    let scratch = Scratch::with(days(5));
    let store = quick::<Config>().patience(NEVER).open(scratch.config()).unwrap();
    let mut events = store.events();
    let text = days(6);
    let (first, second) = text.split_at(text.len() / 2);
    put(&scratch.config(), first);
    // Several looks see the half, however long that takes.
    for _ in 0..5 {
        let before = store.status().looked_at;
        eventually("a look", LONG, || store.status().looked_at > before);
    }
    assert_eq!((events_days(&store), store.status().rejection.is_none()), (5, true));
    append(&scratch.config(), second);
    assert_eq!(accepted(&mut events).after().retention.events_days, 6);
    silent(&store, &mut events);
}

/// The defaults, in real time: half now, the rest 600 ms later.
#[test]
fn a_writer_that_takes_600_ms_is_not_reported_by_default() {
    let scratch = Scratch::with(days(5));
    let store = config_store::Store::<Config>::open(scratch.config()).unwrap();
    let mut events = store.events();
    let text = days(6);
    let (first, second) = text.split_at(text.len() / 2);
    let (spoken, took) = timed(|| {
        put(&scratch.config(), first);
        let spoken = events.next_within(Duration::from_millis(600));
        append(&scratch.config(), second);
        spoken
    });
    // On a machine that stood still meanwhile it was no writer of 600 ms.
    if took < Duration::from_millis(900) {
        assert!(spoken.is_none(), "{spoken:?}");
        assert_eq!(accepted(&mut events).after().retention.events_days, 6);
    }
    eventually("the whole is served", LONG, || events_days(&store) == 6);
}

/// A file that keeps changing and is never whole is told of in the end, and not for each of its contents.
#[test]
fn a_writer_that_never_ends_is_reported_in_the_end() {
    let scratch = Scratch::with(days(5));
    let patience = Duration::from_millis(200);
    let store = quick::<Config>().patience(patience).open(scratch.config()).unwrap();
    let mut events = store.events();
    put(&scratch.config(), "{");
    let ((), took) = timed(|| {
        while events.next_within(Duration::from_millis(20)).is_none() {
            append(&scratch.config(), " ");
        }
    });
    assert!(took >= patience && took < LONG, "{took:?}");
}
