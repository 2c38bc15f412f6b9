//! A schema with a field of each kind, one without a list of its fields, and random texts of them.

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use config_model::{Document, Pointer, Problem, Problems};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::generate::Dice;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Shape {
    Dot,
    Circle(f64),
    Box(u8, i8),
    Ring {
        #[serde(default)]
        inner: Option<u16>,
        outer: i64,
    },
    Maybe(Option<bool>),
    Nested(Vec<Shape>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub(crate) enum Tagged {
    Small { size: u8 },
    Named { name: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Untagged {
    Number(f64),
    Text(char),
    Any(BTreeMap<String, Value>),
}

/// Takes whatever its own reader makes of a misfit.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Lenient(Option<NonZeroU8>);

impl<'de> Deserialize<'de> for Lenient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(NonZeroU8::deserialize(deserializer).ok()))
    }
}

/// Does not look at its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Unread;

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unit;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wrapped(u32);

/// A field of each kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Odd {
    #[serde(alias = "form", alias = "r#shape")]
    pub(crate) shape: Option<Shape>,
    pub(crate) weights: Vec<f64>,
    pub(crate) pair: Option<(i32, f32)>,
    pub(crate) by_number: BTreeMap<u16, Wrapped>,
    pub(crate) by_truth: BTreeMap<bool, Vec<Shape>>,
    pub(crate) tagged: Vec<Tagged>,
    pub(crate) untagged: Vec<Untagged>,
    pub(crate) any: Value,
    pub(crate) lenient: Vec<Lenient>,
    pub(crate) unread: Vec<Unread>,
    pub(crate) unit: (Unit, ()),
    pub(crate) wide: i128,
    pub(crate) letter: Option<char>,
    pub(crate) inner: Option<Box<Odd>>,
}

/// The same without a list of its fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flat {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) odd: Odd2,
    #[serde(flatten)]
    pub(crate) rest: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Odd2 {
    #[serde(default)]
    pub(crate) shape: Option<Shape>,
    #[serde(default)]
    pub(crate) weights: Vec<f64>,
}

macro_rules! documents {
    ($($type:ty)*) => {$(
        impl Document for $type {
            const VERSION: u32 = 1;
            fn seed() -> Self {
                unreachable!("no test seeds it")
            }
            fn check(&self, problems: &mut Problems) {
                if format!("{self:?}").contains("forbidden") {
                    problems.push(Problem::rule(Pointer::root(), "a word is forbidden"));
                }
            }
        }
    )*};
}

documents!(Odd Flat);

/// Values, each of some type and some of none.
const VALUES: [&str; 48] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "255",
    "256",
    "-1",
    "7.0",
    "1e3",
    "1.5",
    "-0.0",
    "1e400",
    "1E-400",
    "0.1",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "2.2250738585072011e-308",
    "123456789012345678901234567890",
    "3.5e38",
    "\"\"",
    "\"a\"",
    "\"\\u00e9\"",
    "\"\\ud834\\udd1e\"",
    "\"\\ud834\"",
    "\"Dot\"",
    "\"D\\u006ft\"",
    "\"forbidden\"",
    "{\"Dot\": null}",
    "{\"Dot\": 1}",
    "{\"Circle\": 2}",
    "{\"Box\": [1, -2]}",
    "{\"Box\": [1]}",
    "{\"Box\": [1, 2, 3]}",
    "{\"Ring\": {\"outer\": 5}}",
    "{\"Ring\": {\"inner\": 1, \"outer\": 2, \"x\": 3}}",
    "{\"Maybe\": null}",
    "{\"Dot\": null, \"Dot\": null}",
    "{\"type\": \"Small\", \"size\": 3}",
    "{\"name\": \"n\", \"type\": \"Named\"}",
    "{}",
    "[]",
    "[1, 2.5]",
    "{\"1\": 2}",
    "{\"true\": [\"Dot\"]}",
];

const FIELDS: [&str; 24] = [
    "shape",
    "form",
    "weights",
    "pair",
    "by_number",
    "by_truth",
    "tagged",
    "untagged",
    "any",
    "lenient",
    "unread",
    "unit",
    "wide",
    "letter",
    "inner",
    "shape",
    "weights",
    "name",
    "x",
    "sh\\u0061pe",
    "version",
    "$schema",
    "a",
    "b",
];

fn value(dice: &mut Dice, depth: usize) -> String {
    match dice.below(if depth > 3 { 4 } else { 7 }) {
        4 => {
            let count = dice.below(4);
            let inner: Vec<_> = (0..count).map(|_| value(dice, depth + 1)).collect();
            format!("[{}]", inner.join(", "))
        }
        5 => object(dice, depth + 1, &[]),
        6 => format!("{{\"Nested\": [{}]}}", value(dice, depth + 1)),
        _ => VALUES[dice.below(VALUES.len())].to_owned(),
    }
}

/// An object of random members, among them `more`.
pub(crate) fn object(dice: &mut Dice, depth: usize, more: &[&str]) -> String {
    let mut members: Vec<_> = more.iter().map(|&member| member.to_owned()).collect();
    for _ in 0..dice.below(4) {
        let name = FIELDS[dice.below(FIELDS.len())];
        members.push(format!("\"{name}\": {}", value(dice, depth)));
    }
    let first = dice.below(members.len());
    members.rotate_left(first);
    format!("{{{}}}", members.join(","))
}
