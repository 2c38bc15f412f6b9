//! The mode is 0600 after every write, and a wider one is warned about.

use acceptance::configctl::{Watching, configctl, run};
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;
use config_model::Config;
use config_store::Store;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

/// `configctl ARGS` under this umask.
fn under(umask: &str, place: &Place, args: &str) {
    let configctl = program("configctl").get_program().to_owned();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("umask {umask}; exec \"$0\" --file \"$1\" {args}")])
        .arg(configctl)
        .arg(place.file());
    let done = run(shell);
    assert_eq!(done.code, 0, "umask {umask}, {args}: {}", done.err);
    assert_eq!(place.mode(), 0o600, "umask {umask}, {args}");
}

#[test]
fn every_kind_of_write_leaves_0600() {
    for umask in ["0000", "0022", "0077", "0777"] {
        let place = Place::empty();
        under(umask, &place, "init");
        under(umask, &place, "set /features/debug true");
        // Somebody opened it up: the next write closes it.
        for wide in [0o644, 0o640, 0o755] {
            place.chmod(wide);
            under(umask, &place, &format!("set /retention/events_days {wide}"));
        }
        under(umask, &place, "unset /retention/events_days");
    }
}

#[test]
fn so_does_every_other_writer() {
    // A service's first run and its update.
    let place = Place::empty();
    let store: Store<Config> = Store::open(place.file()).expect("a store");
    assert_eq!(place.mode(), 0o600);
    place.chmod(0o644);
    store.update(|config| config.features.debug = true).expect("an update");
    assert_eq!(place.mode(), 0o600);
    assert_eq!(mode(&place.directory().join(".config.json.lock")), 0o600);
    // Through a link, which stays one.
    let link = Place::empty();
    symlink(place.file(), link.file()).expect("a link");
    place.chmod(0o644);
    assert_eq!(configctl(&link.file(), &["set", "/features/debug", "false"]).code, 0);
    assert_eq!((place.mode(), link.file().is_symlink()), (0o600, true));
    // A migration, and the copy that it keeps.
    let old = Place::with(include_str!("../examples/own-schema/tests/data/version-1.json"));
    old.chmod(0o644);
    let mut migration = program("own-schema");
    migration.arg(old.file());
    assert_eq!(run(migration).code, 0);
    assert_eq!(old.mode(), 0o600);
    for copy in old.leftovers() {
        assert_eq!(mode(&old.directory().join(&copy)), 0o600, "{copy}");
    }
}

#[test]
fn a_wide_mode_is_warned_about_and_left_alone() {
    let place = Place::with(&with_alias("fast"));
    place.chmod(0o644);
    for command in [&["show"][..], &["get", "/version"], &["validate"], &["init"], &["show", "--json"]] {
        let shown = configctl(&place.file(), command);
        assert_eq!(shown.code, 0);
        assert!(shown.err.contains("0644") && shown.err.contains("chmod 600"), "{command:?}: {}", shown.err);
    }
    let (watching, loaded) = Watching::start(&place.file());
    assert_eq!(loaded["event"], "loaded");
    let warning = watching.next();
    assert_eq!(warning["event"], "warning");
    assert!(
        warning["problems"][0]["message"].as_str().is_some_and(|text| text.contains("0644")),
        "{warning}"
    );
    // A read never mends: the owner is told how to.
    assert_eq!(place.mode(), 0o644);
}
