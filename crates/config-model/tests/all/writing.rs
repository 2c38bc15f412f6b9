//! What schemas other than the gateway's are written as: maps without an order, flattened ones, numbers of any width.

use std::collections::{BTreeMap, HashMap};

use config_model::{Document, EncodeError, Pointer, Problems, decode, diff, encode, rewrite, span_of};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::generate::{Dice, text};
use crate::support::only;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Service {
    ratio: f32,
    offset: i64,
    label: Option<String>,
    routes: HashMap<String, Route>,
    by_port: BTreeMap<u16, Route>,
    #[serde(flatten)]
    more: More,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct More {
    depth: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Route {
    to: String,
    weights: Vec<f64>,
}

impl Document for Service {
    const VERSION: u32 = 3;
    fn seed() -> Self {
        Self::default()
    }
    fn check(&self, _: &mut Problems) {}
}

const NAMES: [&str; 8] = ["a", "b", "\"", "é\\n", "x/y~", "𝄞", "long name", "c"];

fn route(dice: &mut Dice) -> Route {
    let weights = (0..dice.below(4)).map(|_| [0.25, 1.0, 1e15, -2.5][dice.below(4)]).collect();
    Route { to: NAMES[dice.below(8)].to_owned(), weights }
}

/// A change that leaves every member where it is.
fn changed_in_place(service: &mut Service, dice: &mut Dice) {
    match dice.below(5) {
        0 => service.offset = service.offset.wrapping_add(1),
        1 => service.ratio += 0.5,
        2 => service.more.depth ^= 1,
        3 => {
            if let Some(route) = service.routes.get_mut(NAMES[dice.below(8)]) {
                route.to.push('!');
            }
        }
        _ => {
            if let Some(weight) = service.by_port.get_mut(&7).and_then(|route| route.weights.first_mut()) {
                *weight += 1.0;
            }
        }
    }
}

fn changed(service: &mut Service, dice: &mut Dice) {
    let name = NAMES[dice.below(8)].to_owned();
    match dice.below(7) {
        0 => drop(service.routes.insert(name, route(dice))),
        1 => drop(service.routes.remove(&name)),
        2 => drop(service.by_port.insert(7, route(dice))),
        3 => service.by_port.clear(),
        4 => service.label = (dice.below(2) == 0).then_some(name),
        5 => drop(service.more.rest.insert(format!("x-{}", dice.below(3)), json!([name, {"y": 1}]))),
        // As many, in another order.
        _ => service.routes = service.routes.drain().collect(),
    }
}

/// Every value without members or elements in it, by its place, and every empty one.
fn leaves(value: &Value, at: &Pointer, found: &mut Vec<(Pointer, Value)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, value)| leaves(value, &at.key(name), found));
        }
        other => found.push((at.clone(), other.clone())),
    }
}

fn written(value: &Value, dice: &mut Dice) -> String {
    let text = match dice.below(3) {
        0 => format!("{value:#}\n"),
        1 => format!("{value:#}\n").replace('\n', "\r\n").replace("  ", "\t"),
        _ => text(value, dice),
    };
    if dice.below(4) == 0 { text.replace("\"offset\"", "\"\\u006fffset\"") } else { text }
}

fn value(service: &Service) -> Value {
    serde_json::from_str(&encode(service).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_did_not_change_keeps_its_bytes(seed: u64) {
        let dice = &mut Dice::new(seed);
        let mut old = Service { offset: 5, ..Service::default() };
        (0..dice.below(9)).for_each(|_| changed(&mut old, dice));
        let source = written(&value(&old), dice);
        let old = decode::<Service>(source.as_bytes()).unwrap().document;
        let mut new = old.clone();
        (0..dice.below(4)).for_each(|_| changed(&mut new, dice));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        (0..dice.below(4)).for_each(|_| changed_in_place(&mut new, dice));
        let text = rewrite(&source, &old, &new).unwrap();
        prop_assert_eq!(&decode::<Service>(text.as_bytes()).unwrap().document, &new, "{}\nbecame\n{}", source, text);
        leaves(&value(&old), &Pointer::root(), &mut before);
        leaves(&value(&new), &Pointer::root(), &mut after);
        for (place, value) in &before {
            if after.contains(&(place.clone(), value.clone())) && let Some(span) = span_of(&source, place) {
                prop_assert_eq!(span_of(&text, place).map(|span| &text[span]), Some(&source[span]), "{}", place);
            }
        }
        prop_assert_eq!(text == source, old == new);
        prop_assert_eq!(diff(&old, &new).unwrap().is_empty(), old == new);
    }

    #[test]
    fn changes_in_place_are_all_that_changes(seed: u64) {
        let dice = &mut Dice::new(seed);
        let mut old = Service { offset: 5, ..Service::default() };
        (0..dice.below(9)).for_each(|_| changed(&mut old, dice));
        let source = written(&value(&old), dice);
        let mut new = decode::<Service>(source.as_bytes()).unwrap().document;
        (0..dice.below(4)).for_each(|_| changed_in_place(&mut new, dice));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        leaves(&value(&old), &Pointer::root(), &mut before);
        leaves(&value(&new), &Pointer::root(), &mut after);
        let mut edits: Vec<_> = after.iter().filter(|leaf| !before.contains(leaf)).collect();
        edits.sort_by_key(|(place, _)| std::cmp::Reverse(span_of(&source, place).unwrap().start));
        let mut expected = source.clone();
        for (place, value) in edits {
            let mut place = place.clone();
            let value = match value {
                Value::Array(elements) => {
                    place = place.index(0);
                    &elements[0]
                }
                other => other,
            };
            expected.replace_range(span_of(&source, &place).unwrap(), &value.to_string());
        }
        prop_assert_eq!(rewrite(&source, &old, &new).unwrap(), expected);
    }
}

#[test]
fn a_map_of_many_names_changes_in_any_order() {
    let names = |range: std::ops::Range<u32>| range.map(|index| (format!("n{index}"), index));
    let old: HashMap<String, u32> = names(0..200).collect();
    let source = encode(&only(old.clone())).unwrap();
    // Built anew, so that it has another order, with some names gone, some changed and some new.
    let mut new: HashMap<String, u32> = names(20..220).collect();
    new.insert("n77".to_owned(), 7);
    let text = rewrite(&source, &only(old.clone()), &only(new.clone())).unwrap();
    assert_eq!(
        decode::<crate::support::Only<HashMap<String, u32>>>(text.as_bytes()).unwrap().document.it,
        new
    );
    let kept = |line: &&str| line.contains(": ") && !line.contains("\"n77\"");
    let kept = source.lines().filter(kept).filter(|line| text.lines().any(|other| other == *line)).count();
    assert!(kept >= 178, "{text}");
    let again: HashMap<String, u32> = old.clone().into_iter().collect();
    assert_eq!(rewrite(&source, &only(old), &only(again)).unwrap(), source);
}

#[test]
fn a_name_that_a_flattened_map_repeats_is_written_once() {
    let mut service = Service::default();
    service.more.rest.insert("offset".to_owned(), json!(9));
    service.more.rest.insert("version".to_owned(), json!(9));
    service.more.rest.insert("x".to_owned(), json!({"version": 9}));
    let written: Map<String, Value> = serde_json::from_str(&encode(&service).unwrap()).unwrap();
    assert_eq!(encode(&service).unwrap().matches("\"offset\"").count(), 1);
    assert_eq!((&written["version"], &written["offset"]), (&json!(3), &json!(9)));
    assert_eq!(written["x"], json!({"version": 9}));
}

#[test]
fn numbers_have_the_digits_that_readers_of_doubles_see() {
    let text = encode(&only((0.1_f32, 0.1_f64, -0.0_f64, f64::NAN, u64::MAX, i64::MIN, 5_i128))).unwrap();
    let expected = "[0.10000000149011612, 0.1, -0.0, null, 18446744073709551615, -9223372036854775808, 5]";
    assert!(
        text.replace("\n    ", " ").replace("[ ", "[").replace("\n  ]", "]").contains(expected),
        "{text}"
    );
    let wide = only(u128::MAX);
    assert!(matches!(encode(&wide), Err(EncodeError::Serialize(_))));
    let names = only(BTreeMap::from([(1_i64, true), (-2, false)]));
    assert!(encode(&names).unwrap().contains("\"-2\": false,\n    \"1\": true"));
}
