//! A file whose name ends in `.jsonc`: its comments are no mistake, and no save loses one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use config_model::{Config, DEFAULT_MAX_BYTES};
use config_store::{Cause, Options, Rejection, Store, UpdateError};

use super::schemas::Service;
use super::support::{LONG, Scratch, put, quick, set_mode};

const TEXT: &str = "// Of the gateway.\n{\n\t\"version\": 1, // the only one\n\n\t\"retention\": { /* days */ \"events_days\": 7, },\n\t// \"features\": {\"debug\": true},\n}\n";

fn with(text: &str) -> (Scratch, PathBuf) {
    let scratch = Scratch::new();
    let path = scratch.join("config.jsonc");
    put(&path, text);
    set_mode(&path, 0o600);
    (scratch, path)
}

fn text(path: &PathBuf) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn every_way_of_saving_keeps_the_comments() {
    let (scratch, path) = with(TEXT);
    let store: Store<Config> = Options::new().watch(None).open(&path).unwrap();
    store.update(|config| config.retention.events_days = 8).unwrap();
    assert_eq!(text(&path), TEXT.replace('7', "8"));
    let revision = store.snapshot().revision();
    store.update_if(revision, |config| config.retention.events_days = 9).unwrap();
    assert_eq!(text(&path), TEXT.replace('7', "9"));
    store.update_text::<UpdateError>(None, |text, _| Ok(text.replace("// Of", "// All of"))).unwrap();
    assert_eq!(text(&path), TEXT.replace('7', "9").replace("// Of", "// All of"));
    store.update(|config| config.features.debug = true).unwrap();
    assert!(
        text(&path).contains("\"events_days\": 9, },\n\t\"features\": {\n\t\t\"auth\": true,"),
        "{}",
        text(&path)
    );
    assert_eq!(text(&path).matches("//").count(), TEXT.matches("//").count());
    // Threads that save together, too.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| store.update(|config| config.retention.traces_days += 1).unwrap());
        }
    });
    assert_eq!(store.snapshot().retention.traces_days, 15);
    assert_eq!(text(&path).matches("//").count(), TEXT.matches("//").count());
    assert_eq!(scratch.names(), [".config.jsonc.history", ".config.jsonc.lock", "config.jsonc"]);
    // What is not JSONC either is refused by an update as by a load.
    let broken = store.update_text::<UpdateError>(None, |text, _| Ok(text.replace("// All", "# All")));
    assert!(matches!(broken, Err(UpdateError::Refused(_))), "{broken:?}");
}

#[test]
fn an_edit_with_comments_is_served() {
    let (_scratch, path) = with(TEXT);
    let store: Store<Config> = quick().open(&path).unwrap();
    let mut changes = store.subscribe();
    put(&path, TEXT.replace('7', "/* a week */ 14"));
    let change = changes.next_within(LONG).unwrap();
    assert_eq!(change.after().retention.events_days, 14);
    // A comment that somebody is still writing is no reason to complain.
    put(&path, TEXT.replace('7', "/* a mon"));
    put(&path, TEXT.replace('7', "/* a month */ 30"));
    assert_eq!(changes.next_within(LONG).unwrap().after().retention.events_days, 30);
    assert!(store.status().rejection.is_none());
}

#[test]
fn the_name_that_is_given_says_what_is_allowed() {
    let scratch = Scratch::with(TEXT);
    let read = |path: &PathBuf| Options::<Config>::new().read(path).map(|reading| reading.revision);
    let refused = read(&scratch.config()).unwrap_err();
    let Rejection::Invalid { problems, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(problems.iter().next().unwrap().message(), "JSON has no comments");
    assert!(problems.to_string().contains("only a file whose name ends in .jsonc may have comments"));
    Options::<Config>::new().seed(false).watch(None).open(scratch.config()).unwrap_err();
    // A link of the other name decides, whatever it leads to.
    let link = scratch.join("link.jsonc");
    symlink(scratch.config(), &link).unwrap();
    let store: Store<Config> = Options::new().watch(None).max_bytes(DEFAULT_MAX_BYTES).open(&link).unwrap();
    store.update(|config| config.retention.events_days = 8).unwrap();
    assert_eq!(scratch.text(), TEXT.replace('7', "8"));
    assert!(link.is_symlink());
    let strict = scratch.join("strict.json");
    symlink("link.jsonc", &strict).unwrap();
    read(&strict).unwrap_err();
    read(&link).unwrap();
}

#[test]
fn a_first_file_and_a_migrated_one() {
    let scratch = Scratch::new();
    let path = scratch.join("made/config.jsonc");
    let store: Store<Config> = Options::new().watch(None).open(&path).unwrap();
    assert_eq!(store.opened_by(), Cause::Seed);
    config_model::decode::<Config>(text(&path).as_bytes()).unwrap();

    let old = "{\n  \"version\": 1, // first\n  // In seconds.\n  \"timeout\": 30, // enough\n  \"note\": 1.50, // ours\n}\n";
    let (scratch, path) = with(old);
    let store: Store<Service> = Options::new().watch(None).open(&path).unwrap();
    assert_eq!((store.opened_by(), store.snapshot().timeouts.connect), (Cause::Migration, 30));
    assert_eq!(
        text(&path),
        "{\n  \"version\": 3, // first\n  // In seconds.\n  \"note\": 1.50, // ours\n  \"timeouts\": {\n    \"connect\": 30\n  },\n}\n"
    );
    let copy = scratch.names().into_iter().find(|name| name.contains(".bak")).unwrap();
    assert_eq!(text(&scratch.join(&copy)), old);
    assert!(copy.starts_with("config.jsonc.v1-"), "{copy}");
}
