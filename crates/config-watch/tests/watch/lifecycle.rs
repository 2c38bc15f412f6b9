//! Starting, asking, stopping.

use super::support::{PATIENCE, Watched, scratch};
use config_watch::{Cause, Mode, Next, Options, StartError, Watch};
use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

fn slow() -> Options {
    Options::default().poll(Duration::MAX)
}

/// What is left in the channel, and whether the look, and its sender with it, is gone.
fn is_over<T>(hints: &Receiver<T>, within: Duration) -> bool {
    let deadline = Instant::now() + within;
    loop {
        match hints.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(_) => {}
            Err(error) => return error == RecvTimeoutError::Disconnected,
        }
    }
}

#[test]
fn what_is_no_file_is_refused() {
    for path in ["", "/", "..", "etc/.."] {
        let error = Watch::start(path, Options::default(), |_| Next::Wait).unwrap_err();
        assert!(matches!(&error, StartError::NoFileName { path: named } if named == Path::new(path)));
        assert_eq!(error.to_string(), format!("{path:?} does not name a file"));
    }
}

#[test]
fn it_is_armed_on_return_and_looks_at_once() {
    let (_guard, root) = scratch();
    let (sender, looks) = channel();
    let watch = Watch::start(root.join("config.json"), slow(), move |hint| {
        let _ = sender.send(hint.cause());
        Next::Wait
    })
    .unwrap();
    let health = watch.health();
    assert_eq!((health.mode, health.armed, health.rearms), (Mode::Native, vec![root.clone()], 0));
    assert_eq!(looks.recv_timeout(PATIENCE), Ok(Cause::Rearmed));
}

#[test]
fn a_relative_path_is_taken_from_the_current_directory() {
    let watch = Watch::start("Cargo.toml", slow(), |_| Next::Wait).unwrap();
    assert_eq!(watch.health().armed, [std::env::current_dir().unwrap().canonicalize().unwrap()]);
}

#[test]
fn look_now() {
    let (_guard, root) = scratch();
    let watched = Watched::start(&root.join("config.json"), slow());
    assert!(watched.health().last_look.is_some());
    for _ in 0..3 {
        watched.watch.look_now();
        assert_eq!(watched.hints.recv_timeout(PATIENCE).unwrap().1, Cause::Manual);
    }
}

#[test]
fn requests_during_a_look_make_one_more() {
    let (_guard, root) = scratch();
    let (sender, looks) = channel();
    let (go, gate) = channel::<()>();
    let watch = Watch::start(root.join("config.json"), slow(), move |hint| {
        let _ = sender.send(hint.cause());
        let _ = gate.recv();
        Next::Wait
    })
    .unwrap();
    assert_eq!(looks.recv_timeout(PATIENCE), Ok(Cause::Rearmed));
    for _ in 0..100 {
        watch.look_now();
    }
    go.send(()).unwrap();
    assert_eq!(looks.recv_timeout(PATIENCE), Ok(Cause::Manual));
    go.send(()).unwrap();
    assert_eq!(looks.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout));
    drop(go);
}

#[test]
fn again_comes_when_asked_and_not_before() {
    let (_guard, root) = scratch();
    let (sender, looks) = channel();
    let wish = Duration::from_millis(100);
    let mut left = 5;
    let watch = Watch::start(root.join("config.json"), slow(), move |hint| {
        let _ = sender.send((Instant::now(), hint.cause()));
        left -= 1;
        if left > 0 { Next::Again(wish) } else { Next::Wait }
    })
    .unwrap();
    let (mut before, cause) = looks.recv_timeout(PATIENCE).unwrap();
    assert_eq!(cause, Cause::Rearmed);
    for _ in 0..4 {
        let (at, cause) = looks.recv_timeout(PATIENCE).unwrap();
        assert_eq!(cause, Cause::Again);
        assert!(at.duration_since(before) >= wish);
        before = at;
    }
    assert!(looks.recv_timeout(3 * wish).is_err(), "the last look asked to wait");
    drop(watch);
}

#[test]
fn drop_joins_promptly_and_nothing_follows() {
    let (_guard, root) = scratch();
    for _ in 0..20 {
        let (sender, looks) = channel();
        let watch = Watch::start(root.join("config.json"), slow(), move |hint| {
            let _ = sender.send(hint.cause());
            Next::Again(Duration::from_millis(1))
        })
        .unwrap();
        assert!(looks.recv_timeout(PATIENCE).is_ok());
        std::fs::write(root.join("config.json"), "{}").unwrap();
        let dropped = Instant::now();
        drop(watch);
        // A poll here takes a minute, so this is no matter of waiting for one.
        assert!(dropped.elapsed() < PATIENCE);
        // The look is gone already: nothing to wait for.
        assert!(is_over(&looks, Duration::ZERO));
    }
}

#[test]
fn drop_before_the_first_look() {
    let (_guard, root) = scratch();
    for _ in 0..50 {
        let (sender, looks) = channel();
        drop(Watch::start(root.join("config.json"), slow(), move |hint| {
            let _ = sender.send(hint.cause());
            Next::Wait
        }));
        assert!(is_over(&looks, Duration::ZERO));
    }
}

#[test]
fn dropped_inside_the_look_it_is_the_last_one() {
    let (_guard, root) = scratch();
    let slot = Arc::new(Mutex::new(None::<Watch>));
    let (sender, looks) = channel();
    let inside = Arc::clone(&slot);
    let watch = Watch::start(root.join("config.json"), slow(), move |hint| {
        if hint.cause() == Cause::Manual {
            inside.lock().unwrap().take().unwrap().look_now();
        }
        let _ = sender.send(hint.cause());
        Next::Again(Duration::from_millis(1))
    })
    .unwrap();
    slot.lock().unwrap().insert(watch).look_now();
    assert!(is_over(&looks, PATIENCE));
    assert!(slot.lock().unwrap().is_none());
}

#[test]
fn a_panic_in_a_look_does_not_end_the_watch() {
    let (_guard, root) = scratch();
    let (sender, looks) = channel();
    let watch = Watch::start(root.join("config.json"), slow(), move |hint| {
        let _ = sender.send(hint.cause());
        assert_ne!(hint.cause(), Cause::Rearmed, "this panic is part of the test");
        Next::Wait
    })
    .unwrap();
    assert_eq!(looks.recv_timeout(PATIENCE), Ok(Cause::Rearmed));
    watch.look_now();
    assert_eq!(looks.recv_timeout(PATIENCE), Ok(Cause::Manual));
    assert_eq!(watch.health().panics, 1);
}
