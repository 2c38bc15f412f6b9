//! What a program lays over the file is served, stays, and is never written.

use std::thread;
use std::time::Duration;

use config_model::{Config, Pointer, Problem, ProblemKind};
use config_store::{Cause, OpenError, Options, Rejection, Revision, Store, UpdateError};
use insta::assert_snapshot;

use super::schemas::{Service, Span};
use super::support::{
    LONG, Scratch, accepted, days, events_days, eventually, identity, idle, pair, put, put_by_rename, quick,
    rejected, silent,
};

const NOW: Duration = Duration::ZERO;

/// Served instead of what the file says.
const LAID: u64 = 9999;

fn lay(config: &mut Config) {
    config.retention.traces_days = LAID;
}

fn open(scratch: &Scratch) -> Store<Config> {
    Options::new().watch(None).lock_wait(LONG).overlay(lay).open(scratch.config()).unwrap()
}

fn span(low: u32, high: u32) -> String {
    format!("{{\"version\": 1, \"low\": {low}, \"high\": {high}}}")
}

/// What is served, and what the file says.
fn both(store: &Store<Config>) -> ((u64, u64), (u64, u64)) {
    let snapshot = store.snapshot();
    let of = |config: &Config| (config.retention.events_days, config.retention.traces_days);
    (of(&snapshot), of(snapshot.file()))
}

#[test]
fn it_is_on_from_the_first_snapshot() {
    let scratch = Scratch::with(pair(5));
    let store = open(&scratch);
    assert_eq!(both(&store), ((5, LAID), (5, 5)));
    assert_eq!(store.reader().current().retention.traces_days, LAID);
    let snapshot = store.snapshot();
    assert_eq!((snapshot.generation(), snapshot.revision()), (1, Revision::of(pair(5).as_bytes())));
    assert_eq!(Options::<Config>::new().read(scratch.config()).unwrap().document.retention.traces_days, 5);
}

#[test]
fn it_stays_over_an_edit_by_another_program() {
    let scratch = Scratch::with(pair(5));
    let store = quick().overlay(lay).open(scratch.config()).unwrap();
    let (mut events, mut traces) =
        (store.events(), store.subscribe_to(|config| &config.retention.traces_days));
    for value in [6, 7, LAID] {
        put_by_rename(&scratch.config(), pair(value));
        let change = accepted(&mut events);
        assert_eq!(
            (change.cause(), change.after().revision()),
            (Cause::Edit, Revision::of(pair(value).as_bytes()))
        );
        assert_eq!(both(&store), ((value, LAID), (value, value)));
    }
    assert!(traces.next_within(NOW).is_none(), "it was the same all the time");
    silent(&store, &mut events);
}

#[test]
fn an_update_sees_and_changes_the_file_alone() {
    let scratch = Scratch::with(pair(5));
    let store = open(&scratch);
    let after = store
        .update(|config| {
            assert_eq!(config.retention.traces_days, 5, "the overlay");
            config.retention.events_days = 6;
        })
        .unwrap();
    assert_eq!((after.retention.traces_days, after.file().retention.traces_days), (LAID, 5));
    assert_eq!(scratch.text(), pair(5).replacen('5', "6", 1));
    assert_eq!(after.revision(), Revision::of(scratch.text().as_bytes()));
    // Of what is laid over, too: it shows when that is taken off.
    let after = store.update_if(after.revision(), |config| config.retention.traces_days += 1).unwrap();
    assert_eq!(scratch.text(), pair(6));
    assert_eq!(both(&store), ((6, LAID), (6, 6)));
    let text = |text: &str, config: &Config| {
        assert_eq!((text, config.retention.traces_days), (pair(6).as_str(), 6));
        Ok::<_, UpdateError>(pair(7))
    };
    store.update_text(Some(after.revision()), text).unwrap();
    assert_eq!((scratch.text(), both(&store)), (pair(7), ((7, LAID), (7, 7))));
    // One that sets what is laid over it is no change of the file's own only if the file says so.
    let before = identity(&scratch.config());
    store.update(|config| config.retention.traces_days = 7).unwrap();
    assert_eq!(identity(&scratch.config()), before);
    // And one that finds another text on disk lays it over that.
    put(&scratch.config(), pair(8));
    assert_eq!(store.update(|_| {}).unwrap().retention.traces_days, LAID);
    put(&scratch.config(), pair(9));
    store.update(|config| config.features.debug = true).unwrap();
    assert_eq!(both(&store), ((9, LAID), (9, 9)));
    assert!(!scratch.text().contains(&LAID.to_string()), "{}", scratch.text());
}

#[test]
fn neither_a_seed_nor_a_migration_writes_it() {
    let scratch = Scratch::new();
    assert_eq!(both(&open(&scratch)), ((90, LAID), (90, 7)));
    assert!(!scratch.text().contains(&LAID.to_string()), "{}", scratch.text());
    let scratch = Scratch::with("{\"version\": 1, \"timeout\": 40}");
    let options = Options::new().watch(None).overlay(|service: &mut Service| service.timeouts.connect = LAID);
    let store = options.open(scratch.config()).unwrap();
    assert_eq!((store.opened_by(), store.snapshot().timeouts.connect), (Cause::Migration, LAID));
    assert!(
        scratch.text().contains("40") && !scratch.text().contains(&LAID.to_string()),
        "{}",
        scratch.text()
    );
}

#[test]
fn they_are_laid_on_in_order_and_taken_off_again() {
    let scratch = Scratch::with(pair(5));
    let store = scratch.unwatched::<Config>();
    let (mut changes, mut events_days) =
        (store.subscribe(), store.subscribe_to(|config| &config.retention.events_days));
    let first = store.overlay(|config| config.retention.traces_days = 10).unwrap();
    let second = store.overlay(|config| config.retention.traces_days *= 3).unwrap();
    assert_eq!((both(&store), store.snapshot().generation()), (((5, 30), (5, 5)), 3));
    let change = changes.next_within(LONG).unwrap();
    assert_eq!((change.cause(), change.cause().name()), (Cause::Overlay, "overlay"));
    assert_eq!(change.diff().to_string(), "~ /retention/traces_days: 5 -> 30");
    assert_eq!(change.before().revision(), change.after().revision());
    assert!(events_days.next_within(NOW).is_none(), "another part");
    store.remove_overlay(first).unwrap();
    assert_eq!(both(&store), ((5, 15), (5, 5)));
    store.remove_overlay(first).unwrap();
    // That of another store.
    let elsewhere = Scratch::new().unwatched::<Config>();
    elsewhere.remove_overlay(second).unwrap();
    assert_eq!((both(&store), store.snapshot().generation()), (((5, 15), (5, 5)), 4));
    store.remove_overlay(second).unwrap();
    assert_eq!(both(&store), ((5, 5), (5, 5)));
    assert_eq!(scratch.text(), pair(5));
    // What changes nothing is not told, and is on all the same.
    assert!(changes.next_within(NOW).is_some());
    store.overlay(|config| config.retention.traces_days = 5).unwrap();
    assert!(changes.next_within(NOW).is_none());
    put(&scratch.config(), pair(6));
    assert_eq!(store.reload().unwrap().retention.traces_days, 5);
}

#[test]
fn one_that_breaks_a_rule_is_not_laid_on() {
    let scratch = Scratch::with(span(1, 5));
    let store = scratch.unwatched::<Span>();
    let mut events = store.events();
    let problems = store.overlay(|span| span.low = 6).unwrap_err();
    assert_snapshot!(problems, @r"
    /high: must not be below `low`
      help: swap them (the file is valid by itself: change it, or what is laid over it by this program's command line or environment)
    ");
    assert!(problems.has(ProblemKind::Overlay));
    silent(&store, &mut events);
    put(&scratch.config(), span(2, 3));
    assert_eq!(store.reload().unwrap().low, 2, "it is gone");
    // One that needs another keeps that one on.
    let wide = store.overlay(|span| span.high = 100).unwrap();
    let high = store.overlay(|span| span.low = 50).unwrap();
    assert!(store.remove_overlay(wide).unwrap_err().has(ProblemKind::Overlay));
    assert_eq!(*store.snapshot(), Span { low: 50, high: 100 });
    store.remove_overlay(high).unwrap();
    store.remove_overlay(wide).unwrap();
    assert_eq!(*store.snapshot(), Span { low: 2, high: 3 });
}

#[test]
fn an_edit_that_clashes_is_rejected_until_either_is_changed() {
    let scratch = Scratch::with(span(1, 5));
    let store = quick().open(scratch.config()).unwrap();
    let low = store.overlay(|span: &mut Span| span.low = 4).unwrap();
    let (mut events, mut changes) = (store.events(), store.subscribe());
    put_by_rename(&scratch.config(), span(1, 3));
    let rejection = rejected(&mut events);
    assert_snapshot!(scratch.redacted(&rejection.to_string()), @r"
    DIR/config.json is not valid with what this program lays over it:
    /high: must not be below `low`
      help: swap them (the file is valid by itself: change it, or what is laid over it by this program's command line or environment)
    ");
    assert_eq!(
        (store.snapshot().high, store.status().rejection.unwrap().to_string()),
        (5, rejection.to_string())
    );
    silent(&store, &mut events);
    put_by_rename(&scratch.config(), span(1, 4));
    assert_eq!(accepted(&mut events).after().high, 4);
    // The other way: without the overlay, what was rejected is served, and nobody has to save it again.
    put_by_rename(&scratch.config(), span(2, 3));
    rejected(&mut events);
    changes.next_within(NOW).unwrap();
    idle(&store);
    store.remove_overlay(low).unwrap();
    assert_eq!(accepted(&mut events).cause(), Cause::Overlay);
    assert_eq!(accepted(&mut events).cause(), Cause::Edit);
    assert_eq!(*store.snapshot(), Span { low: 2, high: 3 });
    assert!(store.status().rejection.is_none());
}

#[test]
fn an_update_that_clashes_is_refused_and_nothing_is_written() {
    let scratch = Scratch::with(span(1, 5));
    let store = scratch.unwatched::<Span>();
    store.overlay(|span| span.low = 4).unwrap();
    let before = identity(&scratch.config());
    let error = store.update(|span| span.high = 3).unwrap_err();
    assert_snapshot!(error, @r"
    the change was refused:
    /high: must not be below `low`
      help: swap them (the file is valid by itself: change it, or what is laid over it by this program's command line or environment)
    ");
    assert_eq!((identity(&scratch.config()), store.snapshot().high), (before, 5));
    // An edit that clashes already is not served by an update that changes nothing, and may be mended by one.
    put(&scratch.config(), span(1, 2));
    assert!(matches!(store.update(|_| {}), Err(UpdateError::OnDisk(Rejection::Invalid { .. }))));
    assert_eq!(*store.update(|span| span.high = 7).unwrap(), Span { low: 4, high: 7 });
    assert_eq!(scratch.text(), span(1, 7));
}

#[test]
fn a_start_that_clashes_says_so() {
    let scratch = Scratch::with(span(1, 5));
    let lay = |span: &mut Span| span.low = 6;
    let error = Options::new().overlay(lay).open(scratch.config()).unwrap_err();
    assert_snapshot!(scratch.redacted(&error.to_string()), @r"
    DIR/config.json is not valid with what this program lays over it:
    /high: must not be below `low`
      help: swap them (the file is valid by itself: change it, or what is laid over it by this program's command line or environment)
    ");
    assert_eq!(scratch.names(), ["config.json"]);
    let scratch = Scratch::new();
    let error = Options::new().overlay(lay).open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::BadSeed(_)) && !scratch.config().exists(), "{error:?}");
}

/// Verifiers judge what would be served.
#[test]
fn a_verifier_is_asked_about_the_two_together() {
    let scratch = Scratch::with(span(1, 5));
    let wide = |_: Option<&Span>, new: &Span| {
        let place = Pointer::root().key("high");
        if new.high - new.low > 10 { Err(Problem::veto(place, "is too far away")) } else { Ok(()) }
    };
    let options = Options::new().watch(None).verify(wide).overlay(|span| span.low += 100);
    let store = options.open(scratch.config()).unwrap_err();
    assert!(store.to_string().contains("must not be below"), "{store}");
    put(&scratch.config(), span(1, 105));
    let store = Options::new().watch(None).verify(wide).overlay(|span| span.low += 100);
    let store = store.open(scratch.config()).unwrap();
    assert_eq!(*store.snapshot(), Span { low: 101, high: 105 });
    let problems = store.overlay(|span| span.high += 100).unwrap_err();
    assert_eq!(problems.to_string(), "/high: is too far away");
    let error = store.update(|span| span.high = 120).unwrap_err();
    assert_eq!(error.to_string(), "the change was refused:\n1:34: /high: is too far away");
    assert_eq!((store.snapshot().high, scratch.text()), (105, span(1, 105)));
}

#[test]
fn one_that_panics_changes_nothing() {
    let scratch = Scratch::with(days(13));
    let panics = |config: &mut Config| {
        config.features.debug = true;
        assert_ne!(config.retention.events_days, 13, "unlucky");
    };
    let error = Options::new().overlay(panics).open(scratch.config()).unwrap_err();
    assert_snapshot!(scratch.redacted(&error.to_string()), @r"
    DIR/config.json is not valid with what this program lays over it:
    (document): what this program lays over the file panicked
      help: this is a mistake in the program; what it said is on its standard error
    ");
    let store = quick().open(scratch.config()).unwrap();
    assert!(store.overlay(panics).is_err());
    assert!(!store.snapshot().features.debug);
    let mut events = store.events();
    put_by_rename(&scratch.config(), days(5));
    accepted(&mut events);
    store.overlay(panics).unwrap();
    assert!(accepted(&mut events).after().features.debug);
    put_by_rename(&scratch.config(), days(13));
    rejected(&mut events);
    put_by_rename(&scratch.config(), days(6));
    accepted(&mut events);
    assert!(matches!(store.update(|config| config.retention.events_days = 13), Err(UpdateError::Refused(_))));
    store.update(|config| config.retention.events_days = 14).unwrap();
    assert_eq!((scratch.text(), store.status().watch.unwrap().panics), (days(14), 0));
    assert!(store.snapshot().features.debug);
}

/// Updates of two stores, of many threads each, while an overlay comes and goes on one of them.
#[test]
fn updates_race_with_it_and_none_is_lost() {
    let scratch = Scratch::with(pair(0));
    let one = Options::new().lock_wait(LONG).open(scratch.config()).unwrap();
    let other = Options::<Config>::new().watch(None).lock_wait(LONG).open(scratch.config()).unwrap();
    let (threads, times) = (3, 20);
    thread::scope(|scope| {
        let updating: Vec<_> = [&one, &other]
            .into_iter()
            .flat_map(|store| [store; 3])
            .map(|store| {
                scope.spawn(move || {
                    for _ in 0..times {
                        store.update(|config| config.retention.events_days += 1).unwrap();
                        // What is laid over the other is nothing to count on from.
                        store.update(|config| config.retention.traces_days += 1).unwrap();
                    }
                })
            })
            .collect();
        let is_done = || updating.iter().all(thread::ScopedJoinHandle::is_finished);
        while !is_done() {
            let laid = one.overlay(lay).unwrap();
            assert_eq!(one.snapshot().retention.traces_days, LAID);
            assert!(one.snapshot().file().retention.traces_days <= 2 * threads * times);
            one.remove_overlay(laid).unwrap();
            assert!(one.snapshot().retention.traces_days <= 2 * threads * times);
        }
    });
    assert_eq!(scratch.text(), pair(2 * threads * times));
    eventually("the other's last update is served", LONG, || events_days(&one) == 2 * threads * times);
}
