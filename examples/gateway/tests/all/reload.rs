//! Edits of the config while requests are under way.

use serde_json::{Value, json};

use crate::support::{CONFIG, Gateway, data, read_until, until};
use crate::upstream::{Exchange, Upstream};

const EDITED: &str = r#"{"version": 1, "models": {
    "fast": {"upstream": "gpt-max", "enabled": true, "allowed_keys": ["key-1"]},
    "new": {"upstream": "gpt-new", "enabled": true, "allowed_keys": ["key-1"]}}}"#;

/// Without the alias that the answer under way was asked by.
const REMOVED: &str = r#"{"version": 1, "models": {
    "new": {"upstream": "gpt-mini", "enabled": true, "allowed_keys": ["*"]}}}"#;

fn write_chunk(exchange: &mut Exchange) {
    let chunk = json!({"model": exchange.body["model"], "choices": []});
    exchange.write(format!("data: {chunk}\n\n"));
}

#[tokio::test]
async fn an_answer_under_way_keeps_its_alias_through_every_edit() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::start_with(CONFIG, &["--upstream", &upstream.url()]);
    let asked = tokio::spawn(gateway.ask("fast", true).send());
    let mut exchange = upstream.accept().await;
    assert_eq!(exchange.body["model"], "gpt-mini");
    exchange.begin("text/event-stream");
    write_chunk(&mut exchange);
    let mut answer = asked.await.unwrap().unwrap();
    let mut stream = read_until(&mut answer, "\n\n").await;

    gateway.edit(EDITED);
    until("the edit is served", async || gateway.models("key-1").await == ["fast", "new"]).await;
    write_chunk(&mut exchange);
    stream += &read_until(&mut answer, "\n\n").await;

    let later = tokio::spawn(gateway.ask("fast", true).send());
    let mut later_exchange = upstream.accept().await;
    assert_eq!(later_exchange.body["model"], "gpt-max", "a new request sees the edit");
    later_exchange.begin("text/event-stream");
    write_chunk(&mut later_exchange);
    drop(later_exchange);
    assert_eq!(
        later.await.unwrap().unwrap().text().await.unwrap(),
        "data: {\"model\":\"fast\",\"choices\":[]}\n\n"
    );

    gateway.edit(REMOVED);
    until("the alias is gone", async || gateway.models("key-1").await == ["new"]).await;
    write_chunk(&mut exchange);
    exchange.write("data: [DONE]\n\n");
    drop(exchange);
    stream += &answer.text().await.unwrap();
    let chunk = r#"{"model":"fast","choices":[]}"#;
    assert_eq!(data(&stream), [chunk, chunk, chunk, "[DONE]"]);
    assert_eq!(gateway.ask("fast", true).send().await.unwrap().status(), 404);
}

/// The revisions in the lines of the log that say `what`.
fn revisions(gateway: &Gateway, what: &str) -> Vec<String> {
    let log = gateway.log();
    let lines = log.lines().filter(|line| line.contains(what));
    let revisions = lines.map(|line| line.split("revision=").nth(1).expect("a revision").trim().to_owned());
    revisions.collect()
}

/// The config is read when the answer is asked for, and again when its stream ends.
#[tokio::test]
async fn a_request_sees_one_revision_and_two_requests_see_two() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::start_with(CONFIG, &["--upstream", &upstream.url()]);
    let first = gateway.health().await["revision"].clone();
    let asked = tokio::spawn(gateway.ask("fast", true).send());
    let mut exchange = upstream.accept().await;
    exchange.begin("text/event-stream");
    write_chunk(&mut exchange);
    let answer = asked.await.unwrap().unwrap();

    gateway.edit(EDITED);
    until("the edit is served", async || gateway.health().await["generation"] == 2).await;
    let second = gateway.health().await["revision"].clone();
    assert_ne!(first, second);
    let later = tokio::spawn(gateway.ask("fast", true).send());
    let mut later_exchange = upstream.accept().await;
    later_exchange.begin("text/event-stream");
    drop((exchange, later_exchange));
    answer.text().await.unwrap();
    later.await.unwrap().unwrap().text().await.unwrap();

    let begun = revisions(&gateway, "an answer is asked for");
    let mut ended = revisions(&gateway, "a streamed answer is complete");
    assert_eq!(begun, [first.as_str().unwrap(), second.as_str().unwrap()]);
    // Either may be the first to end.
    ended.sort_by_key(|revision| *revision != begun[0]);
    assert_eq!(ended, begun);
}

#[tokio::test]
async fn a_broken_edit_degrades_the_health_and_nothing_else() {
    let gateway = Gateway::start(CONFIG);
    let before = gateway.health().await;
    assert_eq!((&before["status"], &before["rejection"]), (&json!("ok"), &Value::Null));
    assert_eq!(before["generation"], 1);
    assert!(
        before["accepted_at"].is_u64() && before["looked_at"].is_u64() && before["watch"]["mode"] == "native"
    );

    gateway.edit(&CONFIG.replace("true", "\"yes\""));
    until("the edit is rejected", async || gateway.health().await["status"] == "degraded").await;
    let degraded = gateway.health().await;
    assert_eq!(degraded["revision"], before["revision"]);
    assert!(degraded["rejection"].as_str().unwrap().contains("enabled"), "{degraded}");
    assert_eq!(gateway.models("key-1").await, ["fast", "open"]);
    assert_eq!(gateway.ask("fast", false).send().await.unwrap().status(), 200);

    gateway.edit(EDITED);
    until("the fix is served", async || gateway.health().await["status"] == "ok").await;
    let after = gateway.health().await;
    assert_ne!(after["revision"], before["revision"]);
    assert_eq!((&after["generation"], &after["rejection"]), (&json!(2), &Value::Null));
    assert_eq!(gateway.models("key-1").await, ["fast", "new"]);
}

#[tokio::test]
async fn another_process_updates_the_same_file() {
    let gateway = Gateway::start(CONFIG);
    let store =
        config_store::Options::<config_model::Config>::new().watch(None).open(gateway.config()).unwrap();
    store.update(|config| config.models["off"].enabled = true).unwrap();
    until("the update is served", async || gateway.models("key-1").await == ["fast", "open", "off"]).await;
    assert_eq!(gateway.health().await["revision"], store.snapshot().revision().to_string());
}

#[tokio::test]
async fn a_hangup_looks_at_the_file_at_once() {
    let gateway = Gateway::start(CONFIG);
    gateway.edit("");
    gateway.signal("HUP");
    until("the empty file is rejected", async || gateway.log().contains("SIGHUP: the config before stays"))
        .await;
    assert_eq!(gateway.health().await["status"], "degraded");
    gateway.edit(EDITED);
    gateway.signal("HUP");
    until("the edit is served", async || gateway.log().contains("SIGHUP: up to date")).await;
    assert_eq!(gateway.models("key-1").await, ["fast", "new"]);
    assert_eq!(gateway.health().await["status"], "ok");
}
