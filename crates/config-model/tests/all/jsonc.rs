//! JSONC: comments and trailing commas, in files by whose name they are expected; and all else as strict as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use config_model::{
    Config, Document, Limits, Pointer, Problem, ProblemKind, Problems, Syntax, decode, decode_with,
    effective, encode, parse_value, placed, rewrite_value, span_of, ways,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::cases::{Case, JSONC, cases};
use crate::corpus::{decided_in_the_readme, messages, within};
use crate::generate::{Dice, config, written};
use crate::oracle;
use crate::support::{Only, clean, problems};

pub(crate) const COMMENTED: Limits =
    Limits { max_bytes: config_model::DEFAULT_MAX_BYTES, strict: false, syntax: Syntax::Jsonc };

fn syntax_of<D: Document>(bytes: &[u8]) -> Problems {
    let mut syntax = Problems::none();
    for problem in decode_with::<D>(bytes, COMMENTED).err().iter().flatten() {
        if problem.kind() == ProblemKind::Syntax {
            syntax.push(problem.clone());
        }
    }
    syntax
}

const PLACES: [(&str, &str, &str); 2] =
    [("{\"version\":1,\"it\":", "}", ""), ("{\"version\":1,\"it\":{\"a\":[0,", ",0]}}", "/a/1")];

fn is_accepted(case: &Case) {
    let label = format!("{}: {}", case.class, case.name);
    let text = str::from_utf8(&case.bytes).unwrap();
    assert!(syntax_of::<Config>(&case.bytes).is_empty(), "{label}: {}", syntax_of::<Config>(&case.bytes));
    let expected = oracle::jsonc(text).unwrap_or_else(|| panic!("{label}: the other reader refuses it"));
    for place in PLACES.iter().filter(|_| !case.is_file) {
        let document = within(*place, &case.bytes);
        let decoded = decode_with::<Only<Value>>(&document, COMMENTED)
            .unwrap_or_else(|problems| panic!("{label}: {problems}"));
        assert_eq!(decoded.document.it.pointer(place.2), Some(&expected), "{label}");
    }
}

fn is_refused(case: &Case, said: &str) {
    let label = format!("{}: {}", case.class, case.name);
    let mut all = vec![syntax_of::<Config>(&case.bytes)];
    if !case.is_file {
        all = PLACES.iter().map(|place| syntax_of::<Only<Value>>(&within(*place, &case.bytes))).collect();
    }
    assert_eq!(messages(&all[0]), said, "{label}");
    for problems in &all {
        assert!(!problems.is_empty(), "{label}: accepted somewhere");
        clean(problems);
        assert!(
            problems.iter().all(|problem| problem.place().is_some() && problem.help().is_some()),
            "{label}"
        );
    }
}

#[test]
fn each_case_is_as_decided_and_none_is_json() {
    let cases = cases(JSONC);
    let mut decided = BTreeMap::<_, BTreeSet<_>>::new();
    for case in &cases {
        match *case.rest.as_slice() {
            ["accepted"] => is_accepted(case),
            ["refused", said] => is_refused(case, said),
            _ => panic!("{}: no decision", case.name),
        }
        decided.entry(case.class.to_owned()).or_default().insert(case.rest[0]);
        decode::<Only<Value>>(&within(PLACES[0], &case.bytes)).expect_err(case.name);
        if let Ok(text) = str::from_utf8(&case.bytes) {
            parse_value(text).expect_err("a value that is typed in is strict JSON");
        }
    }
    let decision = |found: BTreeSet<&str>| {
        found.into_iter().collect::<Vec<_>>().join(", ").replace("accepted, refused", "both")
    };
    let decided: BTreeSet<_> = decided.into_iter().map(|(class, found)| (class, decision(found))).collect();
    assert_eq!(decided, decided_in_the_readme("## JSONC"));
    println!("JSONC: {} cases in {} classes", cases.len(), decided.len());
}

#[test]
fn the_name_decides() {
    for name in ["config.jsonc", "/a/b.jsonc", "a.json.jsonc", "../x.jsonc"] {
        assert_eq!(Syntax::of(Path::new(name)), Syntax::Jsonc, "{name}");
    }
    for name in
        ["config.json", "config", "jsonc", ".jsonc", "a.jsonc.bak", "a.JSONC", "a.json5", "a.jsonc/b", ""]
    {
        assert_eq!(Syntax::of(Path::new(name)), Syntax::Json, "{name}");
    }
    assert_eq!(Limits::default().syntax, Syntax::Json);
}

#[test]
fn json_says_what_to_do_about_a_comment() {
    let text = "{\n  // who may\n  \"version\": 1,\n}";
    insta::assert_snapshot!(problems(text), @"
    2:3: (document): JSON has no comments
      help: remove it; only a file whose name ends in .jsonc may have comments: rename it, and open it by that name
    3:15: (document): there is a comma after the last entry
      help: remove it; only a file whose name ends in .jsonc may have trailing commas
    ");
    decode_with::<Config>(text.as_bytes(), COMMENTED).unwrap();
}

#[test]
fn places_are_right_behind_comments() {
    let text = "// é𝄞\r\n/* one\n two */ {\"version\": 1, /* é */ \"features\": { // here\n\
                /* 𝄞 */ \"debug\": 1, /* a\n b */ \"auth\": maybe,\n}, /* never";
    let refused = decode_with::<Config>(text.as_bytes(), COMMENTED).unwrap_err();
    insta::assert_snapshot!(refused, @"
    5:15: /features/auth: this word is not a JSON value
      help: use true, false or null in lower case, or put the text in `\"`
    6:4: (document): this comment is not closed
      help: close it with `*/`
    ");
    let misfits = text.replace("maybe", "2").replace("}, /* never", "}, }");
    let refused = decode_with::<Config>(misfits.as_bytes(), COMMENTED).unwrap_err();
    let places: Vec<_> = refused.iter().map(|problem| problem.place().unwrap()).collect();
    assert_eq!(places.iter().map(|place| (place.line, place.column)).collect::<Vec<_>>(), [(4, 18), (5, 15)]);
    let auth = Pointer::root().key("features").key("auth");
    assert_eq!(&misfits[span_of(&misfits, &auth).unwrap()], "2");
    let mut veto = Problems::none();
    veto.push(Problem::veto(auth, "no"));
    assert_eq!(placed::<Config>(&misfits, veto).to_string(), "5:15: /features/auth: no");
}

#[test]
fn all_that_a_commented_text_means_is_there() {
    let text = "{ // a\n \"version\": 1, \"x\": [1, /* 2 */ 3,], }";
    let document = decode_with::<Config>(text.as_bytes(), COMMENTED).unwrap().document;
    let all = effective(text, &document).unwrap();
    assert_eq!(all["x"], serde_json::json!([1, 3]));
    assert_eq!(all["retention"]["events_days"], 90);
}

#[test]
fn comments_cost_time_by_their_size_and_count_for_nothing() {
    let many = |unit: &str, count: usize| {
        let half = unit.repeat(count);
        format!("{half}{{\"version\": 1,{half}}}{half}")
    };
    for unit in ["/**/", "//\n", "/* , [ { : */", "// \"a\": {\"b\": [1, 2]},\n"] {
        decode_with::<Config>(many(unit, 100_000).as_bytes(), COMMENTED).unwrap();
    }
    let text = many("/**/", 100);
    let exact = Limits { max_bytes: text.len(), ..COMMENTED };
    decode_with::<Config>(text.as_bytes(), exact).unwrap();
    let less = Limits { max_bytes: text.len() - 1, ..exact };
    assert!(decode_with::<Config>(text.as_bytes(), less).unwrap_err().has(ProblemKind::Size));
    for slips in ["//\r", "/*\u{1}*/", "//\u{2028}\n", "/*\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}*/"] {
        let refused = decode_with::<Config>(many(slips, 100_000).as_bytes(), COMMENTED).unwrap_err();
        assert!(refused.to_string().len() < 100_000);
        clean(&refused);
    }
    // Comments between values leave the depth and the number of values alone.
    let nest = |depth: usize| {
        format!(
            "{{\"version\": 1, \"it\": {}{}}}",
            "[/*[*/".repeat(depth),
            ",]".repeat(depth).replacen(',', "", 1)
        )
    };
    decode_with::<Only<Value>>(nest(63).as_bytes(), COMMENTED).unwrap();
    decode_with::<Only<Value>>(nest(64).as_bytes(), COMMENTED).unwrap_err();
}

/// A byte gone, doubled, or another one that matters here.
fn damaged(text: &str, dice: &mut Dice) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(3) {
        let at = dice.below(characters.len());
        let other = dice.one(&[
            '/', '*', '\n', '\r', ',', '"', '\'', '\\', '{', '}', '[', ']', ':', '1', '.', 'e', ' ', '\u{1}',
            '\u{2028}', 'x',
        ]);
        match dice.below(4) {
            0 => drop(characters.remove(at)),
            1 => characters.insert(at, characters[at]),
            2 => characters.insert(at, other),
            _ => characters[at] = other,
        }
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comments_mean_nothing(document in config(), seed: u64) {
        let text = written(&document, &mut Dice::jsonc(seed));
        let decoded = decode_with::<Config>(text.as_bytes(), COMMENTED).unwrap_or_else(|problems| panic!("{text}\n{problems}"));
        prop_assert_eq!(&decoded.document, &document);
        // Without them it is JSON, and read the fast way, if there is nothing else.
        let bare = encode(&document).unwrap();
        prop_assert_eq!(decode_with::<Config>(bare.as_bytes(), COMMENTED).unwrap().document, document.clone());
        prop_assert_eq!(ways::fast::<Config>(bare.as_bytes(), COMMENTED), Some(document));
        if let Some(fast) = ways::fast::<Config>(text.as_bytes(), COMMENTED) {
            prop_assert_eq!(decode::<Config>(text.as_bytes()).unwrap().document, fast);
        }
        prop_assert!(oracle::jsonc(&text).is_some(), "{}", text);
    }

    #[test]
    fn another_reader_accepts_what_is_accepted_and_little_more(document in config(), seed: u64) {
        let mut dice = Dice::jsonc(seed);
        let whole = written(&document, &mut dice);
        for _ in 0..16 {
            let text = damaged(&whole, &mut dice);
            let theirs = oracle::jsonc(&text);
            let wrapped = format!("{{\"version\": 1, \"it\": {text}\n}}");
            if rewrite_value(&text, &Value::Null, &Value::Null).is_ok() {
                let theirs = theirs.unwrap_or_else(|| panic!("refused by the other:\n{text}"));
                // Whatever the schema's opinion, the value is the same.
                if let Ok(decoded) = decode_with::<Only<Value>>(wrapped.as_bytes(), COMMENTED) {
                    prop_assert_eq!(decoded.document.it, theirs, "{}", text);
                }
            } else if theirs.is_some() {
                let is_stricter = |problem: &Problem| oracle::STRICTER.contains(&problem.message());
                // To the other, U+2028 is white space as well.
                let ours = syntax_of::<Only<Value>>(text.as_bytes());
                // Where its version is a newer one by now, nothing else is told of the whole.
                let inner = syntax_of::<Only<Value>>(wrapped.as_bytes());
                let is_known = ours.iter().chain(&inner).any(is_stricter) || text.contains('\u{2028}');
                prop_assert!(is_known, "accepted by the other:\n{}\n{}", text, ours);
            }
        }
    }
}
