//! A malformed edit leaves the process alive on the previous value, is reported once, and its fix is picked up.

use std::time::Duration;

use acceptance::configctl::Watching;
use acceptance::gateway::Gateway;
use acceptance::place::{Place, with_alias};
use acceptance::time::eventually;

/// Longer than a store waits before it reports a file that may be half written.
const SILENCE: Duration = Duration::from_millis(2500);

/// What an operator's slip, a full disk or a crash leaves.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let good = with_alias("next");
    let cut = good.as_bytes()[..good.len() / 2].to_vec();
    vec![
        ("cut off", cut),
        ("empty", Vec::new()),
        ("blank", b" \n".to_vec()),
        ("full of NULs", vec![0; 512]),
        ("a trailing comma", good.replace("]}", "],}").into_bytes()),
        ("a wrong type", good.replace("true", "\"yes\"").into_bytes()),
        ("a broken rule", good.replace("up-next", "https://elsewhere").into_bytes()),
        ("an array", b"[]".to_vec()),
        ("a newer version", good.replace("\"version\": 1", "\"version\": 2").into_bytes()),
        ("no version", good.replace("\"version\": 1,", "").into_bytes()),
        ("a duplicate alias", good.replace("{\n    \"next\"", "{\"next\": null, \"next\"").into_bytes()),
        ("not UTF-8", b"{\"version\": 1, \"models\": {\"\xff\": {}}}".to_vec()),
    ]
}

#[test]
fn no_malformed_edit_takes_the_service_down() {
    let place = Place::with(&with_alias("good"));
    let (watching, _) = Watching::start(&place.file());
    let mut gateway = Gateway::start(&place.file());
    for (number, (name, bytes)) in broken().into_iter().enumerate() {
        place.write(&bytes);
        let rejected = watching.next();
        assert_eq!(rejected["event"], "rejected", "{name}: {rejected}");
        assert!(rejected["problems"][0]["message"].is_string(), "{name}: {rejected}");
        eventually("the gateway says so", || {
            (gateway.get("/healthz").body["status"] == "degraded").then_some(())
        });
        let served = if number == 0 { "good".to_owned() } else { format!("fixed-{}", number - 1) };
        assert_eq!(gateway.aliases(), std::slice::from_ref(&served), "{name}");
        assert_eq!(gateway.ask(&served, Some("k")).status, 200, "{name}");
        // The fix of a bad edit is picked up like any other edit.
        place.write(with_alias(&format!("fixed-{number}")));
        let accepted = watching.next();
        assert_eq!(accepted["event"], "accepted", "{name}: {accepted}");
        eventually("the fix is served", || (gateway.aliases() == [format!("fixed-{number}")]).then_some(()));
        eventually("all is well", || (gateway.get("/healthz").body["status"] == "ok").then_some(()));
    }
    assert!(gateway.is_alive());
}

#[test]
fn a_bad_edit_is_reported_once() {
    let place = Place::with(&with_alias("good"));
    let (watching, loaded) = Watching::start(&place.file());
    place.write("{");
    let rejected = watching.next();
    assert_eq!(rejected["event"], "rejected");
    assert_eq!(rejected["revision"], loaded["revision"], "the revision before stays in use");
    assert_eq!(rejected["problems"][0]["line"], 1);
    assert!(rejected["help"].as_str().is_some_and(|help| help.contains(" rollback ")), "{rejected}");
    // Touched, saved again as it is: the same trouble is no news.
    place.chmod(0o640);
    place.chmod(0o600);
    place.rename_over("{");
    assert_eq!(watching.next_within(SILENCE).filter(|event| event["event"] != "warning"), None);
    // Back to what is served: the trouble is over, and nothing differs.
    place.write(with_alias("good"));
    let accepted = watching.next();
    assert_eq!((&accepted["event"], &accepted["changes"]), (&"accepted".into(), &serde_json::json!([])));
}
