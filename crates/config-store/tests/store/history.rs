//! What is accepted is kept, private, bounded, and never at the cost of an update.

use std::os::unix::fs::MetadataExt as _;

use config_fs::{ConfigFile, Wait};
use config_model::Config;
use config_store::{Cause, HistoryEntry, Options, Rejection, Revision, Store};
use insta::assert_snapshot;

use super::support::{
    LONG, Scratch, chain, days, events_days, eventually, link, looked, mode, names, put, put_by_rename,
    quick, rename, set_mode,
};

const HISTORY: &str = ".config.json.history";

pub(crate) fn read_days(entry: &HistoryEntry) -> Result<u64, Rejection> {
    entry.read::<Config>(&Options::new()).map(|reading| reading.document.retention.events_days)
}

/// The number of days of each entry, the newest first, and why it was accepted.
fn kept(store: &Store<Config>) -> Vec<(u64, &'static str)> {
    let entries = store.history().unwrap();
    entries.iter().map(|entry| (read_days(entry).unwrap(), entry.cause.unwrap().name())).collect()
}

fn set_days(store: &Store<Config>, days: u64) {
    store.update(|config| config.retention.events_days = days).unwrap();
}

#[test]
fn each_accepted_content_is_kept_once_and_no_rejected_one() {
    let scratch = Scratch::with(days(1));
    let store = scratch.unwatched::<Config>();
    set_days(&store, 2);
    set_days(&store, 2);
    put(&scratch.config(), days(3));
    store.reload().unwrap();
    store.reload().unwrap();
    for broken in ["{", "", "{\"version\": 1, \"retention\": {\"events_days\": -1}}"] {
        put(&scratch.config(), broken);
        store.reload().unwrap_err();
    }
    put(&scratch.config(), days(3));
    store.reload().unwrap();
    set_days(&store, 1);
    assert_eq!(kept(&store), [(1, "update"), (3, "edit"), (2, "update"), (1, "open")]);
    // The same content again, in another process: it is the newest one already.
    assert_eq!(kept(&scratch.unwatched::<Config>()).len(), 4);
}

#[test]
fn an_entry_says_what_it_is_and_is_private() {
    let scratch = Scratch::new();
    let store = scratch.unwatched::<Config>();
    let [entry] = &store.history().unwrap()[..] else { panic!("not one") };
    assert_eq!((entry.revision, entry.cause), (store.snapshot().revision(), Some(Cause::Seed)));
    assert_eq!(entry.size, scratch.text().len() as u64);
    assert_eq!(std::fs::read_to_string(&entry.path).unwrap(), scratch.text());
    assert_eq!((mode(&entry.path), mode(&scratch.join(HISTORY))), (0o600, 0o700));
    assert!(entry.time.elapsed().is_ok(), "in the past");
    // A file of its own, whatever an editor does to the other.
    put(&scratch.config(), days(3));
    assert_eq!(entry.read::<Config>(&Options::new()).unwrap().revision, entry.revision);
}

#[test]
fn the_oldest_go_beyond_the_bound() {
    let scratch = Scratch::with(days(0));
    let store: Store<Config> = Options::new().watch(None).history(3).open(scratch.config()).unwrap();
    (1..=9).for_each(|days| set_days(&store, days));
    assert_eq!(kept(&store), [(9, "update"), (8, "update"), (7, "update")]);
    // A program that sets no bound goes by the one that did.
    let other = scratch.unwatched::<Config>();
    set_days(&other, 10);
    assert_eq!(kept(&other).len(), 3);
    let twenty = Scratch::with(days(0));
    let store = twenty.unwatched::<Config>();
    (1..=25).for_each(|days| set_days(&store, days));
    assert_eq!((kept(&store).len(), kept(&store).last()), (20, Some(&(6, "update"))));
}

#[test]
fn with_a_bound_of_0_nothing_is_kept_by_anyone_who_sets_none() {
    let scratch = Scratch::with(days(0));
    let store: Store<Config> = Options::new().watch(None).history(0).open(scratch.config()).unwrap();
    set_days(&store, 1);
    let other = scratch.unwatched::<Config>();
    set_days(&other, 2);
    store.reload().unwrap();
    assert_eq!(
        (store.history().unwrap().len(), names(&scratch.join(HISTORY))),
        (0, vec!["bound".to_owned()])
    );
    // Those that are there stay.
    let third: Store<Config> = Options::new().watch(None).history(5).open(scratch.config()).unwrap();
    drop(Options::<Config>::new().watch(None).history(0).open(scratch.config()).unwrap());
    assert_eq!(kept(&third), [(2, "open")]);
}

#[test]
fn what_cannot_be_kept_is_a_warning_and_an_update_all_the_same() {
    let scratch = Scratch::with(days(0));
    put(&scratch.join(HISTORY), "not a directory");
    let store = scratch.unwatched::<Config>();
    set_days(&store, 1);
    put(&scratch.config(), days(2));
    store.reload().unwrap();
    set_days(&store, 3);
    assert_eq!((events_days(&store), scratch.text()), (3, days(3)));
    let warnings = store.status().warnings;
    assert_snapshot!(scratch.redacted(&warnings.join("\n")), @"what is served is not kept in the history: DIR/.config.json.history is no directory, so that no history is kept; move it away");
    let told = store.history().unwrap_err();
    assert!(matches!(told, Rejection::Unreadable { refused: false, .. }), "{told:?}");
    // It is over with what stood in the way.
    std::fs::remove_file(scratch.join(HISTORY)).unwrap();
    set_days(&store, 4);
    assert_eq!(store.status().warnings, [] as [&str; 0]);
    assert_eq!(kept(&store), [(4, "update"), (3, "update")], "with what was replaced");
}

#[test]
fn a_history_that_others_could_have_written_is_not_used() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    set_mode(&scratch.join(HISTORY), 0o720);
    set_days(&store, 1);
    let told = store.history().unwrap_err();
    assert!(matches!(told, Rejection::Unreadable { refused: true, .. }), "{told:?}");
    assert_snapshot!(scratch.redacted(&told.to_string()), @"the directory DIR/.config.json.history has mode 0720, so its group, or a user whom its access control list names, may replace what is in it; look at what is in it, then `chmod 700 DIR/.config.json.history`");
    set_mode(&scratch.join(HISTORY), 0o700);
    let [entry] = &store.history().unwrap()[..] else { panic!("not one") };
    set_mode(&entry.path, 0o606);
    assert!(matches!(read_days(entry), Err(Rejection::Unreadable { refused: true, .. })));

    // Nor through a link, wherever it leads.
    rename(&scratch.join(HISTORY), &scratch.join("elsewhere"));
    link(&scratch.join(HISTORY), "elsewhere");
    set_days(&store, 2);
    assert!(store.history().is_err());
    assert_eq!(names(&scratch.join("elsewhere")).len(), 1);
}

#[test]
fn a_damaged_entry_is_told_of_and_written_anew() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    let entry = store.history().unwrap().remove(0);
    for damage in ["", "{}", &days(7)] {
        put(&entry.path, damage);
        let told = chain(&read_days(&entry).unwrap_err());
        assert!(told.contains("is damaged") && told.contains(&*entry.path.to_string_lossy()), "{told}");
    }
    drop(scratch.unwatched::<Config>());
    assert_eq!(kept(&store), [(0, "open")]);
}

#[test]
fn what_an_interrupted_program_left_is_removed_and_what_is_not_ours_stays() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    for name in [".config.json.0123456789abcdef.tmp", ".other.json.0123456789abcdef.tmp", "notes"] {
        put(&scratch.join(HISTORY).join(name), "x");
    }
    set_days(&store, 1);
    let left = names(&scratch.join(HISTORY));
    let others: Vec<_> = left.iter().filter(|name| !name.contains('-')).collect();
    assert_eq!(others, [".other.json.0123456789abcdef.tmp", "notes"]);
}

/// The lock is held by a program that takes its time: the edit is kept when it lets go.
#[test]
fn an_edit_is_kept_when_the_lock_is_free() {
    let scratch = Scratch::with(days(0));
    let store = scratch.quick::<Config>();
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let locked = file.lock(Wait::AtMost(LONG)).unwrap();
    put_by_rename(&scratch.config(), days(1));
    eventually("the edit is served", LONG, || events_days(&store) == 1);
    assert_eq!(store.history().unwrap().len(), 1);
    drop(locked);
    eventually("it is kept", LONG, || kept(&store).len() == 2);
    assert_eq!(kept(&store)[0], (1, "edit"));
}

/// Without a watch, what an update replaces is kept by it.
#[test]
fn an_update_keeps_what_it_replaces() {
    let scratch = Scratch::with(days(0));
    let file = ConfigFile::locate(scratch.config()).unwrap();
    let locked = file.lock(Wait::AtMost(LONG)).unwrap();
    let store = scratch.unwatched::<Config>();
    assert_eq!(store.history().unwrap().len(), 0);
    drop(locked);
    set_days(&store, 1);
    assert_eq!(kept(&store), [(1, "update"), (0, "open")]);
}

/// Several programs that serve a file keep each edit once between them.
#[test]
fn programs_share_a_history() {
    let scratch = Scratch::with(days(0));
    let stores: Vec<Store<Config>> = (0..4).map(|_| scratch.quick()).collect();
    let told: Vec<_> = stores.iter().map(Store::subscribe).collect();
    for round in 1..=3 {
        put_by_rename(&scratch.config(), days(round));
        eventually("all serve it", LONG, || stores.iter().all(|store| events_days(store) == round));
        let is_kept = || kept(&stores[0]).first().is_some_and(|(days, _)| *days == round);
        eventually("it is kept", LONG, is_kept);
    }
    drop(told);
    assert_eq!(kept(&stores[0]).iter().map(|(days, _)| *days).collect::<Vec<_>>(), [3, 2, 1, 0]);
}

/// The order is that of acceptance, also when the clock is set back, here by as much as a century.
#[test]
fn a_clock_that_goes_back_does_not_reorder() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    let entry = store.history().unwrap().remove(0);
    let name = entry.path.file_name().unwrap().to_str().unwrap();
    let (_, rest) = name.split_once('-').unwrap();
    rename(&entry.path, &entry.path.with_file_name(format!("4917771660.000000000-{rest}")));
    set_days(&store, 1);
    set_days(&store, 2);
    let days: Vec<_> = kept(&store).into_iter().map(|(days, _)| days).collect();
    assert_eq!(days, [2, 1, 0]);
}

#[test]
fn the_history_of_a_file_behind_a_link_is_beside_the_file() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.join("real")).unwrap();
    put(&scratch.join("real/config.json"), days(0));
    set_mode(&scratch.join("real/config.json"), 0o600);
    link(&scratch.config(), "real/config.json");
    let store: Store<Config> = Options::new().watch(None).open(scratch.config()).unwrap();
    set_days(&store, 1);
    assert_eq!(kept(&store).len(), 2);
    assert!(scratch.join("real").join(HISTORY).is_dir() && !scratch.join(HISTORY).exists());
}

/// A watch that keeps an edit looks at nothing but its own doing.
#[test]
fn keeping_is_no_edit() {
    let scratch = Scratch::with(days(0));
    let store = quick().open(scratch.config()).unwrap();
    let mut events = store.events();
    put_by_rename(&scratch.config(), days(1));
    let first = events.next_within(LONG).unwrap();
    assert!(matches!(&first, config_store::Event::Accepted(_)), "{first:?}");
    let _: &Store<Config> = &store;
    looked(&store);
    assert!(events.next_within(std::time::Duration::ZERO).is_none());
    assert_eq!(std::fs::metadata(scratch.config()).unwrap().nlink(), 1);
    assert_eq!(Revision::of(scratch.text().as_bytes()), store.snapshot().revision());
}

/// On a full disk what is kept must not take the room of the save.
#[test]
fn what_is_opened_may_be_kept_with_the_first_save() {
    let scratch = Scratch::with(days(0));
    let open = || Options::<Config>::new().watch(None).keep_opened(false).open(scratch.config()).unwrap();
    let store = open();
    assert_eq!(kept(&store).len(), 0);
    set_days(&store, 0);
    assert_eq!(kept(&store), [(0, "open")], "one that changes nothing, too");
    set_days(&open(), 1);
    assert_eq!(kept(&store).len(), 2);
}

/// Also where what is opened is the newest content already, so that nothing is to be added.
#[test]
fn what_an_interrupted_program_left_is_removed_by_whoever_opens_the_file() {
    let scratch = Scratch::with(days(0));
    drop(scratch.unwatched::<Config>());
    let left = ".config.json.0123456789abcdef.tmp";
    put(&scratch.join(HISTORY).join(left), "x");
    drop(scratch.unwatched::<Config>());
    assert!(!names(&scratch.join(HISTORY)).contains(&left.to_owned()));
}
