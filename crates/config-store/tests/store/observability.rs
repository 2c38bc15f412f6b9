//! What the store says by `tracing` is what `observability.md` lists: names, levels and fields.
#![expect(clippy::indexing_slicing, reason = "a field, label or cell that is missing is a test that fails")]

use std::collections::BTreeSet;
use std::time::Duration;

use config_fs::{ConfigFile, Wait};
use config_model::{Config, Document, Problems};
use config_store::{Options, Recovery, Store, UpdateError};
use serde::{Deserialize, Serialize};

use super::recorded::{self, Event};
use super::schemas::Service;
use super::support::{
    LONG, Scratch, days, eventually, link, put, put_by_rename, quick, rename, set_mode, touch,
};

const PAGE: &str = include_str!("../../src/observability.md");

/// Only a disk that fails brings it about: the acceptance tests have one.
const OF_A_DISK: &str = "undurable";

/// A row of one of the page's tables of events.
#[derive(Debug, PartialEq)]
struct Listed {
    target: &'static str,
    name: &'static str,
    levels: Vec<&'static str>,
    fields: BTreeSet<&'static str>,
}

/// What stands in backquotes.
fn quoted(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split('`').skip(1).step_by(2)
}

fn listed() -> Vec<Listed> {
    let tables = PAGE.split("| Event |").skip(1);
    let targets = [
        ("config_store", vec!["event", "path", "store", "message"]),
        ("config_watch", vec!["event", "path", "message"]),
    ];
    let mut all = Vec::new();
    for (table, (target, common)) in tables.zip(targets) {
        for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
            let [_, name, levels, fields, ..] = row.split('|').collect::<Vec<_>>()[..] else {
                panic!("{row}")
            };
            all.push(Listed {
                target,
                name: quoted(name).next().unwrap(),
                levels: quoted(levels).collect(),
                fields: quoted(fields).chain(common.iter().copied()).collect(),
            });
        }
    }
    assert!(all.len() > 15, "{all:?}");
    all
}

/// A schema whose own code panics at some documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fragile {
    sound: bool,
}

impl Document for Fragile {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { sound: true }
    }
    fn check(&self, _: &mut Problems) {
        assert!(self.sound, "a mistake");
    }
}

#[test]
fn every_event_is_one_that_is_listed() {
    recorded::start();
    let scratch = Scratch::new();
    looking(&scratch);
    updating(&scratch);
    older_versions(&scratch);
    trouble_with_the_place(&scratch);
    a_history(&scratch);
    let listed = listed();
    let mut missing: BTreeSet<_> = listed.iter().map(|event| event.name).collect();
    // Those of other tests of this binary too, as far as they have come.
    for event in recorded::events() {
        let row = listed.iter().find(|row| (row.target, row.name) == (event.target, event.name));
        let row = row.unwrap_or_else(|| panic!("not listed: {event:?}"));
        assert_eq!(event.declared.iter().copied().collect::<BTreeSet<_>>(), row.fields, "{event:?}");
        assert!(row.levels.iter().any(|level| event.level.as_str().eq_ignore_ascii_case(level)), "{event:?}");
        assert_eq!(event.fields["event"], event.name);
        if is_of(&scratch, &event) {
            missing.remove(event.name);
        }
    }
    assert_eq!(missing.into_iter().collect::<Vec<_>>(), [OF_A_DISK]);
}

fn is_of(scratch: &Scratch, event: &Event) -> bool {
    event.fields["path"].starts_with(&*scratch.path().to_string_lossy())
}

/// The last event of this name and file.
fn last(scratch: &Scratch, name: &str) -> Event {
    let mut events = recorded::events();
    events.retain(|event| is_of(scratch, event) && event.name == name);
    events.pop().unwrap_or_else(|| panic!("no {name}"))
}

fn looking(scratch: &Scratch) {
    put(&scratch.config(), days(5));
    set_mode(&scratch.config(), 0o644);
    put(&scratch.join(".config.json.0123456789abcdef.tmp"), "half of a sa");
    let store: Store<Config> = Options::new().name("front").watch(None).open(scratch.config()).unwrap();
    assert_eq!(last(scratch, "opened").fields["store"], "front");
    assert_eq!(last(scratch, "leftovers_removed").fields["removed"], "1");
    assert_eq!(last(scratch, "concern").fields["kind"], "wide-mode");
    put_by_rename(&scratch.config(), "{\"version\": 1, \"unknown\": 1, \"retention\": {\"events_days\": 6}}");
    let served = store.reload().unwrap();
    let accepted = last(scratch, "accepted").fields;
    assert_eq!([&*accepted["cause"], &accepted["generation"], &accepted["warnings"]], ["edit", "2", "1"]);
    assert_eq!(accepted["revision"], served.revision().to_string());
    assert_eq!(accepted["bytes"], scratch.text().len().to_string());
    touch(&scratch.config());
    store.reload().unwrap();
    assert_eq!(last(scratch, "unchanged").fields["revision"], accepted["revision"]);
    let good = scratch.text();
    put_by_rename(&scratch.config(), "{\"version\": 1, \"retention\": 1, \"models\": 1}");
    store.reload().unwrap_err();
    let rejected = last(scratch, "rejected").fields;
    assert_eq!([&*rejected["kind"], &rejected["problems"]], ["invalid", "2"]);
    std::fs::remove_file(scratch.config()).unwrap();
    store.reload().unwrap_err();
    let rejected = last(scratch, "rejected").fields;
    assert!(rejected["kind"] == "missing" && !rejected.contains_key("revision"), "{rejected:?}");
    put_by_rename(&scratch.config(), good);
    store.reload().unwrap();
    assert_eq!(last(scratch, "restored").fields["revision"], accepted["revision"]);
    drop(store);
    assert_eq!(last(scratch, "closed").fields["store"], "front");
}

fn updating(scratch: &Scratch) {
    let options = Options::<Config>::new().watch(None).lock_wait(Duration::from_millis(20));
    let store = options.open(scratch.config()).unwrap();
    let stale = store.snapshot().revision();
    let saved = store.update(|config| config.retention.events_days = 7).unwrap();
    assert_eq!(last(scratch, "updated").fields["revision"], saved.revision().to_string());
    assert_eq!(last(scratch, "accepted").fields["cause"], "update");
    assert!(!last(scratch, "accepted").fields.contains_key("store"), "it has no name");
    let failed = |outcome: &str, level| {
        let event = last(scratch, "update_failed");
        assert_eq!((&*event.fields["outcome"], event.level), (outcome, level));
    };
    store.update_if(stale, |config| config.features.debug = true).unwrap_err();
    failed("conflict", tracing::Level::DEBUG);
    store.update_text(None, |_, _| Err::<String, _>(UpdateError::Busy)).unwrap_err();
    failed("given-up", tracing::Level::DEBUG);
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let locked = file.lock(Wait::No).unwrap();
    store.update(|config| config.features.debug = true).unwrap_err();
    failed("busy", tracing::Level::WARN);
    drop(locked);
}

fn older_versions(scratch: &Scratch) {
    let path = scratch.join("service.json");
    let old = "{\"version\": 1, \"timeout\": 3}";
    put(&path, old);
    set_mode(&path, 0o600);
    let store: Store<Service> = Options::new().watch(None).open(&path).unwrap();
    assert_eq!(last(scratch, "opened").fields["cause"], "migration");
    assert_eq!(last(scratch, "copy_kept").fields["from"], "1");
    put_by_rename(&path, old);
    store.reload().unwrap();
    assert_eq!(last(scratch, "older").fields["from"], "1");
}

fn a_history(scratch: &Scratch) {
    std::fs::create_dir(scratch.join("kept")).unwrap();
    let path = scratch.join("kept/config.json");
    let history = scratch.join("kept/.config.json.history");
    put(&history, "no directory");
    drop(Options::<Config>::new().watch(None).open(&path).unwrap());
    assert!(last(scratch, "not_kept").fields["message"].contains("is no directory"));
    std::fs::remove_file(&history).unwrap();

    let store = Options::<Config>::new().watch(None).open(&path).unwrap();
    let first = store.snapshot().revision();
    store.update(|config| config.features.debug = true).unwrap();
    put(&store.history().unwrap()[0].path, "damaged");
    put(&path, "{");
    drop(store);
    drop(Options::<Config>::new().watch(None).recovery(Recovery::LastGood).open(&path).unwrap());
    assert!(last(scratch, "passed_over").fields["message"].contains("is damaged"));
    assert_eq!(last(scratch, "last_good").fields["revision"], first.to_string());
    assert_eq!(last(scratch, "opened").fields["cause"], "recovery");
}

fn trouble_with_the_place(scratch: &Scratch) {
    // Where its lock would be, there is something else.
    std::fs::create_dir(scratch.join("locked")).unwrap();
    let path = scratch.join("locked/config.json");
    put(&path, days(5));
    set_mode(&path, 0o600);
    link(&scratch.join("locked/.config.json.lock"), "nowhere");
    drop(Options::<Config>::new().watch(None).open(&path).unwrap());
    assert!(last(scratch, "not_recovered").fields["message"].contains(".config.json.lock"));

    std::fs::create_dir(scratch.join("moving")).unwrap();
    let path = scratch.join("moving/config.json");
    let store: Store<Fragile> = quick().name(recorded::FRAGILE).open(&path).unwrap();
    rename(&scratch.join("moving"), &scratch.join("moved"));
    let is_said =
        |name: &str| recorded::events().iter().any(|event| is_of(scratch, event) && event.name == name);
    eventually("it is blind", LONG, || is_said("degraded"));
    assert_ne!(last(scratch, "degraded").fields["mode"], "native");
    rename(&scratch.join("moved"), &scratch.join("moving"));
    eventually("it sees again", LONG, || is_said("recovered"));
    assert_eq!(last(scratch, "recovered").fields["mode"], "native");
    put_by_rename(&path, "{\"version\": 1, \"sound\": false}");
    eventually("its schema panics, and then the log", LONG, || is_said("look_panicked"));
    let rejected = last(scratch, "rejected").fields;
    assert_eq!([&*rejected["kind"], &rejected["problems"]], ["veto", "1"]);
    drop(store);
}
