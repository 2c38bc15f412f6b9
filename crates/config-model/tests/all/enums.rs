//! Enums of a user's own, by every way that serde has to write them, and types that hold themselves.

use config_model::decode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::support::{Only, refused};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "is")]
enum Adjacent {
    Number(u8),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Internal {
    Small { size: u8 },
    Named { name: String },
}

#[test]
fn tagged_and_untagged_enums_have_a_place() {
    type All = (Vec<Untagged>, Vec<Adjacent>, Vec<Internal>);
    let problems = refused::<All>(
        r#"[[true, 256, "a"],
 [{"type": "Number", "is": "a"}, {"type": "Nmber", "is": 1}, {"is": 1}, {"type": "Text"}],
 [{"type": "Small"}, {"type": "Other"}, {"name": "a"}, {"type": "Named", "name": 1}]]"#,
    );
    insta::assert_snapshot!(problems, @r#"
    1:24: /it/0/0: data did not match any variant of untagged enum Untagged
    1:30: /it/0/1: data did not match any variant of untagged enum Untagged
    2:28: /it/1/0/is: expected a whole number, found a string
      help: remove the quotes
    2:43: /it/1/1/type: expected one of: Number, Text
    2:62: /it/1/2/type: the field `type` is missing
      help: add `"type": ...`
    2:73: /it/1/3/is: the field `is` is missing
      help: add `"is": ...`
    3:3: /it/2/0: the field `size` is missing
    3:31: /it/2/1/type: expected one of: Small, Named
    3:41: /it/2/2: the field `type` is missing
    3:56: /it/2/3: expected a string
    "#);
    refused_everywhere::<All>(&["[[", "]"], 3);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Rule {
    And(Box<Rule>, Box<Rule>),
    Not(Box<Rule>),
    Named { name: String, rule: Box<Rule> },
    Is(u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    rule: Box<Rule>,
    left: Option<Box<Tree>>,
    more: Vec<Tree>,
}

#[test]
fn a_recursive_type_ends() {
    for rule in [
        "5",
        "null",
        "\"And\"",
        "\"Is\"",
        r#"{"And": []}"#,
        r#"{"And": [{"Is": 1}, "And"]}"#,
        r#"{"Named": {}}"#,
        r#"{"Not": {"Not": {"Not": {"Or": 1}}}}"#,
    ] {
        let problems =
            refused::<Tree>(&format!(r#"{{"rule": {rule}, "left": {{"rule": {rule}}}, "more": [{{}}, 1]}}"#));
        assert!(problems.contains("/it/rule"), "{rule}: {problems}");
        assert!(problems.contains("/it/left/more: the field `more` is missing"), "{rule}: {problems}");
        assert!(problems.contains("/it/more/1: expected an object"), "{rule}: {problems}");
    }
    refused_everywhere::<Tree>(&["{\"rule\":", "}"], 4);
}

/// Wrong values at every depth of a small nest.
fn refused_everywhere<T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static>(
    around: &[&str; 2],
    depth: usize,
) {
    for value in ["null", "true", "-1", "1e3", "\"\"", "[]", "{}", "[[]]", "{\"a\": {}}"] {
        for depth in 0..depth {
            let text = around[0].repeat(depth) + value + &around[1].repeat(depth);
            let text = format!("{{\"version\": 1, \"it\": {text}}}");
            if let Err(problems) = decode::<Only<T>>(text.as_bytes()) {
                assert!(problems.iter().all(|problem| problem.place().is_some()), "{problems}");
            }
        }
    }
}
