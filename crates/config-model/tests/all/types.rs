//! Types of a user's own: whatever serde can express is decoded or refused with a place, never with a panic or a hang.

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use config_model::{Document, Pointer, Problem, Problems, decode, encode};
use serde::{Deserialize, Serialize};

use crate::support::{Only, only, refused};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Dot,
    Circle(f64),
    Box(u8, u8),
    Ring { inner: u8, outer: u8 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    shapes: Vec<Shape>,
    maybe: Option<NonZeroU8>,
    pair: (u8, String),
    by_number: BTreeMap<i64, char>,
    by_truth: BTreeMap<bool, u128>,
    deep: Vec<Vec<Inner>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Inner {
    ratio: f32,
    unit: (),
}

#[test]
fn every_kind_of_type_round_trips() {
    let all = Everything {
        shapes: vec![Shape::Dot, Shape::Circle(1.5), Shape::Box(1, 2), Shape::Ring { inner: 3, outer: 4 }],
        maybe: NonZeroU8::new(7),
        pair: (9, "nine".to_owned()),
        by_number: [(-5, 'a'), (5, 'é')].into(),
        by_truth: [(true, 1), (false, u128::from(u64::MAX))].into(),
        deep: vec![vec![], vec![Inner { ratio: 0.25, unit: () }]],
    };
    let text = encode(&only(all.clone())).unwrap();
    assert_eq!(decode::<Only<Everything>>(text.as_bytes()).unwrap().document.it, all);
}

#[test]
fn every_misfit_is_reported_in_one_pass() {
    let problems = refused::<Everything>(
        r#"{
 "shapes": ["Square", {"Circle": "big"}, "Circle", {"Box": [1]}, {"Ring": {"inner": 1}}, {"Dot": 1}, {"Dot": null, "Box": []}, 5],
 "maybe": 0,
 "pair": [1, "a", 2],
 "by_number": {"01": "a", "1": "ab"},
 "by_truth": {"yes": 1, "true": 1.0},
 "deep": [[{"ratio": 1e300, "unit": 0}], {}]
}"#,
    );
    insta::assert_snapshot!(problems, @r#"
    2:13: /it/shapes/0: expected one of: Dot, Circle, Box, Ring
    2:34: /it/shapes/1/Circle: expected a number, found a string
      help: remove the quotes
    2:42: /it/shapes/2: this variant has content: expected an object with its name
      help: write `{"variant": content}`
    2:60: /it/shapes/3/Box: expected an array of exactly 2 values
    2:75: /it/shapes/4/Ring/outer: the field `outer` is missing
      help: add `"outer": ...`
    2:90: /it/shapes/5: this variant has no content: write its name alone
    2:102: /it/shapes/6: expected an object with exactly one name, that of the variant
    2:128: /it/shapes/7: expected one of: Dot, Circle, Box, Ring, found a number
      help: put it in double quotes
    3:11: /it/maybe: expected a nonzero u8
    4:10: /it/pair: expected an array of exactly 2 values
    5:16: /it/by_number/01: this name is not valid here
    5:32: /it/by_number/1: expected a character
    6:15: /it/by_truth/yes: this name is not valid here
    6:33: /it/by_truth/true: expected a whole number, 0 or more
      help: write it in digits, without a fraction or an exponent
    7:22: /it/deep/0/0/ratio: expected a number within 32-bit floating point
    7:37: /it/deep/0/0/unit: expected null, found a number
    7:42: /it/deep/1: expected an array, found an object
      help: write `[...]`, also around a single value
    "#);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Address(String);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains(':') { Ok(Self(text)) } else { Err(format!("{text:?} has no port")) }
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

#[test]
fn a_message_that_echoes_the_value_is_not_shown() {
    for value in ["sentinel", r#"a\"sentinel"#, r"line\nsentinel", r"\u0001sentinel", "SENTINELsentinel"] {
        let problems = refused::<Address>(&format!("\"{value}\""));
        assert!(!problems.contains("sentinel"), "{problems}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(problems, @"1:22: /it: this value is not valid here");
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Server {
    address: Address,
    port: NonZeroU8,
    name: String,
    weight: u8,
}

#[test]
fn a_value_without_a_neutral_one_does_not_hide_its_neighbours() {
    let problems = refused::<Vec<Server>>(
        r#"[
  {"address": "here", "port": "80", "name": 1, "weight": true},
  {"address": 5, "port": 0, "name": 2, "weight": 256},
  {"name": 3}
]"#,
    );
    insta::assert_snapshot!(problems, @r#"
    2:15: /it/0/address: this value is not valid here
    2:31: /it/0/port: expected a whole number, found a string
      help: remove the quotes
    2:45: /it/0/name: expected a string, found a number
      help: put it in double quotes
    2:58: /it/0/weight: expected a whole number, found true or false
    3:15: /it/1/address: expected a string, found a number
      help: put it in double quotes
    3:26: /it/1/port: expected a nonzero u8
    3:37: /it/1/name: expected a string, found a number
      help: put it in double quotes
    3:50: /it/1/weight: expected a whole number from 0 to 255
    4:3: /it/2/address: the field `address` is missing
      help: add `"address": ...`
    4:12: /it/2/name: expected a string, found a number
      help: put it in double quotes
    "#);
    let problems =
        refused::<BTreeMap<String, Server>>(r#"{"a": {"name": 1}, "b": {"weight": 1, "address": "c"}}"#);
    insta::assert_snapshot!(problems, @r#"
    1:28: /it/a/address: the field `address` is missing
      help: add `"address": ...`
    1:37: /it/a/name: expected a string, found a number
      help: put it in double quotes
    1:71: /it/b/address: this value is not valid here
    "#);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Aliased {
    #[serde(alias = "host")]
    name: String,
    size: u8,
}

#[test]
fn a_field_by_its_alias_is_not_missing_because_another_struct_lacks_it() {
    let problems = refused::<Vec<Aliased>>(
        r#"[{"size": 1}, {"host": "a"}, {"host": "a", "size": 2}, {"host": "b", "name": "c", "size": 1}]"#,
    );
    insta::assert_snapshot!(problems, @r#"
    1:23: /it/0/name: the field `name` is missing
      help: add `"name": ...`
    1:36: /it/1/size: the field `size` is missing
      help: add `"size": ...`
    1:77: /it/3: the field `name` is given under two of its names
    "#);
}

mod one {
    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub(crate) struct Twin {
        pub(crate) left: u8,
        #[serde(default)]
        pub(crate) right: u8,
    }
}

mod two {
    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub(crate) struct Twin {
        #[serde(default)]
        pub(crate) left: u8,
        pub(crate) right: u8,
    }
}

#[test]
fn structs_with_the_same_names_of_fields_are_told_apart() {
    let problems =
        refused::<(one::Twin, two::Twin, one::Twin, two::Twin)>(r#"[{}, {}, {"left": 1}, {"right": 1}]"#);
    insta::assert_snapshot!(problems, @r#"
    1:23: /it/0/left: the field `left` is missing
      help: add `"left": ...`
    1:27: /it/1/right: the field `right` is missing
      help: add `"right": ...`
    "#);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    name: String,
    inner: StrictInner,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictInner {
    size: u8,
}

impl Document for Strict {
    const VERSION: u32 = 2;
    fn seed() -> Self {
        Self { name: "a".to_owned(), inner: StrictInner { size: 1 } }
    }
    fn check(&self, _: &mut Problems) {}
}

#[test]
fn deny_unknown_fields_knows_the_fields_of_the_format() {
    let text = r#"{"$schema": "x", "version": 2, "name": "a", "inner": {"size": 1}}"#;
    let decoded = decode::<Strict>(text.as_bytes()).unwrap();
    assert_eq!(decoded.document, Strict::seed());
    assert!(decoded.warnings.is_empty());
    let text = r#"{"version": 2, "naem": 1, "other": 1, "inner": {"size": "1", "sizes": 1, "version": 1}}"#;
    insta::assert_snapshot!(decode::<Strict>(text.as_bytes()).unwrap_err(), @r#"
    1:1: /name: the field `name` is missing
      help: `naem` is not known here: rename it, if it was meant to be `name`
    1:16: /naem: this field is not known
      help: did you mean `name`?
    1:27: /other: this field is not known
      help: known here: name, inner
    1:57: /inner/size: expected a whole number, found a string
      help: remove the quotes
    1:62: /inner/sizes: this field is not known
      help: did you mean `size`?
    1:74: /inner/version: this field is not known
      help: known here: size
    "#);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    name: String,
    #[serde(flatten)]
    inner: StrictlyRequired,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StrictlyRequired {
    size: u8,
}

impl Document for Flat {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { name: String::new(), inner: StrictlyRequired { size: 1 }, rest: BTreeMap::new() }
    }
    fn check(&self, problems: &mut Problems) {
        if self.inner.size == 0 {
            problems.push(Problem::rule(Pointer::root().key("size"), "must not be 0"));
        }
    }
}

#[test]
fn a_flattened_rest_does_not_hold_the_fields_of_the_format() {
    let text = r#"{"$schema": "x", "version": 1, "name": "a", "size": 1, "more": "b"}"#;
    let decoded = decode::<Flat>(text.as_bytes()).unwrap().document;
    assert_eq!(decoded.rest, [("more".to_owned(), "b".to_owned())].into());
    let again = encode(&Flat::seed()).unwrap();
    assert_eq!(decode::<Flat>(again.as_bytes()).unwrap().document, Flat::seed());
}

#[test]
fn a_field_missing_from_a_flattened_struct_is_reported_once() {
    let problems =
        refused::<Vec<Flat>>(r#"[{"name": "a"}, {"name": 1, "size": 1}, {"size": 300, "name": "a"}]"#);
    insta::assert_snapshot!(problems, @"
    1:23: /it/0: the field `size` is missing
    1:47: /it/1/name: expected a string, found a number
      help: put it in double quotes
    1:62: /it/2: expected u8
    ");
    insta::assert_snapshot!(decode::<Flat>(br#"{"version": 1, "name": "a", "x": 1}"#).unwrap_err(), @"1:1: (document): the field `size` is missing");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ruled {
    list: Vec<Address>,
    limit: u8,
}

impl Document for Ruled {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { list: Vec::new(), limit: 1 }
    }
    fn check(&self, problems: &mut Problems) {
        for (index, address) in self.list.iter().enumerate() {
            if address.0.ends_with(":0") {
                problems.push(Problem::rule(Pointer::root().key("list").index(index), "has port 0"));
            }
        }
        if self.limit == 0 {
            problems.push(Problem::rule(Pointer::root().key("limit"), "must not be 0"));
        }
    }
}

#[test]
fn a_rule_is_not_reported_at_the_index_of_another_element() {
    let text = br#"{"version": 1, "list": ["bad", "a:1", "b:0"], "limit": 0}"#;
    insta::assert_snapshot!(decode::<Ruled>(text).unwrap_err(), @"
    1:25: /list/0: this value is not valid here
    1:56: /limit: must not be 0
    ");
    let text = br#"{"version": 1, "list": ["a:1", "b:0"], "limit": 0}"#;
    insta::assert_snapshot!(decode::<Ruled>(text).unwrap_err(), @"
    1:32: /list/1: has port 0
    1:49: /limit: must not be 0
    ");
}
