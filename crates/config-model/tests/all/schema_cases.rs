//! Texts of a gateway's config, valid ones and others, that a schema and the decoder have the same to say of.

use config_model::{Config, seed_text};
use serde_json::{Value, json};

use crate::support::{LARGER, SAMPLE};

/// A config with `model` as its only one, called "a".
fn with_model(model: &str) -> String {
    format!(r#"{{"version": 1, "models": {{"a": {model}}}}}"#)
}

fn with_upstream(upstream: &str) -> String {
    with_model(&json!({"upstream": upstream, "enabled": true, "allowed_keys": []}).to_string())
}

pub(crate) fn with_keys(keys: &Value) -> String {
    with_model(&json!({"upstream": "u", "enabled": true, "allowed_keys": keys}).to_string())
}

pub(crate) fn with_alias(alias: &str) -> String {
    json!({"version": 1, "models": {alias: {"upstream": "u", "enabled": true, "allowed_keys": ["*"]}}})
        .to_string()
}

/// All of them.
pub(crate) fn texts() -> Vec<String> {
    let mut texts = documents();
    models(&mut texts);
    upstreams(&mut texts);
    keys(&mut texts);
    names(&mut texts);
    texts
}

fn documents() -> Vec<String> {
    let mut texts: Vec<String> = [
        r#"{"version": 1}"#,
        r#"{"version": 1, "models": {}, "retention": {}, "features": {}}"#,
        r#"{"$schema": "x", "version": 1}"#,
        r#"{"$schema": 7, "version": 1}"#,
        r#"{"version": 1, "note": {"a": [1]}, "features": {"later": 1}, "retention": {"x": null}}"#,
        r#"{"version": 1, "models": null}"#,
        r#"{"version": 1, "models": []}"#,
        r#"{"version": 1, "models": {"a": null}}"#,
        r#"{"version": 1, "retention": null}"#,
        r#"{"version": 1, "retention": {"events_days": null}}"#,
        r#"{"version": 1, "retention": {"events_days": 0, "traces_days": 36500, "traces_max_bytes": 9007199254740991}}"#,
        r#"{"version": 1, "retention": {"events_days": 36501}}"#,
        r#"{"version": 1, "retention": {"traces_max_bytes": 9007199254740992}}"#,
        r#"{"version": 1, "retention": {"traces_max_bytes": 18446744073709551616}}"#,
        r#"{"version": 1, "retention": {"events_days": -1}}"#,
        r#"{"version": 1, "retention": {"events_days": 1.5}}"#,
        r#"{"version": 1, "retention": {"events_days": "7"}}"#,
        r#"{"version": 1, "features": {"auth": true, "telemetry": false, "debug": true}}"#,
        r#"{"version": 1, "features": {"auth": 1}}"#,
        r#"{"version": 1, "features": {"auth": null}}"#,
        r#"{"version": 1, "features": [true, false, true]}"#,
        r#"{"models": {}}"#,
        r#"{"version": "1"}"#,
        r#"{"version": null}"#,
        r#"{"version": 0}"#,
        r#"{"version": 2}"#,
        "[]",
        "null",
        "1",
        "\"version\"",
        "{}",
        "",
        "{",
        r#"{"version": 1,}"#,
        r#"{"version": 1 /* one */}"#,
    ]
    .map(str::to_owned)
    .into();
    texts.extend([SAMPLE.to_owned(), LARGER.to_owned(), seed_text::<Config>().unwrap()]);
    texts
}

fn models(texts: &mut Vec<String>) {
    texts.extend(
        [
            "{}",
            r#"{"upstream": "u"}"#,
            r#"{"upstream": "u", "enabled": true}"#,
            r#"{"upstream": "u", "allowed_keys": []}"#,
            r#"{"enabled": true, "allowed_keys": []}"#,
            r#"{"upstream": "u", "enabled": true, "allowed_keys": [], "note": 1}"#,
            r#"{"upstream": "u", "enabled": "yes", "allowed_keys": []}"#,
            r#"{"upstream": 1, "enabled": true, "allowed_keys": []}"#,
            "[]",
        ]
        .map(with_model),
    );
}

fn upstreams(texts: &mut Vec<String>) {
    let long = |length| "u".repeat(length);
    for upstream in [
        "u",
        "9",
        "_",
        "",
        "/",
        "a/",
        "a/b",
        "a//b",
        "a//",
        "//",
        "-a",
        ".a",
        "a.b:c@d+e-f_g/h",
        "a b",
        "a\n",
        "é",
        "aé",
        "https://a",
        &long(256),
        &long(257),
        "a/b/c/",
        ":a",
        "a\\b",
    ] {
        texts.push(with_upstream(upstream));
    }
}

fn keys(texts: &mut Vec<String>) {
    for keys in [
        json!([]),
        json!(["*"]),
        json!(["*", "*"]),
        json!(["*", "a"]),
        json!(["a", "*"]),
        json!(["a", "b"]),
        json!(["a", "a"]),
        json!(["a", "b", "c", "d", "e", "a"]),
        json!([""]),
        json!(["a", ""]),
        json!([1]),
        json!([["a"]]),
        json!([null]),
        json!("a"),
        json!("*"),
        json!(null),
        json!({"a": 1}),
    ] {
        texts.push(with_keys(&keys));
    }
}

fn names(texts: &mut Vec<String>) {
    let long = |length| "n".repeat(length);
    for name in [
        "a",
        "a b",
        " a",
        "a ",
        "\u{a0}a",
        "a\u{3000}",
        "a\u{2009}",
        "\u{1680}",
        "\u{feff}a",
        "a\u{200b}",
        "a\tb",
        "a\n",
        "\u{7f}",
        "a\u{85}b",
        "\u{9b}",
        "漢字",
        "*",
        "**",
        "a/b",
        "~",
        "\"",
        "\\",
        "𝄞",
        "",
        " ",
        &long(256),
        &long(257),
        "\u{2028}",
        "a\u{2029}b",
    ] {
        texts.push(with_alias(name));
        texts.push(with_keys(&json!([name])));
    }
}
