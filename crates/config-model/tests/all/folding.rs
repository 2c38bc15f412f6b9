//! What is short is kept as one token while a text is rewritten. What comes of it is as if nothing was.

use std::collections::HashMap;

use config_model::{EncodeError, encode, rewrite, rewrite_accepted, rewrite_value};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::generate::{Dice, text};
use crate::support::{Only, only};

/// Stands for the first member of each object, which makes it short or long.
const PAD: u32 = 7_777_777;

const NAMES: [&str; 8] = ["a", "b", "\"{", "é\\n", "x", "[𝄞", "c", "d"];

fn any(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth == 0 { 6 } else { 12 }) {
        0 => Value::Null,
        1 => json!(dice.below(2) == 0),
        2 => json!(dice.below(3)),
        3 => json!([0.5, -0.0, 1e300][dice.below(3)]),
        4 | 5 => json!(NAMES[dice.below(8)]),
        6 | 7 => (0..dice.below(5)).map(|_| any(dice, depth - 1)).collect(),
        _ => object(dice, depth),
    }
}

fn object(dice: &mut Dice, depth: usize) -> Value {
    let mut members = Map::from_iter([("pad".to_owned(), json!(PAD))]);
    for _ in 0..dice.below(5) {
        members.insert(NAMES[dice.below(8)].to_owned(), any(dice, depth.saturating_sub(1)));
    }
    members.into()
}

/// One change at any depth.
fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Object(members) if dice.below(6) > 0 => {
            let name = members.keys().nth(dice.below(members.len())).cloned().unwrap_or_default();
            match dice.below(6) {
                _ if name == "pad" => drop(members.insert(NAMES[dice.below(8)].to_owned(), any(dice, 2))),
                0 => drop(members.shift_remove(&name)),
                // The same members, in another order.
                1 => drop(members.swap_remove(&name).and_then(|value| members.insert(name, value))),
                _ => change(&mut members[&name], dice),
            }
        }
        Value::Array(elements) if !elements.is_empty() && dice.below(6) > 0 => {
            let index = dice.below(elements.len());
            match dice.below(5) {
                0 => drop(elements.remove(index)),
                1 => elements.insert(index, any(dice, 2)),
                _ => change(&mut elements[index], dice),
            }
        }
        other => *other = any(dice, 2),
    }
}

/// What a program makes of it that does not know the name `x`, with pads of so many bytes.
fn known(value: &Value, pad: usize) -> Value {
    match value {
        Value::Object(members) => {
            let known = members.iter().filter(|(name, _)| *name != "x");
            known.map(|(name, value)| (name.clone(), known_member(name, value, pad))).collect()
        }
        Value::Array(elements) => elements.iter().map(|element| known(element, pad)).collect(),
        other => other.clone(),
    }
}

fn known_member(name: &str, value: &Value, pad: usize) -> Value {
    if name == "pad" { json!("p".repeat(pad)) } else { known(value, pad) }
}

fn laid_out(value: &Value, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("{value:#}\n"),
        1 => format!("{value:#}\n").replace('\n', "\r\n").replace("  ", "\t"),
        _ => text(value, dice),
    }
}

#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Any(Value);

impl config_model::Document for Any {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self(json!({}))
    }
    fn check(&self, _: &mut config_model::Problems) {}
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_folded_is_rewritten_as_what_is_not(seed: u64) {
        let dice = &mut Dice::new(seed);
        let old = object(dice, 4);
        let mut new = old.clone();
        (0..=dice.below(3)).for_each(|_| change(&mut new, dice));
        let source = laid_out(&old, dice);
        let rewritten = |pad: usize| {
            let source = source.replace(&PAD.to_string(), &format!("\"{}\"", "p".repeat(pad)));
            let (old, new) = (known(&old, pad), known(&new, pad));
            let on_values = rewrite_value(&source, &old, &new).unwrap();
            // With a version, which the text leaves out.
            let accepted = rewrite_accepted(&source, &Any(old.clone()), &Any(new.clone())).map_err(|e| e.to_string());
            let checked = rewrite(&source, &Any(old), &Any(new)).map_err(|e| e.to_string());
            assert_eq!(accepted, checked, "{source}");
            [on_values, checked.unwrap_or_default()]
        };
        let (short, long) = (rewritten(1), rewritten(1100));
        prop_assert_eq!(short, long.map(|text| text.replace(&"p".repeat(1100), "p")), "{}", source);
    }

    #[test]
    fn an_equal_map_in_another_order_changes_nothing(seed: u64) {
        type Maps = Vec<HashMap<String, HashMap<String, Vec<usize>>>>;
        let dice = &mut Dice::new(seed);
        let inner = |dice: &mut Dice| (0..dice.below(9)).map(|n| (format!("n{n}"), vec![n; dice.below(3)])).collect();
        let maps: Maps =
            (0..3).map(|_| (0..dice.below(40)).map(|n| (format!("m{n}"), inner(dice))).collect()).collect();
        let again: Maps = maps
            .iter()
            .map(|map| map.iter().map(|(name, map)| (name.clone(), map.clone().into_iter().collect())).collect())
            .collect();
        let source = encode(&only(maps.clone())).unwrap();
        let (old, mut new): (Only<Maps>, _) = (only(maps), only(again));
        prop_assert_eq!(&rewrite(&source, &old, &new).unwrap(), &source);
        prop_assert_eq!(&rewrite_accepted(&source, &old, &new).unwrap(), &source);
        if let Some(changed) = new.it[1].get_mut("m0").and_then(|map| map.get_mut("n1")) {
            changed.push(12345);
            let text = rewrite(&source, &old, &new).unwrap();
            prop_assert_eq!(text.matches("12345").count(), 1);
            prop_assert_eq!(config_model::decode::<Only<Maps>>(text.as_bytes()).unwrap().document, new);
        }
    }

    #[test]
    fn a_text_that_nobody_accepted_does_no_harm(seed: u64) {
        let dice = &mut Dice::new(seed);
        let old = object(dice, 4);
        let mut new = old.clone();
        change(&mut new, dice);
        let mut source: Vec<char> = laid_out(&old, dice).chars().collect();
        for _ in 0..dice.below(4) {
            let at = dice.below(source.len());
            match dice.below(3) {
                0 => drop(source.drain(at..)),
                1 => drop(source.splice(at..at, "{}[],:\"\\ é1".chars().nth(dice.below(11)))),
                _ => drop(source.splice(at..(at + 1).min(source.len()), [])),
            }
        }
        let source: String = source.into_iter().collect();
        let (old, new) = (Any(old), Any(new));
        let accepted = rewrite_accepted(&source, &old, &new);
        match rewrite(&source, &old, &new) {
            Ok(text) => prop_assert_eq!(accepted.unwrap(), text, "{}", source),
            Err(EncodeError::BrokenSource) => {}
            Err(error) => prop_assert_eq!(accepted.unwrap_err().to_string(), error.to_string()),
        }
    }
}
