//! The fast way of a text accepts nothing that the thorough way would refuse, warn of or read otherwise; and it does
//! accept what is good.

use std::collections::BTreeMap;
use std::fmt::Debug;

use config_model::{Config, Document, Limits, Problems, encode, ways};
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::cases::{ACCEPTED, OPEN, REFUSED, cases};
use crate::generate::{Dice, config, written};
use crate::odd::{Flat, Odd, Shape, object};
use crate::support::{LARGER, Only, SAMPLE};

/// Did the fast way accept? Then the thorough one has the same document, and nothing to say.
fn is_fast_within<D: Document + Debug>(bytes: &[u8], limits: Limits) -> bool {
    let Some(document) = ways::fast::<D>(bytes, limits) else { return false };
    let text = String::from_utf8_lossy(bytes);
    match ways::thorough::<D>(bytes, limits) {
        Ok(decoded) => {
            assert_eq!(decoded.document, document, "{text}");
            // As text, in which -0 and 0 differ.
            assert_eq!(format!("{:?}", decoded.document), format!("{document:?}"), "{text}");
            assert!(decoded.warnings.is_empty() && decoded.migrated.is_none(), "{text}");
        }
        Err(problems) => panic!("{text}\n{problems}"),
    }
    true
}

fn is_fast<D: Document + Debug>(text: impl AsRef<[u8]>) -> bool {
    is_fast_within::<D>(text.as_ref(), Limits::default())
}

/// The gateway's schema has nothing that the fast way leaves to the other but a hint for editors that is no string.
fn is_fast_when_clean(bytes: &[u8]) -> bool {
    let clean = ways::thorough::<Config>(bytes, Limits::default())
        .is_ok_and(|decoded| decoded.warnings.is_empty() && decoded.migrated.is_none());
    let is_fast = is_fast::<Config>(bytes);
    let text = String::from_utf8_lossy(bytes);
    assert!(is_fast == clean || text.contains("schema"), "{text}");
    is_fast
}

/// One accident: a byte gone, doubled, put in or another one; or a part of the text doubled.
fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len());
    let other = b"{}[],:\"\\019-.eEntfu \n/\x80\x01"[dice.below(24)];
    match dice.below(5) {
        0 => drop(bytes.remove(at)),
        1 => bytes.insert(at, bytes[at]),
        2 => bytes.insert(at, other),
        3 => bytes[at] = other,
        _ => {
            // From one comma or bracket to the next: often a whole member.
            let is_end = |byte: &u8| matches!(byte, b',' | b'{' | b'[' | b'}' | b']');
            let length = bytes[at + 1..].iter().position(is_end).unwrap_or(0) + 1;
            let part = bytes[at..at + length].to_vec();
            bytes.splice(at..at, part);
        }
    }
}

fn cases_of(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases_of(400))]

    #[test]
    fn a_good_config_is_read_the_fast_way(document in config()) {
        let text = encode(&document).unwrap();
        let fast = ways::fast::<Config>(text.as_bytes(), Limits::default());
        prop_assert_eq!(fast.as_ref(), Some(&document));
        prop_assert_eq!(ways::thorough::<Config>(text.as_bytes(), Limits::default()).unwrap().document, document);
    }

    #[test]
    fn a_config_after_accidents_is_read_the_same_both_ways(document in config(), seed: u64) {
        let mut dice = Dice::new(seed);
        let texts = [written(&document, &mut dice), encode(&document).unwrap()];
        for text in texts {
            is_fast_when_clean(text.as_bytes());
            for _ in 0..8 {
                let mut bytes = text.clone().into_bytes();
                for _ in 0..=dice.below(2) {
                    mutate(&mut bytes, &mut dice);
                }
                is_fast_when_clean(&bytes);
            }
        }
    }

    #[test]
    fn any_types_are_read_the_same_both_ways(seed: u64) {
        let mut dice = Dice::new(seed);
        for _ in 0..32 {
            let text = object(&mut dice, 0, &["\"version\": 1"]);
            let mut bytes = text.into_bytes();
            for _ in 0..3 {
                is_fast::<Odd>(&bytes);
                is_fast::<Flat>(&bytes);
                is_fast::<Only<Value>>(&bytes);
                mutate(&mut bytes, &mut dice);
            }
        }
    }
}

#[test]
fn half_of_random_texts_are_no_mere_refusals() {
    let mut dice = Dice::new(1);
    let (mut odd, mut flat) = (0, 0);
    for _ in 0..4000 {
        let text = object(&mut dice, 0, &["\"version\": 1"]);
        odd += usize::from(is_fast::<Odd>(&text));
        flat += usize::from(is_fast::<Flat>(&text));
    }
    println!("read the fast way: {odd} and {flat} of 4000");
    assert!(odd > 800 && flat > 800, "{odd} and {flat} of 4000");
}

#[test]
fn every_case_of_the_corpus_is_read_the_same_both_ways() {
    let mut fast = 0;
    for case in [ACCEPTED, REFUSED, OPEN].into_iter().flat_map(cases) {
        is_fast_when_clean(&case.bytes);
        for (before, after) in [
            ("{\"version\":1,\"it\":", "}"),
            ("{\"version\":1,\"it\":{\"a\":[0,", ",0]}}"),
            ("{\"version\":1,\"it\":{\"b\":1},\"it\":", "}"),
        ] {
            let text = [before.as_bytes(), &case.bytes, after.as_bytes()].concat();
            fast += usize::from(is_fast::<Only<Value>>(&text));
            for number in
                [is_fast::<Only<f64>>, is_fast::<Only<f32>>, is_fast::<Only<i64>>, is_fast::<Only<u8>>]
            {
                number(&text);
            }
            is_fast::<Only<String>>(&text);
            is_fast::<Only<Option<Shape>>>(&text);
        }
    }
    println!("read the fast way: {fast}");
    assert!(fast > 300, "{fast}");
}

#[test]
fn what_is_good_is_read_the_fast_way() {
    let all = r#"{"$schema": "s", "version": 1, "form": {"Ring": {"outer": -5}}, "weights": [1, -0, 0.1, 1e300],
        "pair": [-1, 0.5], "by_number": {"1": 2}, "by_truth": {"true": ["Dot", {"Nested": ["Dot", {"Box": [1, -1]}]}]},
        "tagged": [{"type": "Small", "size": 1}, {"name": "\u00e9", "type": "Named"}],
        "untagged": [1, "a", {"b": [null]}], "any": {"a": [1, "b", {"c": -1.5e2}]}, "unit": [null, null],
        "letter": "é", "inner": {"shape": {"Maybe": null}}}"#;
    assert!(is_fast::<Odd>(all));
    assert!(is_fast::<Flat>(all.replace("form", "shape")));
    for text in [SAMPLE, LARGER] {
        let decoded = ways::thorough::<Config>(text.as_bytes(), Limits::default()).unwrap();
        assert!(is_fast::<Config>(encode(&decoded.document).unwrap()));
    }
}

#[test]
fn what_is_odd_is_left_to_the_thorough_way() {
    for odd in [
        r#"{"version": 1, "x": 1}"#,
        r#"{"version": 2}"#,
        r#"{"version": 0}"#,
        r#"{"version": 1.0}"#,
        r#"{"version": "1"}"#,
        r#"{"version": 1, "version": 1}"#,
        r#"{"version": 1, "ver\u0073ion": 1}"#,
        r#"{"version": 1, "$schema": 1}"#,
        r#"{"version": 1, "$schema": "", "$schema": ""}"#,
        r#"{"version": 1, "weights": null}"#,
        r#"{"version": 1, "any": {"a": 1, "b": {}, "\u0061": 1}}"#,
        r#"{"version": 1, "by_number": {"1": 1, "1": 1}}"#,
        r#"{"version": 1, "by_number": {"01": 1}}"#,
        r#"{"version": 1, "shape": "Dot", "form": "Dot"}"#,
        r#"{"version": 1, "lenient": [0]}"#,
        r#"{"version": 1, "lenient": ["a"]}"#,
        r#"{"version": 1, "unread": [,]}"#,
        r#"{"version": 1, "unread": [1]}"#,
        r#"{"version": 1, "tagged": [{"type": "Small", "size": 1, "size": 1}]}"#,
        r#"{"version": 1, "inner": [null]}"#,
        r#"{"version": 1, "pair": [1, 2, 3]}"#,
        r#"{"version": 1, "any": "forbidden"}"#,
        r#"{"version": 1, "any": {"$serde_json::private::Number": "1"}}"#,
        r#"{"version": 1} 1"#,
        "[1]",
        "",
    ] {
        assert!(!is_fast::<Odd>(odd), "{odd}");
        is_fast::<Flat>(odd);
    }
    // An array passes for a struct with `serde_json`.
    assert!(serde_json::from_str::<Version>("[5]").is_ok());
    assert!(!is_fast::<Only<Version>>(r#"{"version": 1, "it": [5]}"#));
    assert!(!is_fast::<Only<Shape>>(r#"{"version": 1, "it": {"Ring": [1, 2]}}"#));
    assert!(!is_fast::<Only<IgnoredAnyField>>(r#"{"version": 1, "it": {"it": 1}}"#));
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct IgnoredAnyField {
    #[serde(skip_serializing)]
    it: Ignored,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// A type with a version of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Version {
    version: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Own {
    #[serde(flatten)]
    version: BTreeMap<String, Value>,
}

macro_rules! documents {
    ($($type:ty)*) => {$(
        impl Document for $type {
            const VERSION: u32 = 1;
            fn seed() -> Self {
                unreachable!("no test seeds it")
            }
            fn check(&self, _: &mut Problems) {}
        }
    )*};
}

documents!(Version Own);

#[test]
fn a_version_is_the_formats_or_the_types_own() {
    assert!(!is_fast::<Version>(r#"{"version": 1}"#));
    assert!(is_fast::<Own>(r#"{"version": 1, "a": {"version": 5}}"#));
    assert!(is_fast::<Only<Version>>(r#"{"it": {"version": 7}, "version": 1}"#));
}

#[test]
fn both_ways_have_the_same_limits() {
    let nested =
        |depth: usize| format!("{{\"version\": 1, \"it\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(is_fast::<Only<Value>>(nested(63)) && !is_fast::<Only<Value>>(nested(64)));
    let shapes = |depth: usize| {
        let (before, after) = ("{\"Nested\": [".repeat(depth), "]}".repeat(depth));
        format!("{{\"version\": 1, \"it\": {before}\"Dot\"{after}}}")
    };
    assert!(is_fast::<Only<Shape>>(shapes(31)) && !is_fast::<Only<Shape>>(shapes(32)));

    // 65,536 names and values, of which the root, two names, the version and the array are five.
    let limits = Limits { max_bytes: 200_000, strict: true, ..Limits::default() };
    let values = |count: usize| format!("{{\"version\": 1, \"it\": [{}0]}}", "0,".repeat(count - 1));
    for (count, is_allowed) in [(65_530, true), (65_531, true), (65_532, false)] {
        let text = values(count);
        assert_eq!(is_fast_within::<Only<Vec<u8>>>(text.as_bytes(), limits), is_allowed);
        assert_eq!(is_fast_within::<Only<Value>>(text.as_bytes(), limits), is_allowed);
        assert_eq!(ways::thorough::<Only<Value>>(text.as_bytes(), limits).is_ok(), is_allowed);
    }
    let text = values(9);
    let exact = Limits { max_bytes: text.len(), ..limits };
    assert!(is_fast_within::<Only<Value>>(text.as_bytes(), exact));
    let less = Limits { max_bytes: text.len() - 1, ..limits };
    assert!(!is_fast_within::<Only<Value>>(text.as_bytes(), less));
}
