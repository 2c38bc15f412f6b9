//! One edit of a text in any layout changes the bytes of what it is about, and no others.

use config_model::{Limits, Syntax, decode_with, rewrite, rewrite_accepted, rewrite_value};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::generate::{Dice, change, written};
use crate::jsonc::COMMENTED;
use crate::laid_out::{Note, Writer, is_within};
use crate::oracle;
use crate::support::{Only, only};
use crate::tokens::{Token, tokens};

const NAMES: [&str; 8] = ["a", "b", "c", "//", "{é", "f,", "*/", "h:"];

/// A value in which no two scalars are the same, so that it is known what has become of each.
fn any(dice: &mut Dice, depth: usize, next: &mut u32) -> Value {
    match dice.below(if depth == 0 { 2 } else { 5 }) {
        0 => {
            *next += 1;
            json!(*next)
        }
        1 => {
            *next += 1;
            json!(format!("/*{next}, //\\\""))
        }
        // Of two that are empty nobody could tell which one went.
        2 => (0..dice.below(5))
            .map(|_| any(dice, depth - 1, next))
            .filter(|value| *value != json!([]) && *value != json!({}))
            .collect(),
        _ => {
            let mut members = Map::new();
            for _ in 0..dice.below(5) {
                members.insert(NAMES[dice.below(8)].to_owned(), any(dice, depth - 1, next));
            }
            members.into()
        }
    }
}

/// What an edit does at a pointer of the old document, or of the new one, where it adds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Replace,
    /// The same, of an element of an array, which takes its comments with it.
    Exchange,
    Remove,
    Add,
}

#[derive(Debug)]
struct Edit {
    kind: Kind,
    pointer: String,
    /// The array or object had nothing in it, or has nothing any more, and is written anew.
    is_emptied: bool,
}

/// One change at a random place, and what it was.
fn edited(value: &mut Value, dice: &mut Dice, next: &mut u32, pointer: String) -> Edit {
    let fresh = |dice: &mut Dice, next: &mut u32| any(dice, 2, next);
    match value {
        Value::Object(members) if dice.below(8) > 0 => {
            let name = members.keys().nth(dice.below(members.len())).cloned();
            match (dice.below(5), name) {
                (0, Some(name)) => {
                    members.shift_remove(&name);
                    let pointer = format!("{pointer}/{name}");
                    Edit { kind: Kind::Remove, pointer, is_emptied: members.is_empty() }
                }
                (2.., Some(name)) => edited(&mut members[&name], dice, next, format!("{pointer}/{name}")),
                _ => {
                    let is_emptied = members.is_empty();
                    *next += 1;
                    let name = format!("n{next}");
                    members.insert(name.clone(), fresh(dice, next));
                    Edit { kind: Kind::Add, pointer: format!("{pointer}/{name}"), is_emptied }
                }
            }
        }
        Value::Array(elements) if dice.below(8) > 0 => {
            let (length, index) = (elements.len(), dice.below(elements.len()));
            match dice.below(5) {
                0 if length > 0 => {
                    elements.remove(index);
                    let pointer = format!("{pointer}/{index}");
                    Edit { kind: Kind::Remove, pointer, is_emptied: elements.is_empty() }
                }
                2.. if length > 0 => {
                    let edit = edited(&mut elements[index], dice, next, format!("{pointer}/{index}"));
                    let is_all = edit.kind == Kind::Replace && edit.pointer == format!("{pointer}/{index}");
                    Edit { kind: if is_all { Kind::Exchange } else { edit.kind }, ..edit }
                }
                _ => {
                    let index = dice.below(length + 1);
                    // An empty one may be taken for one beside it.
                    *next += 1;
                    elements.insert(index, json!([*next, any(dice, 1, next)]));
                    Edit { kind: Kind::Add, pointer: format!("{pointer}/{index}"), is_emptied: length == 0 }
                }
            }
        }
        other => {
            *next += 1;
            *other = json!(format!("new {next}"));
            Edit { kind: Kind::Replace, pointer, is_emptied: false }
        }
    }
}

/// A token that stays, with what stands between the one before it that stays and itself: more than one piece where something
/// between them goes or comes.
type Kept<'t> = Vec<(&'t str, Vec<&'t str>)>;

fn kept(text: &str, goes: impl Fn(&Token) -> bool) -> Kept<'_> {
    let (mut kept, mut between, mut last) = (Vec::new(), Vec::new(), 0);
    for token in tokens(text) {
        between.push(&text[last..token.range.start]);
        last = token.range.end;
        if !goes(&token) {
            kept.push((token.text(text), std::mem::take(&mut between)));
        }
    }
    between.push(&text[last..]);
    kept.push(("", between));
    kept
}

fn without_commas(text: &str) -> String {
    text.replace(',', "")
}

/// Is `whole` the start of `first` and the end of `last`?
fn is_of_both(whole: &str, first: &str, last: &str) -> bool {
    (0..=whole.len()).any(|at| first.starts_with(&whole[..at]) && last.ends_with(&whole[at..]))
}

/// Between two tokens that stay there are the same bytes, but for one comma in all, with the white space beside it; where
/// something has gone, the start of what was before it and the end of what was behind it; where something has come, that still.
fn is_same_around(edit: &Edit, old: &[&str], new: &[&str], commas: &mut usize) -> bool {
    if old == new {
        return true;
    }
    match (edit.kind, old, new) {
        (Kind::Replace, [one, .., last], [same, .., end]) => one == same && last == end,
        (Kind::Exchange, [one, .., last], [same, .., end]) => {
            // The comma stood between the value and a comment.
            one == same && end.strip_suffix(last).is_some_and(|rest| matches!(rest.trim(), "" | ","))
        }
        (Kind::Remove, [was], [now]) => {
            *commas += 1;
            was.split_once(',').is_some_and(|(first, last)| is_of_both(now, first, last))
        }
        (Kind::Add, [was], [now]) => {
            *commas += 1;
            now.split_once(',').is_some_and(|(first, last)| *was == first.to_owned() + last)
        }
        (Kind::Remove, [first, .., last], [now]) => {
            is_of_both(&without_commas(now), &without_commas(first), &without_commas(last))
        }
        (Kind::Add, [was], [first, .., last]) => {
            is_of_both(&without_commas(was), &without_commas(first), &without_commas(last))
        }
        _ => false,
    }
}

/// The comments that an edit takes with it.
fn goes(edit: &Edit, note: &Note) -> bool {
    match edit.kind {
        Kind::Replace => note.is_inside(&edit.pointer),
        Kind::Exchange | Kind::Remove => note.goes_with(&edit.pointer),
        Kind::Add => false,
    }
}

fn changes_nothing_else(edit: &Edit, source: &str, text: &str, notes: &[Note]) {
    let label = || format!("{edit:?}\n{source}\nbecame\n{text}");
    let gone: Vec<&str> =
        notes.iter().filter(|note| goes(edit, note)).map(|note| note.text.as_str()).collect();
    let found = tokens(text);
    let comments = found.iter().filter(|token| token.is_comment).map(|token| token.text(text));
    let stay = notes.iter().filter(|note| !goes(edit, note)).map(|note| note.text.as_str());
    assert!(comments.eq(stay), "comments: {}", label());
    let is_part = |token: &Token| !token.is_comment && is_within(&token.pointer, &edit.pointer);
    let is_value = |token: &Token| is_part(token) && !(token.is_name && token.pointer == edit.pointer);
    let old = kept(source, |token| match edit.kind {
        _ if token.is_comment && gone.contains(&token.text(source)) => true,
        Kind::Replace | Kind::Exchange => is_value(token),
        Kind::Remove => is_part(token),
        Kind::Add => false,
    });
    let new = kept(text, |token| match edit.kind {
        Kind::Replace | Kind::Exchange => is_value(token),
        Kind::Add => is_part(token),
        Kind::Remove => false,
    });
    let texts = |kept: &Kept<'_>| kept.iter().map(|(text, _)| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(&old), texts(&new), "{}", label());
    let mut commas = 0;
    for ((token, before), (_, after)) in old.iter().zip(&new) {
        let is_same = is_same_around(edit, before, after, &mut commas) || (edit.is_emptied && commas == 0);
        assert!(is_same, "before {token:?}: {before:?}, {after:?}\n{}", label());
    }
    assert!(commas <= 1, "{commas} commas: {}", label());
}

fn said(text: &str, limits: Limits) -> Value {
    let decoded = decode_with::<Only<Value>>(text.as_bytes(), limits);
    decoded.unwrap_or_else(|problems| panic!("{text}\n{problems}")).document.it
}

fn one_edit_in(syntax: Syntax, seed: u64) {
    let (mut dice, mut next) = (Dice::new(seed), 0);
    let limits = Limits { syntax, ..COMMENTED };
    let old = any(&mut dice, 3, &mut next);
    let (source, notes) =
        Writer::write(&json!({"version": 1, "it": old}), syntax == Syntax::Jsonc, &mut dice);
    assert_eq!(said(&source, limits), old, "{source}");
    assert_eq!(rewrite(&source, &only(old.clone()), &only(old.clone())).unwrap(), source);
    let mut new = old.clone();
    let edit = edited(&mut new, &mut dice, &mut next, "/it".to_owned());
    let text = rewrite(&source, &only(old.clone()), &only(new.clone())).unwrap();
    assert_eq!(said(&text, limits), new, "{edit:?}\n{source}\nbecame\n{text}");
    assert_eq!(rewrite_accepted(&source, &only(old.clone()), &only(new.clone())).unwrap(), text);
    let whole = |it: &Value| json!({"version": 1, "it": it});
    assert_eq!(rewrite_value(&source, &whole(&old), &whole(&new)).unwrap(), text);
    assert_eq!(oracle::jsonc(&text), Some(whole(&new)), "{text}");
    changes_nothing_else(&edit, &source, &text, &notes);
    // Only in the line ends of the text, unless it has none.
    if source.contains("\r\n") {
        assert!(!text.replace("\r\n", "").contains('\n'), "{text:?}");
    }
    // And more edits, one after the other.
    let (mut text, mut old) = (text, new);
    for _ in 0..3 {
        let mut new = old.clone();
        for _ in 0..=dice.below(3) {
            edited(&mut new, &mut dice, &mut next, "/it".to_owned());
        }
        let rewritten = rewrite(&text, &only(old), &only(new.clone())).unwrap();
        assert_eq!(said(&rewritten, limits), new, "{text}\nbecame\n{rewritten}");
        assert_eq!(oracle::jsonc(&rewritten), Some(whole(&new)), "{rewritten}");
        (text, old) = (rewritten, new);
    }
}

/// More of them by `PROPTEST_CASES`.
fn many() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(1000), failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn one_edit_of_json_changes_nothing_else(seed: u64) {
        one_edit_in(Syntax::Json, seed);
    }

    #[test]
    fn one_edit_of_jsonc_changes_nothing_else(seed: u64) {
        one_edit_in(Syntax::Jsonc, seed);
    }

    #[test]
    fn a_config_with_comments_is_rewritten((old, new) in change(), seed: u64) {
        let source = written(&old, &mut Dice::jsonc(seed));
        let text = rewrite(&source, &old, &new).unwrap();
        let decoded = decode_with::<config_model::Config>(text.as_bytes(), COMMENTED);
        let decoded = decoded.unwrap_or_else(|problems| panic!("{source}\nbecame\n{text}\n{problems}"));
        prop_assert_eq!(&decoded.document, &new);
        prop_assert_eq!(&rewrite(&source, &old, &old).unwrap(), &source);
        prop_assert_eq!(rewrite_accepted(&source, &old, &new).unwrap(), text);
    }
}
