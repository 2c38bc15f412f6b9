//! What a caller gets who may have it.

use serde_json::{Value, json};

use crate::support::{CONFIG, Gateway, data, read_until, until};
use crate::upstream::Upstream;

#[tokio::test]
async fn an_answer_has_the_alias_that_was_asked_for() {
    let gateway = Gateway::start(CONFIG);
    let answer: Value = gateway.ask("fast", false).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["model"], "fast");
    assert_eq!(answer["choices"][0]["message"]["role"], "assistant");
}

#[tokio::test]
async fn a_streamed_answer_has_the_alias_in_every_chunk() {
    let gateway = Gateway::start(CONFIG);
    let answer = gateway.ask("fast", true).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let stream = answer.text().await.unwrap();
    let data = data(&stream);
    let (done, chunks) = data.split_last().unwrap();
    assert_eq!(*done, "[DONE]");
    assert!(chunks.len() > 10, "{stream}");
    for chunk in chunks {
        assert_eq!(serde_json::from_str::<Value>(chunk).unwrap()["model"], "fast");
    }
}

#[tokio::test]
async fn the_upstream_sees_its_own_model_name_and_no_key() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::start_with(CONFIG, &["--upstream", &upstream.url()]);
    let asked = tokio::spawn(gateway.ask("fast", false).send());
    let mut exchange = upstream.accept().await;
    assert!(exchange.head.starts_with("post /v1/chat/completions "), "{}", exchange.head);
    assert!(
        !exchange.head.contains("authorization") && !exchange.head.contains("key-1"),
        "{}",
        exchange.head
    );
    assert_eq!(exchange.body, json!({"model": "gpt-mini", "stream": false, "messages": []}));
    exchange.begin("application/json");
    exchange.write(r#"{"model": "gpt-mini-2", "usage": {"model": "gpt-mini-2"}}"#);
    drop(exchange);
    let answer: Value = asked.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer, json!({"model": "fast", "usage": {"model": "gpt-mini-2"}}));
}

#[tokio::test]
async fn a_chunk_is_handed_on_as_soon_as_it_is_whole() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::start_with(CONFIG, &["--upstream", &upstream.url()]);
    let asked = tokio::spawn(gateway.ask("fast", true).send());
    let mut exchange = upstream.accept().await;
    exchange.begin("text/event-stream; charset=utf-8");
    exchange.write(": hello\r\n\r\ndata: {\"model\":");
    let mut answer = asked.await.unwrap().unwrap();
    assert_eq!(read_until(&mut answer, "hello\r\n\r\n").await, ": hello\r\n\r\n");
    exchange.write("\"gpt-mini\"}\r\n\r\n");
    assert_eq!(read_until(&mut answer, "}\r\n\r\n").await, "data: {\"model\":\"fast\"}\r\n\r\n");
    drop(exchange);
    assert_eq!(answer.text().await.unwrap(), "");
}

#[tokio::test]
async fn half_a_stream_is_not_taken_for_the_whole() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::start_with(CONFIG, &["--upstream", &upstream.url()]);
    let asked = tokio::spawn(gateway.ask("fast", true).send());
    let mut exchange = upstream.accept().await;
    exchange
        .write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
    exchange.write("3\r\n:\n\n\r\n");
    let mut answer = asked.await.unwrap().unwrap();
    assert_eq!(read_until(&mut answer, "\n\n").await, ":\n\n");
    drop(exchange);
    answer.text().await.unwrap_err();
    until("it is logged", async || gateway.log().contains("a streamed answer broke off")).await;
}

#[tokio::test]
async fn a_refusal_of_the_upstream_is_handed_on() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::start_with(CONFIG, &["--upstream", &upstream.url()]);
    let asked = tokio::spawn(gateway.ask("fast", true).send());
    let mut exchange = upstream.accept().await;
    exchange.write("HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\n\r\nslow down");
    drop(exchange);
    let answer = asked.await.unwrap().unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (429, "slow down"));
}

#[tokio::test]
async fn models_are_those_that_the_key_may_use() {
    let gateway = Gateway::start(CONFIG);
    assert_eq!(gateway.models("key-1").await, ["fast", "open"]);
    assert_eq!(gateway.models("key-2").await, ["open"]);
    let list = gateway.get("/v1/models").bearer_auth("key-2").send().await.unwrap();
    let expected = json!({"object": "list", "data": [
        {"id": "open", "object": "model", "created": 0, "owned_by": "gateway"}]});
    assert_eq!(list.json::<Value>().await.unwrap(), expected);
}

#[tokio::test]
async fn with_auth_off_a_caller_without_a_key_has_the_open_models() {
    let gateway = Gateway::start(&CONFIG.replace("\"models\"", r#""features": {"auth": false}, "models""#));
    let ask = |alias: &str| gateway.post("/v1/chat/completions").json(&json!({"model": alias})).send();
    assert_eq!(ask("open").await.unwrap().status(), 200);
    assert_eq!(ask("fast").await.unwrap().status(), 403);
    assert_eq!(gateway.ask("fast", false).send().await.unwrap().status(), 200, "with its key");
}
