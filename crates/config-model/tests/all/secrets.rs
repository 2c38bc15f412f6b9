//! Nothing that was found in a text is printed: a sentinel at every position comes out nowhere.

use config_model::{
    AllowedKeys, ApiKey, Config, Document, Limits, Migrations, Pointer, Problem, Problems, decode,
    decode_with, diff, effective, encode, masked, masked_document,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{SAMPLE, config};

const SENTINEL: &str = "S3ntinel";

fn assert_unseen(shown: &str, text: &str) {
    assert!(!shown.contains(SENTINEL), "{shown}\nfrom {text}");
}

/// Everything that a decoding shows.
fn shown(text: &str) -> String {
    let strict = Limits { strict: true, ..Limits::default() };
    let excerpts = |problems: &Problems| -> String {
        let lines = problems.iter().filter_map(|problem| problem.excerpt());
        lines.map(|excerpt| excerpt.text().to_owned() + "\n").collect()
    };
    let show = |limits| match decode_with::<Config>(text.as_bytes(), limits) {
        Ok(decoded) => {
            let keys: Vec<_> = decoded.document.models.values().map(|model| &model.allowed_keys).collect();
            let warnings = decoded.warnings;
            format!("{keys:?}{warnings:?}{warnings}{}", excerpts(&warnings))
        }
        Err(problems) => format!("{problems:?}{problems}{}", excerpts(&problems)),
    };
    show(Limits::default()) + &show(strict)
}

/// Every value of a document in turn, replaced by each of these.
fn replaced(document: &Value, by: &Value) -> Vec<Value> {
    let mut all = vec![by.clone()];
    match document {
        Value::Object(members) => {
            for (name, value) in members {
                for inner in replaced(value, by) {
                    let mut members = members.clone();
                    members.insert(name.clone(), inner);
                    all.push(Value::Object(members));
                }
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                for inner in replaced(value, by) {
                    let mut elements = elements.clone();
                    elements[index] = inner;
                    all.push(Value::Array(elements));
                }
            }
        }
        _ => {}
    }
    all
}

#[test]
fn a_value_at_any_position_is_in_no_message() {
    let sample: Value = serde_json::from_str(SAMPLE).unwrap();
    let mut count = 0;
    for by in [
        json!(SENTINEL),
        json!([SENTINEL]),
        json!([[SENTINEL, SENTINEL]]),
        json!(format!("http://{SENTINEL}\n")),
        json!([format!(" {SENTINEL}"), "*"]),
        json!({"upstream": SENTINEL, "enabled": SENTINEL, "allowed_keys": SENTINEL}),
    ] {
        for document in replaced(&sample, &by) {
            let text = document.to_string();
            assert_unseen(&shown(&text), &text);
            // Every slip of a person's: cut off in the middle, without quotes, with others, with a broken escape.
            let at = text.rfind(SENTINEL).unwrap();
            let quoted = format!("\"{SENTINEL}\"");
            for text in [
                text[..at + SENTINEL.len()].to_owned(),
                text.replace(&quoted, SENTINEL),
                text.replace(&quoted, &format!("'{SENTINEL}'")),
                text.replace(&quoted, &format!("'{SENTINEL}")),
                text.replace(&quoted, &format!("// {SENTINEL}\n")),
                text.replace(SENTINEL, &format!("{SENTINEL}\\x")),
                text.replace(SENTINEL, &format!("{SENTINEL}\n")),
            ] {
                // A secret as the name of a field or model is not known for one.
                if !text.contains(&format!("\"{SENTINEL}\":")) {
                    assert_unseen(&shown(&text), &text);
                }
                count += 1;
            }
        }
    }
    assert!(count > 1000, "{count}");
}

#[test]
fn a_name_inside_a_secret_is_in_no_message() {
    for inside in [
        r#"{"S3ntinel": 1}"#,
        r#"{"S3ntinel": {"S3ntinel": 1, "S3ntinel": 2}}"#,
        r#"[{"S3ntinel": {"upstream": 1}}]"#,
        r#"{"k": 1, "S3ntinel": 1,}"#,
        r"{S3ntinel: 1}",
        r"{'S3ntinel': 1}",
        r#"{"S3ntinel" 1}"#,
        r#"{"S3ntinel": S3ntinel}"#,
        r#"{"S3ntinel\x": 1}"#,
        r#"[["k", {"S3ntinel": tru}]]"#,
        r#"{"S3ntinel": "#,
    ] {
        for alias in ["a", "*", "a/b", &"n".repeat(500), &"n".repeat(1000)] {
            let text = format!(
                r#"{{"version": 1, "models": {{"{alias}": {{"upstream": "u", "enabled": true, "allowed_keys": {inside}}}}}}}"#
            );
            assert_unseen(&shown(&text), &text);
        }
    }
    // Digits are a secret too; an index is none.
    let text = r#"{"version": 1, "models": {"a": {"upstream": "u", "enabled": true, "allowed_keys": {"271828": [}]}}}}"#;
    assert!(!shown(text).contains("271828"), "{}", shown(text));
    let text = r#"{"version": 1, "models": {"a": {"upstream": "u", "enabled": true, "allowed_keys": [{"271828": tru}, 5]}}}"#;
    insta::assert_snapshot!(decode::<Config>(text.as_bytes()).unwrap_err(), @r#"
    1:84: /models/a/allowed_keys/0: expected a string, found an object
    1:95: /models/a/allowed_keys/0/*: this word is not a JSON value
      help: use true, false or null in lower case, or put the text in `"`
    1:101: /models/a/allowed_keys/1: expected a string, found a number
      help: put it in double quotes
    "#);
}

/// A schema whose own words are loose: they repeat what they are about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Loose {
    #[serde(default)]
    open: Option<Chatty>,
    #[serde(default, rename = "a/b")]
    vault: Vec<std::collections::BTreeMap<String, Chatty>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Chatty(String);

impl TryFrom<String> for Chatty {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let backwards: String = text.chars().rev().collect();
        Err(format!("spelt backwards it is {backwards}"))
    }
}

impl From<Chatty> for String {
    fn from(chatty: Chatty) -> Self {
        chatty.0
    }
}

impl Document for Loose {
    const VERSION: u32 = 2;
    const SECRETS: &'static [&'static str] = &["/a~1b/*/*"];
    fn seed() -> Self {
        Self { open: None, vault: Vec::new() }
    }
    fn migrations() -> Migrations {
        Migrations::from_version(1).then(|fields| {
            fields.shift_remove("old");
            Ok(())
        })
    }
    fn check(&self, problems: &mut Problems) {
        problems.push(Problem::rule(Pointer::parse("/a~1b/0/name/5/deeper").unwrap(), "is never right"));
    }
}

#[test]
fn a_schemas_own_words_about_a_secret_are_not_shown() {
    let text = br#"{"version": 2, "open": "abc", "a/b": [{"name": "abc"}]}"#;
    insta::assert_snapshot!(decode::<Loose>(text).unwrap_err(), @"
    1:24: /open: spelt backwards it is cba
    1:48: /a~1b/0/name: this value is not valid here
    ");
    insta::assert_snapshot!(decode::<Loose>(br#"{"version": 2, "a/b": [{}]}"#).unwrap_err(), @"1:24: /a~1b/0/name/*/*: is never right");
}

/// As [`Loose`], without a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    #[serde(default)]
    key: Option<ApiKey>,
}

impl Document for Kept {
    const VERSION: u32 = 2;
    const SECRETS: &'static [&'static str] = &["/key"];
    fn seed() -> Self {
        Self { key: None }
    }
    fn migrations() -> Migrations {
        Migrations::from_version(1).then(|_| Ok(()))
    }
    fn check(&self, _: &mut Problems) {}
}

#[test]
fn debug_of_what_was_decoded_holds_no_secret() {
    let decoded = decode::<Kept>(br#"{"version": 1, "key": "S3ntinel"}"#).unwrap();
    assert!(decoded.migrated.as_ref().unwrap().text.contains(SENTINEL));
    assert_unseen(&format!("{decoded:?}"), "a migrated text");
    assert_unseen(&format!("{:?}", config(&SAMPLE.replace("key-1", SENTINEL))), "a config");
    let changes = diff(&decoded.document, &Kept::seed()).unwrap();
    assert_eq!(changes.len(), 1);
    assert_unseen(&format!("{changes:?}{}", changes[0]), "a diff");
}

#[test]
fn diffs_and_masked_values_hold_no_secret() {
    let mut one = config(SAMPLE);
    let other = one.clone();
    for model in one.models.values_mut() {
        model.allowed_keys = AllowedKeys::only([ApiKey::new(SENTINEL)]);
    }
    let gone = Config::default();
    for (old, new) in [(&one, &other), (&other, &one), (&one, &gone), (&gone, &one)] {
        let changes = diff(old, new).unwrap();
        assert!(!changes.is_empty());
        let shown: Vec<_> = changes.iter().map(|change| format!("{change}{change:?}")).collect();
        assert_unseen(&shown.concat(), "a diff");
    }
    assert_unseen(&masked_document(&one).unwrap().to_string(), "a masked document");
    assert!(serde_json::to_string(&one).is_err() && serde_json::to_value(&one.models).is_err());
    let value = effective(&encode(&one).unwrap(), &one).unwrap();
    for (pointer, part) in [
        ("", &value),
        ("/models", &value["models"]),
        ("/models/fast/allowed_keys/0", &value["models"]["fast"]["allowed_keys"][0]),
    ] {
        let masked = masked::<Config>(&Pointer::parse(pointer).unwrap(), part);
        assert_unseen(&masked.to_string(), pointer);
    }
}

/// Its step finds fault with a place inside a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Stepped {}

impl Document for Stepped {
    const VERSION: u32 = 2;
    const SECRETS: &'static [&'static str] = &["/keys"];
    fn seed() -> Self {
        Self {}
    }
    fn migrations() -> Migrations {
        Migrations::from_version(1).then(|fields| {
            let names = fields.get("keys").and_then(Value::as_object).and_then(|keys| keys.keys().next());
            let at = Pointer::root().key("keys").key(names.map_or("", String::as_str));
            Err(Problem::rule(at, "has no meaning any more"))
        })
    }
    fn check(&self, _: &mut Problems) {}
}

#[test]
fn a_steps_pointer_into_a_secret_is_masked() {
    let problems = decode::<Stepped>(br#"{"version": 1, "keys": {"S3ntinel": 1}}"#).unwrap_err();
    assert_eq!(problems.to_string(), "1:24: /keys/*: has no meaning any more");
}
