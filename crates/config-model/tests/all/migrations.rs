//! From older versions: composed, in order, with everything that the steps do not touch kept as it was written.

use config_model::{
    Config, Document, Fields, Limits, Migrations, Pointer, Problem, ProblemKind, Problems, decode,
    decode_with,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Third {
    name: String,
    limits: Limit,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Limit {
    per_second: u32,
}

/// Version 1 called it `rate`, a number in a string; version 2 called it `per_second`, at the root.
fn number(fields: &mut Fields) -> Result<(), Problem> {
    let Some(rate) = fields.shift_remove("rate") else { return Ok(()) };
    let number = rate.as_str().and_then(|rate| rate.parse::<u32>().ok());
    let problem =
        || Problem::rule(Pointer::root().key("rate"), "the rate is not a number").with_help("write digits");
    fields.insert("per_second".to_owned(), number.ok_or_else(problem)?.into());
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of a step")]
fn nest(fields: &mut Fields) -> Result<(), Problem> {
    if let Some(rate) = fields.shift_remove("per_second") {
        fields.insert("limits".to_owned(), json!({"per_second": rate}));
    }
    Ok(())
}

impl Document for Third {
    const VERSION: u32 = 3;
    fn seed() -> Self {
        Self { name: String::new(), limits: Limit { per_second: 1 } }
    }
    fn migrations() -> Migrations {
        Migrations::from_version(1).then(number).then(nest)
    }
    fn check(&self, problems: &mut Problems) {
        if self.limits.per_second == 0 {
            let at = Pointer::root().key("limits").key("per_second");
            problems.push(Problem::rule(at, "must be at least 1"));
        }
        if self.name.is_empty() {
            problems.push(Problem::rule(Pointer::root().key("name"), "must not be empty"));
        }
    }
}

#[test]
fn an_old_text_is_brought_up_and_keeps_what_the_steps_leave() {
    let text = "{ \"x\": [1.50,\n 1e-400],\t\"version\": 1, \"rate\": \"5\",\r\n \"name\": \"\\u0061\" }";
    let decoded = decode::<Third>(text.as_bytes()).unwrap();
    assert_eq!(decoded.document, Third { name: "a".to_owned(), limits: Limit { per_second: 5 } });
    let migrated = decoded.migrated.unwrap();
    assert_eq!(migrated.from, 1);
    insta::assert_snapshot!(migrated.text.replace('\r', "␍").replace('\t', "→"), @r#"
    { "x": [1.50,
     1e-400],→"version": 3,␍
     "name": "\u0061", "limits": {␍
        "per_second": 5␍
      } }
    "#);
    insta::assert_snapshot!(decoded.warnings, @"
    1:3: /x: this field is not known
      help: known here: name, limits
    ");
    let again = decode::<Third>(migrated.text.as_bytes()).unwrap();
    assert_eq!((again.document, again.migrated), (decoded.document, None));
    let two = decode::<Third>(br#"{"version": 2, "per_second": 5, "name": "a"}"#).unwrap();
    assert_eq!(two.migrated.unwrap().from, 2);
}

#[test]
fn a_problem_of_a_step_and_one_after_it_have_a_place() {
    insta::assert_snapshot!(decode::<Third>(b"{\"version\": 1,\n \"rate\": \"x\", \"name\": 5}").unwrap_err(), @"
    2:10: /rate: the rate is not a number
      help: write digits
    ");
    insta::assert_snapshot!(decode::<Third>(b"{\"version\": 2,\n \"name\": \"\",\n \"per_second\": 0}").unwrap_err(), @"
    1:1: /limits/per_second: must be at least 1
      help: found after the migration from version 2 to version 3
    2:10: /name: must not be empty
      help: found after the migration from version 2 to version 3
    ");
    insta::assert_snapshot!(decode::<Third>(b"{\"version\": 2,\n \"name\": 1,\n \"nmae\": 0}").unwrap_err(), @r#"
    1:1: /limits: the field `limits` is missing
      help: add `"limits": ...` (found after the migration from version 2 to version 3)
    2:10: /name: expected a string, found a number
      help: put it in double quotes (found after the migration from version 2 to version 3)
    "#);
    let strict = Limits { strict: true, ..Limits::default() };
    let text = b"{\"version\": 2,\n \"name\": \"a\", \"per_second\": 1,\n \"per_secnd\": 1}";
    insta::assert_snapshot!(decode_with::<Third>(text, strict).unwrap_err(), @"
    3:2: /per_secnd: this field is not known
      help: known here: name, limits (found after the migration from version 2 to version 3)
    ");
}

#[test]
fn versions_that_are_not_read_are_refused() {
    insta::assert_snapshot!(decode::<Third>(b"{\"version\": 0}").unwrap_err(), @"
    1:13: /version: version 0 is not read by this program, only 1 to 3
      help: bring it up with the program's older releases, or write it anew
    ");
    insta::assert_snapshot!(decode::<Third>(b"{\"version\": 4}").unwrap_err(), @"
    1:13: /version: the document's version 4 is newer than version 3 of this program
      help: use a newer program; this one leaves the file as it is
    ");
    // What is not strict JSON is not migrated.
    let problems = decode::<Third>(b"{\"version\": 1, \"rate\": \"1\", \"rate\": \"2\"}").unwrap_err();
    assert!(problems.len() == 1 && problems.has(ProblemKind::Syntax));
}

/// Its steps do not arrive at its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Short {}

impl Document for Short {
    const VERSION: u32 = 5;
    fn seed() -> Self {
        Self {}
    }
    fn migrations() -> Migrations {
        Migrations::from_version(3).then(|_| Ok(()))
    }
    fn check(&self, _: &mut Problems) {}
}

/// Its step nests deeper than any text may be, and writes a version of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Deep {}

impl Document for Deep {
    const VERSION: u32 = 2;
    fn seed() -> Self {
        Self {}
    }
    fn migrations() -> Migrations {
        Migrations::from_version(1).then(|fields| {
            let deep = (0..fields.len() * 70).fold(json!(1), |inner, _| json!([inner]));
            fields.insert("deep".to_owned(), deep);
            fields.insert("version".to_owned(), json!(9));
            Ok(())
        })
    }
    fn check(&self, _: &mut Problems) {}
}

#[test]
fn mistakes_of_the_program_are_told_from_those_of_the_file() {
    insta::assert_snapshot!(decode::<Short>(b"{\"version\": 3}").unwrap_err(), @"
    1:13: /version: this program writes version 5, but its migrations arrive at 4
      help: this is a mistake in the program, not in the file
    ");
    insta::assert_snapshot!(decode::<Deep>(b"{\"version\": 1, \"a\": 1}").unwrap_err(), @"
    1:1: /deep/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*: arrays and objects are nested deeper than 64 levels
      help: flatten the document (found after the migration from version 1 to version 2)
    ");
    // The version is the decoder's, whatever a step writes.
    let decoded = decode::<Deep>(b"{\"version\": 1}").unwrap();
    assert_eq!(decoded.migrated.unwrap().text, "{\"version\": 2, \"deep\": 1}");
}

#[test]
fn apply_wants_an_object_with_a_version_it_knows() {
    let steps = Third::migrations();
    assert_eq!(steps.arrives_at(), Some(3));
    assert_eq!(Migrations::none().arrives_at(), None);
    assert_eq!(Migrations::from_version(u32::MAX).then(nest).arrives_at(), None);
    for (document, to, message) in [
        (json!([]), 3, "the document is not an object"),
        (json!({}), 3, "the document has no version"),
        (json!({"version": "1"}), 3, "the document has no version"),
        (json!({"version": 1.0}), 3, "the document has no version"),
        (json!({"version": -1}), 3, "the document has no version"),
        (json!({"version": 4_294_967_296_u64}), 3, "the document has no version"),
        (json!({"version": 0}), 3, "version 0 is not read by this program, only 1 to 3"),
        (json!({"version": 3}), 2, "version 3 is not read by this program, only 1 to 2"),
        (json!({"version": 1}), 4, "this program has no steps from version 1 to version 4"),
    ] {
        assert_eq!(steps.apply(&document, to).unwrap_err().message(), message);
    }
    assert!(decode::<Config>(b"{\"version\": 0}").is_err());
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<i64>().prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec(("[a-z]{1,2}", inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn steps_compose(
        mut members in proptest::collection::vec(("[a-z]{1,3}|rate|per_second|limits", value()), 0..6),
        from in 1..=3_u32,
        at in 0..6_usize,
    ) {
        members.insert(at.min(members.len()), ("version".to_owned(), from.into()));
        let document = Value::Object(members.into_iter().collect());
        let steps = Third::migrations();
        // As texts: the order of members counts.
        prop_assert_eq!(steps.apply(&document, from).unwrap().to_string(), document.to_string());
        for between in from..=3 {
            let whole = steps.apply(&document, 3);
            let parts = steps.apply(&document, between).and_then(|part| steps.apply(&part, 3));
            prop_assert_eq!(whole.as_ref().map(Value::to_string), parts.as_ref().map(Value::to_string));
            if let Ok(whole) = whole {
                prop_assert_eq!(&steps.apply(&whole, 3).unwrap(), &whole);
                let touched = ["rate", "per_second", "limits", "version"];
                let names = |value: &Value| value.as_object().unwrap().iter()
                    .filter(|(name, _)| !touched.contains(&name.as_str()))
                    .map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
                prop_assert_eq!(names(&whole), names(&document));
            }
        }
        // As a text: never a panic, and what is accepted says the same from its new text.
        if let Ok(decoded) = decode::<Third>(document.to_string().as_bytes())
            && let Some(migrated) = decoded.migrated
        {
            let again = decode::<Third>(migrated.text.as_bytes()).unwrap();
            prop_assert_eq!(again.document, decoded.document);
            prop_assert_eq!(again.migrated, None);
        }
    }
}
