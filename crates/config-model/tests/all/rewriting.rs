//! A save changes the bytes of what changed, and no others.

use config_model::{AllowedKeys, ApiKey, Config, EncodeError, Model, encode, rewrite, rewrite_value};
use serde_json::{Value, json};

use crate::support::{SAMPLE, config};

/// The text after `edit` on what it says.
fn edited(source: &str, edit: impl FnOnce(&mut Config)) -> String {
    let old = config(source);
    let mut new = old.clone();
    edit(&mut new);
    let text = rewrite(source, &old, &new).unwrap();
    assert_eq!(config(&text), new, "{text}");
    text
}

fn model(key: &str) -> Model {
    Model { upstream: "u".to_owned(), enabled: true, allowed_keys: AllowedKeys::only([ApiKey::new(key)]) }
}

/// On values, for the shapes that the gateway's schema does not have.
fn on_values(source: &str, new: &Value) -> String {
    let old: Value = serde_json::from_str(source).unwrap();
    let text = rewrite_value(source, &old, new).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *new, "{text}");
    text
}

#[test]
fn a_new_text_is_laid_out_for_people() {
    insta::assert_snapshot!(encode(&config(SAMPLE)).unwrap(), @r#"
    {
      "version": 1,
      "models": {
        "fast": {
          "upstream": "gpt-mini",
          "enabled": true,
          "allowed_keys": ["key-1", "clé-2"]
        },
        "slow é": {
          "upstream": "org/model:7b@v1",
          "enabled": false,
          "allowed_keys": []
        },
        "open": {
          "upstream": "m",
          "enabled": true,
          "allowed_keys": ["*"]
        }
      },
      "retention": {
        "events_days": 0,
        "traces_days": 36500,
        "traces_max_bytes": 9007199254740991
      },
      "features": {
        "auth": true,
        "telemetry": false,
        "debug": true
      }
    }
    "#);
    assert_eq!(encode(&Config::default()).unwrap().lines().nth(1), Some("  \"version\": 1,"));
}

#[test]
fn a_changed_value_is_replaced_where_it_stands() {
    let changed = edited(SAMPLE, |config| {
        config.features.debug = false;
        config.models["fast"].upstream = "other".to_owned();
        config.retention.events_days = 5;
    });
    let expected = SAMPLE
        .replace("\"debug\": true", "\"debug\": false")
        .replace("gpt-mini", "other")
        .replace("\"events_days\": 0", "\"events_days\": 5");
    assert_eq!(changed, expected);
}

#[test]
fn line_ends_and_tabs_are_those_of_the_text() {
    let source = "{\r\n\t\"version\": 1,\r\n\t\"models\": {\r\n\t}\r\n}\r\n";
    let changed = edited(source, |config| {
        config.models.insert("a".to_owned(), model("k"));
        config.features.debug = true;
    });
    insta::assert_snapshot!(changed.replace('\r', "␍").replace('\t', "→"), @r#"
    {␍
    →"version": 1,␍
    →"models": {␍
    →→"a": {␍
    →→→"upstream": "u",␍
    →→→"enabled": true,␍
    →→→"allowed_keys": ["k"]␍
    →→}␍
    →},␍
    →"features": {␍
    →→"auth": true,␍
    →→"telemetry": false,␍
    →→"debug": true␍
    →}␍
    }␍
    "#);
    assert!(!changed.replace("\r\n", "").contains(['\r', '\n']));
}

#[test]
fn a_document_on_one_line_stays_on_it() {
    let changed = edited("{\"version\":1,\"models\":{}}", |config| {
        config.models.insert("a".to_owned(), model("k"));
        config.retention.traces_days = 1;
    });
    insta::assert_snapshot!(changed, @r#"{"version":1,"models":{"a": {"upstream": "u", "enabled": true, "allowed_keys": ["k"]}}, "retention": {"events_days": 90, "traces_days": 1, "traces_max_bytes": 104857600}}"#);
    let changed = edited(&changed, |config| {
        config.models.insert("b".to_owned(), model("k"));
        config.models.shift_remove("a");
    });
    insta::assert_snapshot!(changed, @r#"{"version":1,"models":{"b": {"upstream": "u", "enabled": true, "allowed_keys": ["k"]}}, "retention": {"events_days": 90, "traces_days": 1, "traces_max_bytes": 104857600}}"#);
}

const THREE: &str = r#"{
    "version": 1,
    "models": {
        "a": {"upstream": "u", "enabled": true, "allowed_keys": ["k"]},
        "b": {"upstream": "u", "enabled": true, "allowed_keys": ["k"], "x": 1.50},

        "c": {"upstream": "u", "enabled": true, "allowed_keys": ["k"]}
    }
}
"#;

#[test]
fn members_are_removed_with_one_comma() {
    for (removed, left) in [
        (vec!["a"], "\"b\"…\n\n        \"c\"…\n"),
        (vec!["b"], "\"a\"…\n\n        \"c\"…\n"),
        (vec!["c"], "\"a\"…\n        \"b\"…\n"),
        (vec!["a", "b"], "\"c\"…\n"),
        (vec!["a", "c"], "\"b\"…\n"),
        (vec!["b", "c"], "\"a\"…\n"),
    ] {
        let changed =
            edited(THREE, |config| config.models.retain(|alias, _| !removed.contains(&alias.as_str())));
        let inside =
            changed.split_once("\"models\": {\n        ").unwrap().1.split_once("    }\n}\n").unwrap().0;
        let short: Vec<_> = inside
            .split('\n')
            .map(|line| line.split_once(": {").map_or(line.to_owned(), |(name, _)| format!("{name}…")))
            .collect();
        assert_eq!(short.join("\n"), left, "{removed:?}: {changed}");
    }
    let none = edited(THREE, |config| config.models.clear());
    assert_eq!(none, "{\n    \"version\": 1,\n    \"models\": {}\n}\n");
}

#[test]
fn members_are_removed_and_added_at_once() {
    for removed in ["a", "b", "c"] {
        let changed = edited(THREE, |config| {
            config.models.shift_remove(removed);
            config.models.insert("d".to_owned(), model("k"));
            config.models.insert("e".to_owned(), model("k"));
        });
        assert_eq!(changed.matches("        \"d\": {\n            \"upstream\"").count(), 1, "{changed}");
        assert!(!changed.contains(&format!("\"{removed}\"")), "{changed}");
    }
}

#[test]
fn elements_change_at_the_head_in_the_middle_and_at_the_tail() {
    let source = "{\"it\": [ 1,2 , 3 ,\n4 ], \"x\": 1e2}";
    for (new, expected) in [
        (json!([0, 1, 2, 3, 4]), "[ 0, 1,2 , 3 ,\n4 ]"),
        (json!([1, 2, 3, 4, 5]), "[ 1,2 , 3 ,\n4, 5 ]"),
        (json!([1, 2, 9, 3, 4]), "[ 1,2 , 9, 3 ,\n4 ]"),
        (json!([2, 3, 4]), "[ 2 , 3 ,\n4 ]"),
        (json!([1, 2, 3]), "[ 1,2 , 3 ]"),
        (json!([1, 4]), "[ 1,\n4 ]"),
        (json!([4]), "[ 4 ]"),
        (json!([1, 2, 9, 4]), "[ 1,2 , 9 ,\n4 ]"),
        (json!([9, 2, 3, 8]), "[ 9,2 , 3 ,\n8 ]"),
        (json!([5, 6]), "[ 5,6 ]"),
        (json!([1, 1, 2, 3, 4]), "[ 1, 1,2 , 3 ,\n4 ]"),
        (json!([]), "[]"),
        (json!({}), "{}"),
        (json!([[1], {"a": 2}, 3, 4]), "[ [1],{\n  \"a\": 2\n} , 3 ,\n4 ]"),
    ] {
        let old: Value = json!({"it": [1, 2, 3, 4]});
        let text = rewrite_value(source, &old, &json!({"it": new})).unwrap();
        assert_eq!(text, format!("{{\"it\": {expected}, \"x\": 1e2}}"));
    }
}

#[test]
fn elements_that_stay_are_found_among_many() {
    let of = |values: &dyn Fn(usize) -> usize| json!({"it": (0..100_000).map(values).collect::<Vec<_>>()});
    let (old, turned) = (of(&|index| index), of(&|index| (index + 50_001) % 100_000));
    let text = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    assert_eq!(rewrite_value(&text(&old), &old, &turned).unwrap(), text(&turned));
    // Equal ones are told apart as far as there is time for it.
    let few = of(&|index| index * index % 7);
    assert_eq!(rewrite_value(&text(&old), &old, &few).unwrap(), text(&few));
    let others = of(&|index| (index + 3) * index % 7);
    assert_eq!(rewrite_value(&text(&few), &few, &others).unwrap(), text(&others));
    // In the text they need not look the same.
    let source = "[1.50, \"\\u0061\", {\"b\": [ ], \"a\": -0.0}, true, 1.50, \"b\"]";
    let old = json!({"it": [1.5, "a", {"a": 0.0, "b": []}, true, 1.5, "b"]});
    let new = json!({"it": ["c", 1.5, {"a": 0.0, "b": []}, "b", 1.5]});
    let text = rewrite_value(&format!("{{\"it\": {source}}}"), &old, &new).unwrap();
    assert_eq!(text, "{\"it\": [\"c\", 1.50, {\"b\": [ ], \"a\": -0.0}, \"b\", 1.5]}");
}

#[test]
fn what_nobody_knows_stays_digit_for_digit() {
    let source = "{\"version\": 1, \"x\": [1.50, 1e-400, 123456789012345678901234567890, -0.0, 1E5], \"features\": {\"y\": 1.0e0 ,\n\"debug\": false}}";
    let changed = edited(source, |config| config.features.debug = true);
    assert_eq!(changed, source.replace("false", "true"));
    let changed = edited(source, |config| config.features.auth = false);
    assert_eq!(changed, source.replace("false}", "false, \"auth\": false}"));
}

#[test]
fn unknown_fields_inside_elements_survive() {
    let source = r#"{"list": [{"a": 1, "x": 1.50}, {"a": 2, "x": 2.50}, {"a": 3}]}"#;
    let old = json!({"list": [{"a": 1}, {"a": 2}, {"a": 3}]});
    let new = json!({"list": [{"a": 1}, {"a": 5}, {"a": 3}]});
    assert_eq!(rewrite_value(source, &old, &new).unwrap(), source.replace("\"a\": 2", "\"a\": 5"));
    let new = json!({"list": [{"a": 2}, {"a": 3}]});
    assert_eq!(rewrite_value(source, &old, &new).unwrap(), r#"{"list": [{"a": 2, "x": 2.50}, {"a": 3}]}"#);
    let new = json!({"list": [{"a": 1}, {"a": 2}]});
    assert_eq!(
        rewrite_value(source, &old, &new).unwrap(),
        r#"{"list": [{"a": 1, "x": 1.50}, {"a": 2, "x": 2.50}]}"#
    );
}

#[test]
fn a_name_with_escapes_is_found() {
    let source = r#"{"\u0076ersion": 1, "f\u0065atures": {"\u0064ebug": false}}"#;
    assert_eq!(edited(source, |config| config.features.debug = true), source.replace("false", "true"));
}

#[test]
fn objects_come_and_go() {
    assert_eq!(
        on_values("{\"a\": {\"b\": 1}}", &json!({"a": {"b": 1}, "c": {}})),
        "{\"a\": {\"b\": 1}, \"c\": {}}"
    );
    assert_eq!(on_values("{}", &json!({"a": 1})), "{\n  \"a\": 1\n}");
    assert_eq!(on_values(" { } ", &json!({"a": 1})), " {\n   \"a\": 1\n } ");
    assert_eq!(on_values("{\"a\": 1}", &json!({})), "{}");
    assert_eq!(on_values("{\"a\": 1}", &json!({"b": [1, 2]})), "{\"b\": [1, 2]}");
    assert_eq!(
        on_values("{\n  \"a\": {}\n}", &json!({"a": {"b": {"c": 1}}})),
        "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1\n    }\n  }\n}"
    );
    assert_eq!(on_values("{\"a\": 1}", &json!({"a": "\u{1}\"é"})), "{\"a\": \"\\u0001\\\"é\"}");
}

#[test]
fn a_broken_source_is_not_rewritten() {
    for source in ["", "{", "{\"a\": 1,,}", "{\"a\": 1 /* }", "{\"a\": 1, \"a\": 1}", "\u{feff}{}", "{} {}"] {
        let refused = rewrite_value(source, &json!({}), &json!({"a": 2})).unwrap_err();
        assert!(matches!(refused, EncodeError::BrokenSource), "{source}");
        assert_eq!(refused.to_string(), "the text to change is neither JSON nor JSONC");
    }
}

#[test]
fn a_type_that_is_no_object_is_not_encoded() {
    #[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Bare(u8);
    impl config_model::Document for Bare {
        const VERSION: u32 = 1;
        fn seed() -> Self {
            Self(1)
        }
        fn check(&self, _: &mut config_model::Problems) {}
    }
    assert!(matches!(encode(&Bare(1)), Err(EncodeError::NotAnObject)));
}
