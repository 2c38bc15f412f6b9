//! What people read when something is wrong.

use std::time::Duration;

use config_fs::{ConfigFile, Wait};
use config_model::Config;
use config_store::{OpenError, Options, Revision, Store, UpdateError};
use insta::assert_snapshot;

use super::schemas::{Bare, Forgetful, Service, Wrong};
use super::support::{Scratch, chain, days, link, put, put_by_rename, set_mode};

fn opening(text: &str) -> String {
    let scratch = Scratch::with(text);
    let error = Store::<Config>::open(scratch.config()).unwrap_err();
    scratch.redacted(&chain(&error))
}

#[test]
fn opening_what_is_not_valid() {
    assert_snapshot!(opening(""), @r#"
    DIR/config.json is not valid:
    1:1: (document): the text is empty
      help: an empty file is never taken for defaults: restore it, or write `{"version": ...}`
    "#);
    assert_snapshot!(opening("{\"version\": 1, \"retention\": {\"events_days\": -1}, \"models\": {\"a\": {}}}"), @r#"
    DIR/config.json is not valid:
    1:45: /retention/events_days: expected a whole number, 0 or more
    1:66: /models/a/allowed_keys: the field `allowed_keys` is missing
      help: add `"allowed_keys": ...`
    1:66: /models/a/enabled: the field `enabled` is missing
      help: add `"enabled": ...`
    1:66: /models/a/upstream: the field `upstream` is missing
      help: add `"upstream": ...`
    "#);
    assert_snapshot!(opening("{\"version\": 2}"), @r#"
    DIR/config.json is not valid:
    1:13: /version: the document's version 2 is newer than version 1 of this program
      help: use a newer program; this one leaves the file as it is
    "#);
}

#[test]
fn opening_what_is_not_there() {
    let scratch = Scratch::new();
    let open = |name: &str| {
        let error = Options::<Config>::new().seed(false).open(scratch.join(name)).unwrap_err();
        scratch.redacted(&chain(&error))
    };
    link(&scratch.join("linked.json"), "nowhere.json");
    std::fs::create_dir(scratch.join("directory.json")).unwrap();
    put(&scratch.join("file"), "");
    assert_snapshot!(open("config.json"), @"there is no file DIR/config.json; make it, or correct the path");
    assert_snapshot!(open("a/b/config.json"), @"there is no directory DIR/a/b; make it with `mkdir -p -m 700 DIR/a/b`, or correct the path");
    assert_snapshot!(open("linked.json"), @"DIR/linked.json is a symlink to DIR/nowhere.json, which does not exist; put the file there or remove the link");
    assert_snapshot!(open("directory.json"), @"DIR/directory.json is a directory, not a regular file; move it away or give another path");
    assert_snapshot!(open("file/config.json"), @"DIR/file is not a directory, or something on the way to it is none; correct the path");
    let error: OpenError = Store::<Config>::open(scratch.join("file/config.json")).unwrap_err();
    assert_snapshot!(scratch.redacted(&chain(&error)), @"DIR/file is not a directory, or something on the way to it is none; correct the path");
    assert_snapshot!(chain(&Store::<Config>::open("").unwrap_err()), @r#""" cannot be made absolute; give an absolute path: cannot make an empty path absolute"#);
}

#[test]
fn mistakes_of_the_program() {
    let scratch = Scratch::new();
    assert_snapshot!(chain(&Store::<Wrong>::open(scratch.config()).unwrap_err()), @r#"
    the program's own first document is not valid:
    3:11: /size: must not be 0
    "#);
    assert_snapshot!(chain(&Store::<Bare>::open(scratch.config()).unwrap_err()), @"the program's own first document cannot be written: the schema's type must be written as an object, with a name for each field");
    let store: Store<Forgetful> = scratch.unwatched();
    assert_snapshot!(chain(&store.update(|document| document.lost = 1).unwrap_err()), @"the change does not survive being written and read; see the schema's serde attributes");
}

#[test]
fn updates_that_do_not_happen() {
    let scratch = Scratch::with(days(5));
    let wait = Duration::from_millis(10);
    let store: Store<Config> = Options::new().watch(None).lock_wait(wait).open(scratch.config()).unwrap();
    let update = || {
        let error: UpdateError = store.update(|config| config.retention.events_days = 36501).unwrap_err();
        scratch.redacted(&chain(&error))
    };
    assert_snapshot!(update(), @r#"
    the change was refused:
    3:32: /retention/events_days: must be at most 36500 days; 0 keeps for ever
    "#);
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let held = file.lock(Wait::No).unwrap();
    assert_snapshot!(update(), @"the config file is being changed by another process or thread; try again");
    drop(held);
    let error = store.update_if(Revision::of(b""), |_| {}).unwrap_err();
    assert_snapshot!(chain(&error), @"the config was changed meanwhile: expected revision e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, found 4bb0e32af3d32ccc3bea2c2f6eb9015f636063039176b5abeb0441682cf63abe");
    put(&scratch.config(), "{\"version\": 1,}");
    assert_snapshot!(update(), @r#"
    nothing was changed, because DIR/config.json is not valid:
    1:14: (document): there is a comma after the last entry
      help: remove it; only a file whose name ends in .jsonc may have trailing commas
    "#);
    std::fs::remove_file(scratch.config()).unwrap();
    assert_snapshot!(update(), @"nothing was changed, because there is no file DIR/config.json; make it, or correct the path");
    let error = store.reload().unwrap_err();
    assert_snapshot!(scratch.redacted(&chain(&error)), @"there is no file DIR/config.json; make it, or correct the path");
    put(&scratch.config(), days(5));
    let error = store
        .update(|config| {
            put_by_rename(&scratch.config(), days(config.retention.events_days + 1));
            config.features.debug = true;
        })
        .unwrap_err();
    assert_snapshot!(scratch.redacted(&chain(&error)), @"DIR/config.json is being saved over and over by another program; try again");
}

#[test]
fn warnings() {
    let scratch = Scratch::with("{\"version\": 2, \"timeout_seconds\": 40}");
    set_mode(&scratch.config(), 0o644);
    let store = Options::<Service>::new().watch(None).migrate(false).open(scratch.config()).unwrap();
    assert_snapshot!(scratch.redacted(&store.status().warnings.join("\n")), @r#"
    DIR/config.json has mode 0644, so others than its owner may read it; close it with `chmod 600 DIR/config.json`
    DIR/config.json is of version 2, not 3: it is migrated in memory; the next update rewrites it
    "#);
    store.update(|service| service.timeouts.connect = 1).unwrap();
    put_by_rename(&scratch.config(), "{\"version\": 1, \"timeout\": 40}");
    store.reload().unwrap();
    assert_snapshot!(scratch.redacted(&store.status().warnings.join("\n")), @"DIR/config.json is of version 1, not 3: it is migrated in memory; the next update rewrites it");
}
