//! What a program has to say about its config: its flags win over the file and are never written, an edit that it does not
//! take is not served, and its parts hear of what is theirs.

use acceptance::configctl::configctl;
use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;
use acceptance::time::eventually;

/// The config with this alias, and these features.
fn config(alias: &str, features: &str) -> String {
    with_alias(alias).replace("\"version\": 1,", &format!("\"version\": 1,\n  \"features\": {{{features}}},"))
}

/// A gateway whose log has the level that its config says.
fn start(place: &Place, flags: &[&str], address: &str) -> Logged {
    let mut gateway = program("gateway");
    gateway.args(flags).env("RUST_LOG", "");
    Logged::listening(address, gateway, &place.file())
}

const HERE: &str = "127.0.0.1:0";

#[test]
fn a_flag_wins_over_the_file_and_is_never_written() {
    let place = Place::with(&config("first", "\"debug\": false"));
    let gateway = start(&place, &["--debug"], HERE);
    let is_debugging = |alias: &str| {
        eventually("it is served", || (gateway.aliases() == [alias]).then_some(()));
        let before = gateway.logged("DEBUG").len();
        assert_eq!(gateway.ask(alias, "k"), 200);
        eventually("a line for debugging", || (gateway.logged("DEBUG").len() > before).then_some(()));
    };
    is_debugging("first");
    let edited = config("second", "\"debug\": false");
    place.rename_over(&edited);
    is_debugging("second");
    // An update by another process.
    let set = configctl(&place.file(), &["set", "/retention/events_days", "7"]);
    assert_eq!(set.code, 0, "{set:?}");
    eventually("it is served", || (gateway.health()["revision"] == configctl_revision(&place)).then_some(()));
    is_debugging("second");
    assert!(place.text().contains("\"debug\": false"), "{}", place.text());
    assert!(gateway.logged("debug logging is").is_empty(), "{:?}", gateway.log());
}

fn configctl_revision(place: &Place) -> String {
    let status = configctl(&place.file(), &["--json", "status"]);
    let status: serde_json::Value = serde_json::from_str(&status.out).expect("JSON");
    status["revision"].as_str().expect("a revision").to_owned()
}

#[test]
fn a_part_hears_of_its_own_changes_and_of_no_others() {
    let place = Place::with(&config("first", "\"debug\": false"));
    let gateway = start(&place, &[], HERE);
    let served = |alias: &str| eventually(alias, || (gateway.aliases() == [alias]).then_some(()));
    let rejected = || eventually("degraded", || (gateway.health()["status"] == "degraded").then_some(()));
    place.rename_over(config("second", "\"debug\": false"));
    served("second");
    // Never heard of, though it says so.
    place.rename_over(config("third", "\"debug\": true, \"auth\": 1"));
    rejected();
    place.rename_over(config("fourth", "\"debug\": false"));
    served("fourth");
    place.rename_over(config("fifth", "\"debug\": true"));
    eventually("the part is followed", || (!gateway.logged("debug logging is on").is_empty()).then_some(()));
    place.rename_over(config("sixth", "\"debug\": false"));
    eventually("and back", || (!gateway.logged("debug logging is off").is_empty()).then_some(()));
    assert_eq!(gateway.logged("debug logging is").len(), 2, "{:?}", gateway.log());
}

#[test]
fn an_edit_that_the_process_does_not_take_is_not_served() {
    let place = Place::with(&config("first", "\"auth\": true"));
    let gateway = start(&place, &[], "0.0.0.0:0");
    place.rename_over(config("second", "\"auth\": false"));
    let health = eventually("it is rejected", || {
        let health = gateway.health();
        (health["status"] == "degraded").then_some(health)
    });
    let rejection = health["rejection"].as_str().expect("why");
    assert!(rejection.contains("is not taken by this program:\n3:"), "{rejection}");
    assert!(rejection.contains("/features/auth: must not be switched off while"), "{rejection}");
    assert_eq!(gateway.aliases(), ["first"]);
    assert_eq!(gateway.logged("config rejected").len(), 1, "{:?}", gateway.log());
    place.rename_over(config("third", "\"auth\": true"));
    eventually("its fix is served", || (gateway.aliases() == ["third"]).then_some(()));
    assert_eq!(gateway.health()["status"], "ok");
    // Nobody else reaches this one.
    let alone = start(&place, &[], HERE);
    place.rename_over(config("fourth", "\"auth\": false"));
    eventually("it is served here", || (alone.aliases() == ["fourth"]).then_some(()));
    eventually("and not there", || (gateway.health()["status"] == "degraded").then_some(()));
    assert_eq!(gateway.aliases(), ["third"]);
}
