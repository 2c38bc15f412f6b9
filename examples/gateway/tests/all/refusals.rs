//! What a caller is told who gets nothing.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{CONFIG, Gateway, until};
use crate::upstream::Upstream;

/// The status, and what the error says in the shape of the API.
async fn refusal(request: RequestBuilder) -> (u16, String, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    let error = body["error"].as_object().unwrap();
    assert_eq!(error.keys().collect::<Vec<_>>(), ["message", "type", "param", "code"]);
    assert!(!error["message"].as_str().unwrap().is_empty());
    (status, error["code"].as_str().unwrap().to_owned(), error["param"].clone())
}

#[tokio::test]
async fn every_refusal_has_its_status_and_code() {
    let gateway = Gateway::start(CONFIG);
    let chat = || gateway.post("/v1/chat/completions");
    let sent = |body: &str| chat().bearer_auth("key-1").body(body.to_owned());
    let too_large = "x".repeat((10 << 20) + 1);
    let cases = [
        (sent("{"), 400, "invalid_json", None),
        (sent(r#"["fast"]"#), 400, "invalid_json", None),
        (sent("{}"), 400, "missing_model", Some("model")),
        (sent(r#"{"model": 7}"#), 400, "missing_model", Some("model")),
        (chat().body("{"), 401, "invalid_api_key", None),
        (chat().json(&json!({"model": "unknown"})), 401, "invalid_api_key", None),
        (chat().bearer_auth("").body("{}"), 401, "invalid_api_key", None),
        (chat().header("authorization", "Basic key-1").body("{}"), 401, "invalid_api_key", None),
        (chat().header("authorization", "key-1").body("{}"), 401, "invalid_api_key", None),
        (gateway.get("/v1/models"), 401, "invalid_api_key", None),
        (gateway.ask("off", false), 403, "model_disabled", Some("model")),
        (
            chat().bearer_auth("key-2").json(&json!({"model": "fast"})),
            403,
            "model_not_allowed",
            Some("model"),
        ),
        (gateway.ask("unknown", true), 404, "model_not_found", Some("model")),
        (gateway.get("/v2"), 404, "unknown_url", None),
        (gateway.get("/v1/chat/completions"), 405, "method_not_allowed", None),
        (sent(&too_large), 413, "request_too_large", None),
    ];
    for (number, (request, status, code, param)) in cases.into_iter().enumerate() {
        let expected = (status, code.to_owned(), json!(param));
        assert_eq!(refusal(request).await, expected, "case {number}");
    }
}

#[tokio::test]
async fn the_scheme_of_a_key_may_have_any_case() {
    let gateway = Gateway::start(CONFIG);
    let models = gateway.get("/v1/models").header("authorization", "bearer  key-1 ").send().await.unwrap();
    assert_eq!(models.status(), 200);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_a_bad_gateway() {
    let url = Upstream::start().await.url();
    let gateway = Gateway::start_with(CONFIG, &["--upstream", &url]);
    let expected = (502, "upstream_error".to_owned(), Value::Null);
    assert_eq!(refusal(gateway.ask("fast", true)).await, expected);
    assert!(gateway.log().contains("no answer from the upstream"));
}

#[tokio::test]
async fn no_log_and_no_answer_shows_a_key() {
    let gateway = Gateway::start(&CONFIG.replace("key-1", "secret-listed"));
    for (method, path) in
        [(Method::GET, "/v1/models"), (Method::POST, "/v1/chat/completions"), (Method::PUT, "/")]
    {
        for key in ["secret-listed", "secret-other"] {
            let request = gateway.request(method.clone(), path).bearer_auth(key).body(r#"{"model": "fast"}"#);
            let answer = request.send().await.unwrap();
            let shown = format!("{:?} {}", answer.headers().clone(), answer.text().await.unwrap());
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
    gateway.edit(
        r#"{"version": 1, "models": {"fast": {"allowed_keys": ["secret-listed", "secret-listed", 7]}}}"#,
    );
    until("the edit is rejected", async || gateway.health().await["status"] == "degraded").await;
    let shown = gateway.log() + &gateway.health().await.to_string();
    assert!(shown.contains("config rejected") && !shown.contains("secret"), "{shown}");
}
