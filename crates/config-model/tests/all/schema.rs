//! The JSON Schema, held against the decoder by a public validator: the same verdict, but for what a schema cannot say.

use std::collections::BTreeMap;

use config_model::{Config, Document, Limits, Migrations, Problems, decode_with, encode, schema};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::generate;
use crate::schema_cases::{texts, with_alias, with_keys};

/// What a validator says that reads the text as JSON and knows the schema.
fn theirs<D: Document + schemars::JsonSchema>(text: &str, strict: bool) -> bool {
    let validator = jsonschema::draft202012::new(&schema::<D>(strict)).expect("a schema");
    serde_json::from_str(text).is_ok_and(|value: Value| validator.is_valid(&value))
}

fn ours<D: Document>(text: &str, strict: bool) -> bool {
    decode_with::<D>(text.as_bytes(), Limits { strict, ..Limits::default() }).is_ok()
}

#[test]
fn the_schema_and_the_decoder_agree() {
    let (mut valid, mut invalid) = (0, 0);
    for text in texts() {
        for strict in [false, true] {
            let ours = ours::<Config>(&text, strict);
            assert_eq!(theirs::<Config>(&text, strict), ours, "strict: {strict}, {text}");
            *(if ours { &mut valid } else { &mut invalid }) += 1;
        }
    }
    assert!(valid > 80 && invalid > 80, "{valid} valid, {invalid} invalid");
}

/// Two versions, the older of which is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
struct Younger {
    new: u32,
}

impl Document for Younger {
    const VERSION: u32 = 2;
    fn seed() -> Self {
        Self { new: 1 }
    }
    fn migrations() -> Migrations {
        Migrations::from_version(1).then(|fields| {
            fields.insert("new".to_owned(), json!(1));
            Ok(())
        })
    }
    fn check(&self, problems: &mut Problems) {
        if self.new == 7 {
            problems
                .push(config_model::Problem::rule(config_model::Pointer::root().key("new"), "must not be 7"));
        }
    }
}

/// What a schema cannot say, or says otherwise. Each really differs: a case that agrees belongs above.
#[test]
fn the_differences_are_these() {
    let wide = "é".repeat(200);
    let deep = format!(r#"{{"version": 1, "note": {}{}}}"#, "[".repeat(70), "]".repeat(70));
    let differences: &[(&str, String, bool, bool)] = &[
        ("a length is counted in characters there, in bytes here", with_alias(&wide), false, true),
        ("a length is counted in characters there, in bytes here", with_keys(&json!([wide])), false, true),
        ("1.0 is a whole number there", r#"{"version": 1.0}"#.to_owned(), false, true),
        (
            "1.0 is a whole number there",
            r#"{"version": 1, "retention": {"events_days": 7.0}}"#.to_owned(),
            false,
            true,
        ),
        (
            "1e1 is a whole number there",
            r#"{"version": 1, "retention": {"events_days": 1e1}}"#.to_owned(),
            false,
            true,
        ),
        (
            "minus zero is a whole number there",
            r#"{"version": 1, "retention": {"events_days": -0}}"#.to_owned(),
            false,
            true,
        ),
        ("a name may be there twice there", r#"{"version": 1, "version": 1}"#.to_owned(), false, true),
        ("nesting is not counted there", deep, false, true),
    ];
    for (why, text, our, their) in differences {
        assert_ne!(our, their, "{why}");
        assert_eq!(
            (ours::<Config>(text, false), theirs::<Config>(text, false)),
            (*our, *their),
            "{why}: {text}"
        );
    }
    for (why, text, our, their) in [
        ("an older version is migrated", r#"{"version": 1}"#, true, false),
        ("a rule in code alone is not in the schema", r#"{"version": 2, "new": 7}"#, false, true),
        ("a field of 32 bits has no upper bound there", r#"{"version": 2, "new": 4294967296}"#, false, true),
    ] {
        assert_eq!(
            (ours::<Younger>(text, false), theirs::<Younger>(text, false)),
            (our, their),
            "{why}: {text}"
        );
    }
}

/// An object by each way that several schemas describe one: a variant with what all have, fields of another type, a type that
/// holds itself, one of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Composed {
    Single { limit: u32, rule: Rule },
    Many { rules: Vec<Rule>, any: BTreeMap<String, Value> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
struct Rule {
    name: Option<Inner>,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    action: Action,
    next: Option<Box<Rule>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
struct Inner {
    token: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "do")]
enum Action {
    Pass { to: String },
    Drop,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
struct Holder {
    by_number: BTreeMap<u32, Inner>,
    pair: (u32, Inner),
    composed: Composed,
    other: Option<Composed>,
}

fn inner() -> Inner {
    Inner { token: "t".to_owned() }
}

impl Document for Composed {
    const VERSION: u32 = 1;
    const SECRETS: &'static [&'static str] = &["/rule/next/token", "/rules/*/token"];
    fn seed() -> Self {
        let pass = |next| Rule {
            name: Some(inner()),
            inner: inner(),
            action: Action::Pass { to: "p".to_owned() },
            next,
        };
        let last = Rule { name: None, action: Action::Drop, ..pass(None) };
        let any = BTreeMap::from([("a".to_owned(), json!({"b": 1}))]);
        Self::Many { rules: vec![pass(Some(Box::new(last))), pass(None)], any }
    }
    fn check(&self, _: &mut Problems) {}
}

impl Document for Holder {
    const VERSION: u32 = 1;
    const SECRETS: &'static [&'static str] =
        &["/by_number/*/token", "/pair/1/token", "/composed/rule/next/token"];
    fn seed() -> Self {
        let Composed::Many { rules, .. } = Composed::seed() else { panic!("not many") };
        let single = Composed::Single { limit: 1, rule: rules[0].clone() };
        let by_number = BTreeMap::from([(7, inner())]);
        Self { by_number, pair: (1, inner()), composed: Composed::seed(), other: Some(single) }
    }
    fn check(&self, _: &mut Problems) {}
}

/// The places of a seed where a strict schema refuses what is unknown. It takes the seed, as the decoder does.
fn closed<D: Document + schemars::JsonSchema>() -> Vec<String> {
    let text = encode(&D::seed()).unwrap();
    assert!(ours::<D>(&text, true) && theirs::<D>(&text, true), "{text}");
    jsonschema::meta::validate(&schema::<D>(true)).expect("a schema of the draft that it names");
    let value: Value = serde_json::from_str(&text).unwrap();
    let mut all = Vec::new();
    pointers(&value, "", &mut all);
    all.retain(|place| {
        let mut value = value.clone();
        let Some(Value::Object(members)) = value.pointer_mut(place) else { return false };
        members.insert("unknown".to_owned(), json!({"token": "t"}));
        let text = value.to_string();
        assert!(place == "/by_number" || theirs::<D>(&text, false), "{place}");
        !theirs::<D>(&text, true)
    });
    all
}

#[test]
fn a_strict_schema_takes_what_is_composed_and_nothing_that_is_unknown() {
    let rules = ["/0", "/0/name", "/0/next", "/1", "/1/name"].map(|rule| format!("/rules{rule}"));
    let mut expected = [&[String::new()], &rules[..]].concat();
    assert_eq!(closed::<Composed>(), expected);
    let held = ["", "/by_number", "/by_number/7", "/pair/1", "/composed"].map(str::to_owned);
    expected = held.into_iter().chain(rules.iter().map(|rule| format!("/composed{rule}"))).collect();
    expected.extend(["", "/rule", "/rule/name", "/rule/next"].map(|rule| format!("/other{rule}")));
    assert_eq!(closed::<Holder>(), expected);
}

#[test]
fn a_secret_is_marked_wherever_a_schema_has_it() {
    let is_marked = |of: &Value, place: &str| {
        let found = of.pointer(place).unwrap_or_else(|| panic!("{place} in {of}"));
        found["writeOnly"] == json!(true)
    };
    for schema in [schema::<Composed>(false), schema::<Holder>(false)] {
        // A type that holds itself is there once, for all who refer to it.
        assert!(
            schema.to_string().contains("$ref") && is_marked(&schema, "/$defs/Rule/properties/token"),
            "{schema}"
        );
    }
    let schema = schema::<Holder>(false);
    assert!(is_marked(&schema, "/properties/pair/prefixItems/1/properties/token"));
    let by_number = schema["properties"]["by_number"]["patternProperties"].as_object().unwrap();
    assert!(by_number.values().all(|value| is_marked(value, "/properties/token")));
}

/// Secrets are marked, and every field says what it is for.
#[test]
fn the_schema_marks_secrets_and_describes_fields() {
    let schema = schema::<Config>(false);
    let model = &schema["properties"]["models"]["additionalProperties"];
    assert_eq!(model["properties"]["allowed_keys"]["writeOnly"], json!(true));
    assert_eq!(schema.to_string().matches("writeOnly").count(), 1);
    assert_eq!(model["required"], json!(["upstream", "enabled", "allowed_keys"]));
    assert_eq!(schema["required"], json!(["version"]));
    assert_eq!(schema["properties"]["retention"]["properties"]["events_days"]["default"], json!(90));
    assert_eq!(schema["properties"]["features"]["properties"]["auth"]["default"], json!(true));
    let mut described = 0;
    let mut parts = vec![&schema];
    while let Some(part) = parts.pop() {
        let properties =
            part["properties"].as_object().into_iter().flat_map(|properties| properties.values());
        for property in properties.chain(part.get("additionalProperties").filter(|inner| inner.is_object())) {
            assert!(property["description"].as_str().is_some_and(|text| text.len() > 10), "{property}");
            described += 1;
            parts.push(property);
        }
    }
    assert!(described >= 14, "{described}");
    jsonschema::meta::validate(&schema).expect("a schema of the draft that it names");
}

/// Every value in a document, by its pointer.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            pointers(value, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), all);
        }),
        Value::Array(elements) => {
            elements
                .iter()
                .enumerate()
                .for_each(|(index, value)| pointers(value, &format!("{at}/{index}"), all));
        }
        _ => {}
    }
}

/// One value replaced, or taken away, or a member added.
fn mutate(value: &mut Value, at: Index, by: Value, how: u8) {
    let mut all = Vec::new();
    pointers(value, "", &mut all);
    let pointer = at.get(&all);
    if how == 0 {
        if let Some((parent, name)) = pointer.rsplit_once('/') {
            match value.pointer_mut(parent) {
                Some(Value::Object(members)) => {
                    drop(members.remove(&name.replace("~1", "/").replace("~0", "~")));
                }
                Some(Value::Array(elements)) => drop(elements.pop()),
                _ => {}
            }
        }
        return;
    }
    let Some(place) = value.pointer_mut(pointer) else { return };
    match place {
        Value::Object(members) if how == 1 => drop(members.insert("debug".to_owned(), by)),
        Value::Array(elements) if how == 1 => elements.push(by),
        place => *place = by,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn they_agree_on_any_document_and_its_mutations(
        config in generate::config(),
        mutations in proptest::collection::vec((any::<Index>(), 0..3_u8, select(vec![
            json!(null), json!(true), json!(0), json!(1), json!(-1), json!(36_501), json!(0.5), json!(u64::MAX), json!(""), json!("*"),
            json!("a"), json!(" a"), json!("a//b"), json!([]), json!(["*"]), json!(["a", "a"]), json!([1]), json!({}),
            json!({"upstream": "u", "enabled": true, "allowed_keys": ["k"]}), json!({"enabled": true}),
        ])), 0..4),
        strict in any::<bool>(),
    ) {
        let mut value: Value = serde_json::from_str(&encode(&config).unwrap()).unwrap();
        for (at, how, by) in mutations {
            mutate(&mut value, at, by, how);
        }
        let text = value.to_string();
        prop_assert_eq!(theirs::<Config>(&text, strict), ours::<Config>(&text, strict), "{}", text);
    }
}

#[test]
fn descriptions_are_for_who_edits_the_file() {
    let schema = config_model::schema::<Config>(false).to_string();
    assert!(schema.contains("The config file of an API gateway.") && !schema.contains("```"), "{schema}");
}
