//! Texts of versions 1 and 2, as the third version of the program reads them.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what the tests share")]

use config_model::{Decoded, Document, decode, diff, encode, rewrite};
use own_schema::{Login, Relay, Retry, Route};
use serde_json::{Value, json};

const FIRST: &str = r#"{
  "$schema": "https://example.com/relay.json",
  "version": 1,
  "timeout": 20,
  "x-note": [1.50, "kept"],
  "smarthost": "mail.example.com:2525",
  "password": "hunter2",
  "user": "relay"
}
"#;

const SECOND: &str =
    r#"{"relay": {"host": "mail.example.com", "x-tls": true, "port": 2525}, "timeout": 20, "version": 2}"#;

fn expected(login: Option<Login>) -> Relay {
    Relay {
        routes: vec![Route {
            domain: "*".to_owned(),
            host: "mail.example.com".to_owned(),
            port: 2525,
            login,
        }],
        retry: Retry { timeout_seconds: 20, hours: 48 },
    }
}

fn read(text: &str) -> Decoded<Relay> {
    decode(text.as_bytes()).unwrap()
}

fn refusal(text: &str) -> String {
    decode::<Relay>(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn the_first_version_is_read_and_its_other_bytes_stay() {
    let decoded = read(FIRST);
    let login = Login { user: "relay".to_owned(), password: "hunter2".to_owned() };
    assert_eq!(decoded.document, expected(Some(login)));
    let migrated = decoded.migrated.unwrap();
    assert_eq!(migrated.from, 1);
    let text = r#"{
  "$schema": "https://example.com/relay.json",
  "version": 3,
  "x-note": [1.50, "kept"],
  "routes": [
    {
      "domain": "*",
      "host": "mail.example.com",
      "port": 2525,
      "login": {
        "user": "relay",
        "password": "hunter2"
      }
    }
  ],
  "retry": {
    "timeout_seconds": 20
  }
}
"#;
    assert_eq!(migrated.text, text);
    assert_eq!(
        decoded.warnings.to_string(),
        "5:3: /x-note: this field is not known\n  help: known here: routes, retry"
    );
    // The new text is read without steps, and says the same.
    let again = read(&migrated.text);
    assert_eq!((again.document, again.migrated), (decoded.document, None));
}

#[test]
fn the_second_version_is_read_and_an_unknown_field_moves_along() {
    let decoded = read(SECOND);
    assert_eq!(decoded.document, expected(None));
    let text = r#"{"version": 3, "routes": [{"domain": "*", "host": "mail.example.com", "x-tls": true, "port": 2525}], "retry": {"timeout_seconds": 20}}"#;
    assert_eq!(decoded.migrated.unwrap().text, text);
}

#[test]
fn steps_compose_and_keep_the_order() {
    let steps = Relay::migrations();
    let first: Value = serde_json::from_str(FIRST).unwrap();
    let whole = steps.apply(&first, 3).unwrap();
    let second = steps.apply(&first, 2).unwrap();
    assert_eq!(steps.apply(&second, 3).unwrap().to_string(), whole.to_string());
    assert_eq!(steps.apply(&whole, 3).unwrap().to_string(), whole.to_string());
    let names: Vec<_> = whole.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["version", "$schema", "x-note", "routes", "retry"]);
    assert_eq!(second.get("relay").and_then(|relay| relay.get("user")), Some(&json!("relay")));
}

#[test]
fn what_a_step_cannot_read_has_a_place() {
    assert_eq!(
        refusal("{\"version\": 1,\n \"smarthost\": \"mail:smtp\"}"),
        "2:15: /smarthost: has no number for its port\n  help: write `host:port`"
    );
    assert_eq!(
        refusal("{\"version\": 2,\n \"relay\": {\"host\": \"a\", \"user\": \"b\"}}"),
        "2:11: /relay: has one of `user` and `password` without the other"
    );
}

#[test]
fn a_rule_broken_after_the_steps_has_a_place() {
    assert_eq!(
        refusal("{\"version\": 2,\n \"retry\": {\"timeout_seconds\": 0}}"),
        "2:31: /retry/timeout_seconds: must be at least 1 second\n  \
         help: found after the migration from version 2 to version 3"
    );
    // What the steps moved is placed at what holds it now.
    assert_eq!(
        refusal("{\"version\": 1, \"smarthost\": \":25\"}"),
        "1:1: /routes/0/host: must name a host\n  help: found after the migration from version 1 to version 3"
    );
}

#[test]
fn rules_of_the_third_version() {
    let text = r#"{"version": 3, "retry": {"timeout_seconds": 0}, "routes": [
  {"domain": "*", "host": ""},
  {"domain": "a", "host": "b", "port": 0},
  {"domain": "a", "host": "b", "login": {"user": "u"}}]}"#;
    assert_eq!(
        refusal(text),
        "1:45: /retry/timeout_seconds: must be at least 1 second
2:14: /routes/0/domain: no route after this one is ever taken
  help: move the route for `*` to the end
2:27: /routes/0/host: must name a host
3:40: /routes/1/port: must be from 1 to 65535
4:14: /routes/2/domain: an earlier route is for this domain
  help: keep one of the two
4:41: /routes/2/login/password: the field `password` is missing
  help: add `\"password\": ...`"
    );
}

#[test]
fn a_change_touches_its_own_bytes_and_shows_no_password() {
    let source = read(FIRST).migrated.unwrap().text;
    let old = read(&source).document;
    let mut new = old.clone();
    for login in new.routes.iter_mut().filter_map(|route| route.login.as_mut()) {
        login.password = "correct horse".to_owned();
    }
    let text = rewrite(&source, &old, &new).unwrap();
    assert_eq!(text, source.replace("hunter2", "correct horse"));
    let changes = diff(&old, &new).unwrap();
    let shown = format!("{changes:?} {old:?}");
    assert_eq!(changes.len(), 1);
    assert!(!shown.contains("hunter2") && !shown.contains("correct"), "{shown}");
}

#[test]
fn the_seed_follows_its_own_rules() {
    let text = encode(&Relay::seed()).unwrap();
    assert_eq!(read(&text).document, Relay::seed());
}
