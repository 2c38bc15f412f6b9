//! Updates that do not happen.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use config_fs::{ConfigFile, Wait};
use config_model::{AllowedKeys, ApiKey, Config, Features, Model};
use config_store::{Options, Rejection, Store, UpdateError};

use super::schemas::{Forgetful, Service};
use super::support::{LONG, Scratch, days, events_days, identity, put, silent, timed};

#[test]
fn a_refused_edit_leaves_file_and_memory() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let (before, mut events) = (identity(&scratch.config()), store.events());
    let keys = |keys: &[&str]| AllowedKeys::only(keys.iter().map(|key| ApiKey::new(*key)));
    let model =
        |upstream: &str, allowed_keys| Model { upstream: upstream.into(), enabled: true, allowed_keys };
    let edits: [&dyn Fn(&mut Config); 4] = [
        &|config| config.retention.events_days = 36501,
        &|config| config.retention.traces_max_bytes = u64::MAX,
        &|config| drop(config.models.insert("x".into(), model("http://evil/", AllowedKeys::any()))),
        &|config| drop(config.models.insert(" x".into(), model("m", keys(&["k", "k", " k", "*"])))),
    ];
    for edit in edits {
        let error = store.update(edit).unwrap_err();
        assert!(matches!(&error, UpdateError::Refused(problems) if !problems.is_empty()), "{error:?}");
    }
    assert_eq!((identity(&scratch.config()), store.snapshot().generation()), (before, 1));
    silent(&store, &mut events);
}

#[test]
fn a_file_over_the_limit_is_not_written() {
    let scratch = Scratch::with(days(5));
    let store: Store<Config> = Options::new().watch(None).max_bytes(200).open(scratch.config()).unwrap();
    let model = Model { upstream: "m".repeat(200), enabled: true, allowed_keys: AllowedKeys::any() };
    let error = store.update(|config| drop(config.models.insert("x".into(), model.clone()))).unwrap_err();
    assert!(matches!(error, UpdateError::Refused(_)), "{error:?}");
    assert_eq!(scratch.text(), days(5));
}

#[test]
fn what_is_missing_or_broken_is_not_overwritten() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    for broken in ["", "{", "{\"version\": 2}", "{\"version\": 1, \"features\": {\"auth\": 1}}"] {
        put(&scratch.config(), broken);
        let error = store.update(|config| config.features.debug = true).unwrap_err();
        assert!(matches!(error, UpdateError::OnDisk(Rejection::Invalid { .. })), "{error:?}");
        let error = store.update_text(None, |_, _| Ok::<_, UpdateError>(days(9))).unwrap_err();
        assert!(matches!(error, UpdateError::OnDisk(_)), "{error:?}");
        assert_eq!(scratch.text(), broken);
    }
    std::fs::remove_file(scratch.config()).unwrap();
    let error = store.update(|config| config.features.debug = true).unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Missing { .. })), "{error:?}");
    assert_eq!((scratch.names(), events_days(&store)), (vec![".config.json.lock".to_owned()], 5));
    put(&scratch.config(), days(6));
    assert_eq!(store.update(|config| config.features.debug = true).unwrap().retention.events_days, 6);
}

#[test]
fn a_directory_that_is_gone_is_not_made_again() {
    let scratch = Scratch::new();
    let path = scratch.join("etc/config.json");
    let store: Store<Config> = Options::new().watch(None).open(&path).unwrap();
    std::fs::remove_dir_all(scratch.join("etc")).unwrap();
    let error = store.update(|config| config.features.debug = true).unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Missing { .. })), "{error:?}");
    assert!(matches!(store.reload(), Err(Rejection::Missing { .. })));
    assert!(!scratch.join("etc").exists());
}

#[test]
fn a_closure_that_panics_changes_nothing() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let before = identity(&scratch.config());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.update(|config| {
            config.retention.events_days = 6;
            panic!("as a closure may");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((identity(&scratch.config()), events_days(&store)), (before, 5));
    store.update(|config| config.retention.events_days = 7).unwrap();
    assert_eq!((scratch.text(), events_days(&store)), (days(7), 7));
    drop(ConfigFile::locate(scratch.config()).unwrap().lock(Wait::No).unwrap());
}

#[test]
fn a_lock_held_elsewhere_is_waited_for_as_long_as_asked() {
    let scratch = Scratch::with(days(5));
    let wait = Duration::from_millis(400);
    let store: Store<Config> = Options::new().watch(None).lock_wait(wait).open(scratch.config()).unwrap();
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let held = file.lock(Wait::No).unwrap();
    let one = || timed(|| store.update(|config| config.features.debug = true));
    // However many wait, each waits for its own time only.
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (result, took) in results {
        assert!(matches!(result, Err(UpdateError::Busy)), "{result:?}");
        assert!(took >= wait && took < wait * 10, "{took:?}");
    }
    drop(held);
    assert!(store.update(|config| config.features.debug = true).unwrap().features.debug);
}

#[test]
fn an_update_inside_an_update_is_busy_and_no_deadlock() {
    let scratch = Scratch::with(days(5));
    let wait = Duration::from_millis(50);
    let store: Store<Config> = Options::new().watch(None).lock_wait(wait).open(scratch.config()).unwrap();
    let after = store.update(|config| {
        let inner = store.update(|config| config.features.telemetry = true);
        assert!(matches!(inner, Err(UpdateError::Busy)), "{inner:?}");
        // What only reads may be asked.
        assert_eq!((store.status().generation, store.snapshot().generation()), (1, 1));
        store.reload().unwrap();
        config.features.debug = true;
    });
    assert_eq!(after.unwrap().features, Features { debug: true, ..Features::default() });
}

#[test]
fn a_lock_that_is_let_go_in_time_is_had() {
    let scratch = Scratch::with(days(5));
    let store: Store<Config> = Options::new().watch(None).lock_wait(LONG).open(scratch.config()).unwrap();
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let held = file.lock(Wait::No).unwrap();
    thread::scope(|scope| {
        let update = scope.spawn(|| store.update(|config| config.features.debug = true));
        drop(held);
        assert!(update.join().unwrap().is_ok());
    });
}

#[test]
fn a_field_that_is_not_saved_is_noticed() {
    let scratch = Scratch::new();
    let store: Store<Forgetful> = scratch.unwatched();
    let edits: [fn(&mut Forgetful); 2] =
        [|document| document.lost = 1, |document| (document.kept, document.lost) = (2, 1)];
    for edit in edits {
        let before = identity(&scratch.config());
        let error = store.update(edit).unwrap_err();
        assert!(matches!(error, UpdateError::NotReproducible), "{error:?}");
        assert_eq!(identity(&scratch.config()), before);
    }
    assert_eq!(store.update(|document| document.kept = 3).unwrap().kept, 3);
}

#[test]
fn a_text_of_an_older_version_is_refused() {
    let scratch = Scratch::new();
    let store: Store<Service> = scratch.unwatched();
    let older = |_: &str, _: &Service| Ok::<_, UpdateError>("{\"version\": 1, \"timeout\": 3}".to_owned());
    let error = store.update_text(None, older).unwrap_err();
    assert!(matches!(&error, UpdateError::Refused(problems) if problems.len() == 1), "{error:?}");
    assert_eq!(store.snapshot().timeouts.connect, 5);
}
