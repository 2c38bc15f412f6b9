//! An older file is migrated with a copy kept; a newer one is refused and never rewritten.

use std::fs;

use acceptance::configctl::{Watching, configctl, run};
use acceptance::gateway::Gateway;
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;

#[test]
fn an_older_file_is_migrated_once_and_a_copy_is_kept() {
    let old = include_str!("../examples/own-schema/tests/data/version-1.json");
    let place = Place::with(old);
    let open = || {
        let mut command = program("own-schema");
        command.arg(place.file());
        run(command)
    };
    let first = open();
    assert_eq!(first.code, 0, "{}", first.err);
    let migrated = place.text();
    assert!(migrated.contains("\"version\": 3"), "{migrated}");
    let copies = place.leftovers();
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert!(copies[0].starts_with("config.json.v1-"), "{copies:?}");
    assert_eq!(fs::read_to_string(place.directory().join(&copies[0])).expect("the copy"), old);
    assert_eq!(place.mode(), 0o600);
    // The second start finds nothing to do.
    assert_eq!(open().code, 0);
    assert_eq!((place.text(), place.leftovers()), (migrated, copies));
}

#[test]
fn a_newer_file_is_refused_and_never_rewritten() {
    let newer = with_alias("fast").replace("\"version\": 1", "\"version\": 2");
    let place = Place::with(&newer);
    for command in [
        &["init"][..],
        &["show"],
        &["set", "/features/debug", "true"],
        &["unset", "/models/fast"],
        &["migrate"],
    ] {
        let refused = configctl(&place.file(), command);
        assert_eq!(refused.code, 3, "{command:?}: {}", refused.err);
        assert!(refused.err.contains("version 2") && refused.err.contains("version 1"), "{}", refused.err);
    }
    assert_eq!(place.text(), newer);
}

#[test]
fn a_newer_file_under_a_running_service_leaves_it_on_the_old_one() {
    let place = Place::with(&with_alias("fast"));
    let gateway = Gateway::start(&place.file());
    let (watching, _) = Watching::start(&place.file());
    let newer = with_alias("next").replace("\"version\": 1", "\"version\": 2");
    place.rename_over(&newer);
    let rejected = watching.next();
    assert_eq!(
        (&rejected["event"], &rejected["problems"][0]["kind"]),
        (&"rejected".into(), &"newer-version".into())
    );
    assert_eq!(gateway.aliases(), ["fast"]);
    assert_eq!(place.text(), newer);
}
