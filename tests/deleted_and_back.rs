//! A file that is deleted keeps being served from memory, is said to be missing, and is picked up when it is back.

use acceptance::configctl::{Watching, configctl};
use acceptance::gateway::Gateway;
use acceptance::place::{Place, with_alias};
use acceptance::time::eventually;

#[test]
fn deleted_said_to_be_missing_and_brought_back() {
    let place = Place::with(&with_alias("fast"));
    let gateway = Gateway::start(&place.file());
    let (watching, _) = Watching::start(&place.file());
    place.remove();
    let missing = watching.next();
    assert_eq!(missing["event"], "missing", "{missing}");
    eventually("the gateway says so", || {
        (gateway.get("/healthz").body["status"] == "degraded").then_some(())
    });
    assert_eq!(gateway.ask("fast", Some("k")).status, 200);
    // Nobody makes one of it: missing is not "defaults", and an update has nothing to update.
    assert_eq!(configctl(&place.file(), &["set", "/features/debug", "true"]).code, 1);
    assert!(!place.file().exists());
    place.write(with_alias("back"));
    let accepted = watching.next();
    assert_eq!(accepted["event"], "accepted", "{accepted}");
    eventually("it is served", || (gateway.aliases() == ["back"]).then_some(()));
    eventually("all is well", || (gateway.get("/healthz").body["status"] == "ok").then_some(()));
}

#[test]
fn so_is_its_whole_directory() {
    let home = Place::empty();
    let directory = home.directory().join("etc");
    let path = directory.join("config.json");
    assert_eq!(configctl(&path, &["init"]).code, 0);
    let (watching, _) = Watching::start(&path);
    std::fs::remove_dir_all(&directory).expect("a removal");
    assert_eq!(watching.next()["event"], "missing");
    assert_eq!(configctl(&path, &["init"]).code, 0);
    assert_eq!(watching.next()["event"], "accepted");
    assert_eq!(configctl(&path, &["set", "/features/debug", "true"]).code, 0);
    let accepted = watching.next();
    assert_eq!(accepted["changes"][0]["pointer"], "/features/debug", "{accepted}");
}
