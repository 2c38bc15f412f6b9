//! A snapshot held by a request in flight is unchanged by a reload.

use acceptance::configctl::configctl;
use acceptance::gateway::Gateway;
use acceptance::place::{Place, with_alias};
use acceptance::time::eventually;

#[test]
fn a_stream_keeps_its_alias_over_a_reload() {
    let place = Place::with(&with_alias("old"));
    let gateway = Gateway::start(&place.file());
    let mut stream = gateway.stream("old");
    let mut models = vec![stream.next().expect("a first chunk")["model"].clone()];
    // While it streams, the alias goes away and another comes.
    place.rename_over(with_alias("new"));
    eventually("the edit is served", || (gateway.aliases() == ["new"]).then_some(()));
    assert_eq!(gateway.ask("old", Some("k")).status, 404, "the next request sees the edit");
    let answer = gateway.ask("new", Some("k"));
    assert_eq!((answer.status, &answer.body["model"]), (200, &"new".into()));
    let before = models.len();
    models.extend(stream.map(|chunk| chunk["model"].clone()));
    assert!(models.len() > before, "the reload landed inside the stream");
    assert!(models.len() >= 10, "{} chunks", models.len());
    assert!(models.iter().all(|model| model == "old"), "{models:?}");
}

#[test]
fn an_update_by_program_is_seen_by_the_next_request_too() {
    let place = Place::with(&with_alias("fast"));
    let gateway = Gateway::start(&place.file());
    let stream = gateway.stream("fast");
    assert_eq!(configctl(&place.file(), &["set", "/models/fast/enabled", "false"]).code, 0);
    eventually("the update is served", || (gateway.ask("fast", Some("k")).status == 403).then_some(()));
    let models: Vec<_> = stream.map(|chunk| chunk["model"].clone()).collect();
    assert!(models.len() >= 10 && models.iter().all(|model| model == "fast"), "{models:?}");
}
