//! What holds for every document, every layout and every change.

use config_model::{Change, ChangeKind, Config, Pointer, decode, diff, effective, encode, rewrite, span_of};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::generate::{Dice, change, config, written};
use crate::support::{SAMPLE, checked};

/// A failure is shrunk and printed with its input, which is then written down as a test of its own with a name: no
/// files of seeds, which stop meaning anything when a strategy changes.
fn few(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// The unknown fields of a text, as they are written, by their places.
fn unknown(text: &str, document: &Config) -> Vec<(Pointer, String)> {
    let root = Pointer::root();
    let mut places = vec![root.clone(), root.key("retention"), root.key("features")];
    places.extend(document.models.keys().map(|alias| root.key("models").key(alias)));
    let fields = places.iter().flat_map(|place| (0..3).map(|index| place.key(&format!("x-{index}"))));
    let mut found: Vec<_> =
        fields.filter_map(|field| span_of(text, &field).map(|span| (field, text[span].to_owned()))).collect();
    found.sort();
    found
}

fn decoded(text: &str) -> Config {
    decode::<Config>(text.as_bytes()).unwrap_or_else(|problems| panic!("{text}\n{problems}")).document
}

proptest! {
    #![proptest_config(few(200))]

    #[test]
    fn a_new_text_says_what_was_encoded(document in config()) {
        let text = encode(&document).unwrap();
        let decoded = decode::<Config>(text.as_bytes()).unwrap();
        prop_assert!(decoded.document.models.keys().eq(document.models.keys()));
        prop_assert_eq!(decoded.document, document);
        prop_assert!(decoded.warnings.is_empty());
    }

    #[test]
    fn layout_means_nothing(document in config(), seed: u64) {
        let text = written(&document, &mut Dice::new(seed));
        prop_assert_eq!(decoded(&text), document.clone());
        let effective = effective(&text, &document).unwrap();
        prop_assert_eq!(&effective["retention"]["events_days"], &Value::from(document.retention.events_days));
        prop_assert_eq!(effective["models"].as_object().unwrap().len(), document.models.len());
    }

    #[test]
    fn a_rewritten_text_says_the_new_and_keeps_the_unknown((old, new) in change(), seed: u64) {
        let source = written(&old, &mut Dice::new(seed));
        let text = rewrite(&source, &old, &new).unwrap();
        prop_assert_eq!(decoded(&text), new.clone(), "{}\nbecame\n{}", source, text);
        // Of the fields that the program does not know, only those of removed models are gone.
        let kept: Vec<_> = unknown(&source, &old).into_iter().filter(|(place, _)| {
            let mut tokens = place.tokens().skip(1);
            !place.as_str().starts_with("/models/") || new.models.contains_key(tokens.next().unwrap().as_ref())
        }).collect();
        prop_assert_eq!(unknown(&text, &new), kept, "{}\nbecame\n{}", source, text);
        // Nothing else to change; and back again, what is said is the same.
        prop_assert_eq!(&rewrite(&text, &new, &new).unwrap(), &text);
        prop_assert_eq!(decoded(&rewrite(&text, &new, &old).unwrap()), old);
    }

    #[test]
    fn no_change_is_no_byte(document in config(), seed: u64) {
        let source = written(&document, &mut Dice::new(seed));
        prop_assert_eq!(&rewrite(&source, &document, &document).unwrap(), &source);
    }

    #[test]
    fn a_changed_value_changes_its_own_bytes(document in config(), seed: u64) {
        let source = written(&document, &mut Dice::new(seed));
        let root = Pointer::root();
        let mut places = vec![
            root.key("features").key("debug"),
            root.key("retention").key("traces_days"),
        ];
        places.extend(document.models.keys().map(|alias| root.key("models").key(alias).key("upstream")));
        for place in places {
            let Some(span) = span_of(&source, &place) else { continue };
            let mut new = document.clone();
            let written = match place.tokens().last().unwrap().as_ref() {
                "debug" => { new.features.debug ^= true; new.features.debug.to_string() }
                "traces_days" => { new.retention.traces_days ^= 1; new.retention.traces_days.to_string() }
                _ => {
                    let alias = place.tokens().nth(1).unwrap().into_owned();
                    new.models[&alias].upstream.push('x');
                    format!("\"{}\"", new.models[&alias].upstream)
                }
            };
            let expected = format!("{}{written}{}", &source[..span.start], &source[span.end..]);
            prop_assert_eq!(rewrite(&source, &document, &new).unwrap(), expected);
        }
    }

    #[test]
    fn a_diff_is_empty_for_equals_only_and_turns_around((old, new) in change()) {
        prop_assert!(diff(&old, &old).unwrap().is_empty());
        let (there, back) = (diff(&old, &new).unwrap(), diff(&new, &old).unwrap());
        prop_assert_eq!(there.is_empty(), old == new);
        let mut turned: Vec<_> = back.into_iter().map(turned).collect();
        let mut there = there;
        there.sort_by(|one, other| one.pointer.cmp(&other.pointer));
        turned.sort_by(|one, other| one.pointer.cmp(&other.pointer));
        prop_assert_eq!(&there, &turned);
        let shown: String = there.iter().map(ToString::to_string).collect();
        prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
}

fn turned(change: Change) -> Change {
    let kind = match change.kind {
        ChangeKind::Added(value) => ChangeKind::Removed(value),
        ChangeKind::Removed(value) => ChangeKind::Added(value),
        ChangeKind::Changed { before, after } => ChangeKind::Changed { before: after, after: before },
    };
    Change { kind, ..change }
}

/// Bytes that turn one valid text into another, or nearly.
const FRAGMENTS: [&[u8]; 20] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\\u00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"1e9",
    b"-0",
    b"null",
    b"true",
    b"\"*\"",
    b"\"version\":1,",
    b"\"models\":{",
    b"\0",
    b" ",
];

#[derive(Clone, Debug)]
enum Edit {
    Insert(usize, usize),
    Delete(usize, usize),
    Replace(usize, u8),
    Swap(usize, usize),
    Copy(usize, usize, usize),
    Truncate(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<usize>(), 0..FRAGMENTS.len()).prop_map(|(at, fragment)| Edit::Insert(at, fragment)),
        (any::<usize>(), 1..20_usize).prop_map(|(at, length)| Edit::Delete(at, length)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Edit::Replace(at, byte)),
        (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Edit::Swap(one, other)),
        (any::<usize>(), any::<usize>(), 1..40_usize)
            .prop_map(|(from, to, length)| Edit::Copy(from, to, length)),
        any::<usize>().prop_map(Edit::Truncate),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let length = bytes.len();
    let at = |at: usize| at % (length + 1);
    match *edit {
        Edit::Insert(to, fragment) => drop(bytes.splice(at(to)..at(to), FRAGMENTS[fragment].iter().copied())),
        Edit::Delete(from, count) => drop(bytes.drain(at(from)..at(from).saturating_add(count).min(length))),
        Edit::Replace(index, byte) if length > 0 => bytes[index % length] = byte,
        Edit::Swap(one, other) if length > 0 => bytes.swap(one % length, other % length),
        Edit::Copy(from, to, count) => {
            let part = bytes[at(from)..at(from).saturating_add(count).min(length)].to_vec();
            drop(bytes.splice(at(to)..at(to), part));
        }
        Edit::Truncate(end) => bytes.truncate(at(end)),
        Edit::Replace(..) | Edit::Swap(..) => {}
    }
}

proptest! {
    #![proptest_config(few(3000))]

    #[test]
    fn an_edited_text_is_refused_or_follows_every_rule(edits in vec(edit(), 1..4)) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for edit in &edits {
            apply(&mut bytes, edit);
        }
        checked(&bytes);
    }

    #[test]
    fn any_bytes_are_refused_in_clean_words(bytes in vec(any::<u8>(), 0..64), json in "[{}\\[\\]\",:01ae.\\\\u /*\n-]{0,40}") {
        checked(&bytes);
        checked(json.as_bytes());
        checked(format!("{{\"version\":1,{json}}}").as_bytes());
    }
}
