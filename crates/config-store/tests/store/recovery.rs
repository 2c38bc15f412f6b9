//! Starting on a broken file: an error that says how to go back, or what was accepted last, loudly.

use config_model::{Config, Pointer, Problem};
use config_store::{Cause, OpenError, Options, Recovery, Rejection, Revision, Store, UpdateError};
use insta::assert_snapshot;

use super::support::{
    LONG, Scratch, days, events_days, eventually, identity, put, put_by_rename, quick, set_mode,
};

fn of(text: &str) -> Revision {
    Revision::of(text.as_bytes())
}

/// A place where 1 and 2 days were accepted, and `broken` is in the file.
fn broken(text: &str) -> Scratch {
    let scratch = Scratch::with(days(1));
    let store = scratch.unwatched::<Config>();
    store.update(|config| config.retention.events_days = 2).unwrap();
    drop(store);
    put(&scratch.config(), text);
    scratch
}

fn last_good() -> Options<Config> {
    Options::new().watch(None).recovery(Recovery::LastGood)
}

#[test]
fn the_error_names_the_way_back() {
    let scratch = broken("{\"version\": 1, \"retention\": {\"events_days\": \"x\"}}");
    let before = (identity(&scratch.config()), scratch.names());
    let error = Store::<Config>::open(scratch.config()).unwrap_err();
    let OpenError::Broken { last_good, rejection: Rejection::Invalid { .. }, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(last_good.revision, of(&days(2)));
    let text = scratch.redacted(&error.to_string());
    let text = text.replace(last_good.path.file_name().unwrap().to_str().unwrap(), "ENTRY");
    let (problem, remedy) = text.rsplit_once('\n').unwrap();
    assert!(problem.contains("expected a whole number"), "{problem}");
    let (when, command) = remedy.split_once(", revision ").unwrap();
    assert!(when.starts_with("to go back to what was accepted at 20") && when.ends_with('Z'), "{when}");
    assert_snapshot!(command.split_once(": ").unwrap().1, @"`cp DIR/.config.json.history/ENTRY DIR/config.json.new && mv DIR/config.json.new DIR/config.json`");
    assert_eq!((identity(&scratch.config()), scratch.names()), before);

    // Through a link it is the name that was asked for whose syntax counts, and the file behind it that is moved.
    let asked = scratch.join("config.jsonc");
    super::support::link(&asked, "config.json");
    let error_through_link = Store::<Config>::open(&asked).unwrap_err();
    let OpenError::Broken { path, target, .. } = &error_through_link else {
        panic!("{error_through_link:?}")
    };
    assert_eq!((path, &**target), (&asked, &*scratch.config()));
    assert!(
        error_through_link.to_string().ends_with(&format!("mv {0}.new {0}`", scratch.config().display()))
    );

    // And the command does.
    let text = error.to_string();
    let (_, command) = text.rsplit_once(": `").unwrap();
    assert!(
        std::process::Command::new("sh")
            .args(["-c", command.trim_end_matches('`')])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(events_days(&scratch.unwatched::<Config>()), 2);
}

#[test]
fn what_was_accepted_last_is_served_when_that_is_wanted_and_the_file_left_alone() {
    let text = "{\"version\": 1, \"retention\": {\"events_days\": \"x\"}}";
    let scratch = broken(text);
    let before = (identity(&scratch.config()), scratch.names());
    let store = quick().recovery(Recovery::LastGood).open(scratch.config()).unwrap();
    assert_eq!((events_days(&store), store.opened_by()), (2, Cause::Recovery));
    let status = store.status();
    let recovered = status.recovered.expect("it says so");
    assert_eq!((recovered.revision, status.revision), (of(&days(2)), of(&days(2))));
    assert!(matches!(status.rejection, Some(Rejection::Invalid { revision, .. }) if revision == of(text)));
    let [warning] = &status.warnings[..] else { panic!("{:?}", status.warnings) };
    assert!(
        warning.contains("is not what is served") && warning.contains(&of(&days(2)).short()),
        "{warning}"
    );

    let error = store.update(|config| config.retention.events_days = 3).unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Invalid { .. })), "{error:?}");
    store.reload().unwrap_err();
    assert_eq!((events_days(&store), store.status().recovered.is_some()), (2, true));
    assert_eq!((identity(&scratch.config()), scratch.names()), before);

    // Mended, it is an edit like any other.
    put_by_rename(&scratch.config(), days(9));
    eventually("the fix is served", LONG, || events_days(&store) == 9);
    let status = store.status();
    assert_eq!((status.recovered, status.warnings, status.rejection.is_none()), (None, Vec::new(), true));
    assert_eq!(store.history().unwrap()[0].revision, of(&days(9)));
}

/// Mended to what is served all along: the trouble is over.
#[test]
fn a_file_that_goes_back_to_what_is_served_ends_it() {
    let scratch = broken("{");
    let store = last_good().open(scratch.config()).unwrap();
    put(&scratch.config(), days(2));
    store.reload().unwrap();
    let status = store.status();
    assert_eq!((status.recovered, status.generation, status.rejection.is_none()), (None, 1, true));
    // Somebody put it there: that is why it is kept.
    std::fs::remove_dir_all(scratch.join(".config.json.history")).unwrap();
    store.update(|config| config.retention.events_days = 3).unwrap();
    let causes: Vec<_> = store.history().unwrap().iter().map(|entry| entry.cause).collect();
    assert_eq!(causes, [Some(Cause::Update), Some(Cause::Edit)]);
}

/// What lies over the file has nothing to do with it.
#[test]
fn an_overlay_does_not_end_it() {
    let scratch = broken("{");
    let store = last_good().open(scratch.config()).unwrap();
    store.overlay(|config| config.features.debug = true).unwrap();
    assert!(store.snapshot().features.debug && store.status().recovered.is_some());
}

#[test]
fn an_entry_that_is_damaged_or_not_taken_is_passed_over() {
    let scratch = broken("{");
    let mut entries = last_good().history_of(scratch.config()).unwrap();
    put(&entries.remove(0).path, "");
    let store = last_good().open(scratch.config()).unwrap();
    assert_eq!(events_days(&store), 1);
    let no = |_: Option<&Config>, _: &Config| Err(Problem::veto(Pointer::root(), "never"));
    let error = last_good().verify(no).open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Invalid { .. })), "{error:?}");
    put(&entries.remove(0).path, "");
    let error = last_good().open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Invalid { .. })), "{error:?}");
}

/// A file that the schema takes and this program does not is as broken to it.
#[test]
fn a_veto_at_the_start_is_recovered_from() {
    let scratch = broken(&days(200));
    let few = |_: Option<&Config>, new: &Config| {
        let problem = || Problem::veto(Pointer::root(), "too many days");
        if new.retention.events_days > 100 { Err(problem()) } else { Ok(()) }
    };
    let error = Options::new().watch(None).verify(few).open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Broken { .. }), "{error:?}");
    assert_eq!(events_days(&last_good().verify(few).open(scratch.config()).unwrap()), 2);
    assert_eq!(scratch.text(), days(200));
}

/// A log that was sent to the wrong file.
#[test]
fn a_file_that_is_too_large_is_as_broken_and_moved_away_by_hand() {
    let scratch = broken(&"x".repeat(2000));
    let small = || last_good().max_bytes(1000);
    let error = small().recovery(Recovery::Fail).open(scratch.config()).unwrap_err();
    let OpenError::Broken { rejection, last_good, .. } = &error else { panic!("{error:?}") };
    assert_eq!((rejection.kind().name(), last_good.revision), ("size", of(&days(2))));

    let store = small().open(scratch.config()).unwrap();
    assert_eq!((events_days(&store), store.status().recovered.is_some()), (2, true));
    let error = store.rollback(of(&days(1))).unwrap_err();
    assert_snapshot!(scratch.redacted(&error.to_string()), @"nothing was changed, because DIR/config.json is larger than 1000 bytes; make it smaller or raise the limit; or move it away first: `mv DIR/config.json DIR/config.json.large`");
    let text = error.to_string();
    let (_, command) = text.split_once(": `").unwrap();
    let shell = std::process::Command::new("sh").args(["-c", command.trim_end_matches('`')]).status();
    assert!(shell.unwrap().success());
    store.rollback(of(&days(1))).unwrap();
    assert_eq!((events_days(&store), scratch.text()), (1, days(1)));
    assert_eq!(std::fs::metadata(scratch.join("config.json.large")).unwrap().len(), 2000);
}

#[test]
fn what_others_may_write_is_never_recovered_from() {
    let scratch = broken("{");
    set_mode(&scratch.config(), 0o666);
    let error = last_good().open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Unreadable { refused: true, .. })), "{error:?}");
    set_mode(&scratch.config(), 0o600);
    set_mode(&scratch.join(".config.json.history"), 0o777);
    let error = last_good().open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Invalid { .. })), "{error:?}");
}

/// Only a file that is verifiably not there is seeded, and that it is, whatever was there before: what was is kept.
#[test]
fn a_missing_file_is_seeded_or_recovered_from_where_it_must_not_be() {
    let scratch = broken("{");
    std::fs::remove_file(scratch.config()).unwrap();
    let store = last_good().seed(false).open(scratch.config()).unwrap();
    assert_eq!((events_days(&store), store.status().recovered.is_some()), (2, true));
    assert!(!scratch.config().exists());
    let error = Options::<Config>::new().watch(None).seed(false).open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Broken { rejection: Rejection::Missing { .. }, .. }), "{error:?}");
    let store = last_good().open(scratch.config()).unwrap();
    assert_eq!((store.opened_by(), events_days(&store)), (Cause::Seed, 90));
    store.rollback(of(&days(2))).unwrap();
    assert_eq!(events_days(&store), 2);
}

/// Of an older version, it is migrated in memory: the file is not written.
#[test]
fn what_is_served_instead_may_be_of_an_older_version() {
    let scratch = Scratch::with("{\"version\": 1, \"timeout\": 30}");
    drop(
        Options::<super::schemas::Service>::new().watch(None).migrate(false).open(scratch.config()).unwrap(),
    );
    put(&scratch.config(), "{");
    let options = Options::<super::schemas::Service>::new().watch(None).recovery(Recovery::LastGood);
    let store = options.open(scratch.config()).unwrap();
    assert_eq!((store.snapshot().timeouts.connect, scratch.text().as_str()), (30, "{"));
    assert_eq!(store.status().warnings.len(), 1);
}
