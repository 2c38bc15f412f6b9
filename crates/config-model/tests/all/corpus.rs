//! RFC 8259's must, must not and may: each case of the corpus as a file, as a field of a document, and inside an array
//! inside an object.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use config_model::{Config, Document, Problem, ProblemKind, Problems, decode, parse_value};
use serde_json::Value;

use crate::cases::{ACCEPTED, Case, OPEN, REFUSED, cases};
use crate::support::Only;

/// Where a value of the corpus is put, with the pointer to it.
const PLACES: [(&str, &str, &str); 2] =
    [("{\"version\":1,\"it\":", "}", ""), ("{\"version\":1,\"it\":{\"a\":[0,", ",0]}}", "/a/1")];

pub(crate) fn within((before, after, _): (&str, &str, &str), bytes: &[u8]) -> Vec<u8> {
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

/// What the decoder says of the syntax, also when the schema has no such document.
fn syntax<D: Document>(bytes: &[u8]) -> Problems {
    let mut syntax = Problems::none();
    for problem in decode::<D>(bytes).err().iter().flatten() {
        if problem.kind() == ProblemKind::Syntax {
            syntax.push(problem.clone());
        }
    }
    syntax
}

pub(crate) fn messages(problems: &Problems) -> String {
    problems.iter().map(Problem::message).collect::<Vec<_>>().join("; ")
}

/// The case stands, wherever it is put, and comes to what `serde_json` makes of it.
fn is_accepted(case: &Case) {
    let label = format!("{}: {}", case.class, case.name);
    let text = str::from_utf8(&case.bytes).expect("no other than UTF-8 is accepted");
    let mut expected: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{label}: {error}"));
    if expected.is_f64() {
        // Without its `float_roundtrip`, serde_json may miss the nearest double by one.
        expected = text.trim().parse::<f64>().unwrap().into();
    }
    assert!(syntax::<Config>(&case.bytes).is_empty(), "{label}: {}", syntax::<Config>(&case.bytes));
    match parse_value(text) {
        Ok(value) => assert_eq!(value, expected, "{label}"),
        // The only thing that a file may say and a value cannot hold.
        Err(problems) => {
            assert!(case.class.contains("64 bits") && problems.has(ProblemKind::Size), "{label}: {problems}");
        }
    }
    for place in PLACES.iter().filter(|_| !case.is_file) {
        let document = within(*place, &case.bytes);
        let decoded =
            decode::<Only<Value>>(&document).unwrap_or_else(|problems| panic!("{label}: {problems}"));
        assert_eq!(decoded.document.it.pointer(place.2), Some(&expected), "{label}");
    }
}

/// It stands nowhere, and each place says why, where, and what to do.
fn is_refused(case: &Case, said: &str) {
    let label = format!("{}: {}", case.class, case.name);
    let whole = syntax::<Config>(&case.bytes);
    assert!(!whole.is_empty(), "{label}: accepted as a file");
    if let Ok(text) = str::from_utf8(&case.bytes) {
        parse_value(text).expect_err(&label);
    }
    let mut all = vec![whole];
    for place in PLACES.iter().filter(|_| !case.is_file) {
        let inside = syntax::<Only<Value>>(&within(*place, &case.bytes));
        assert!(!inside.is_empty(), "{label}: accepted at {}", place.2);
        all.push(inside);
    }
    let first_place = all.get(1).unwrap_or(&all[0]);
    assert_eq!(messages(first_place), said, "{label}");
    for problem in all.iter().flatten() {
        assert!(problem.place().is_some() && problem.help().is_some(), "{label}: {problem:?}");
    }
}

fn show_counts(what: &str, cases: &[Case]) {
    let mut counts = BTreeMap::<_, usize>::new();
    for case in cases {
        *counts.entry(case.class).or_default() += 1;
    }
    println!("{what}: {} cases: {counts:?}", cases.len());
}

#[test]
fn what_every_reader_must_accept_is_accepted() {
    let accepted = cases(ACCEPTED);
    accepted.iter().for_each(is_accepted);
    show_counts("accepted", &accepted);
}

#[test]
fn what_the_grammar_lacks_is_refused_with_a_reason() {
    let refused = cases(REFUSED);
    for case in &refused {
        is_refused(case, case.rest.first().copied().unwrap_or_default());
    }
    show_counts("refused", &refused);
}

#[test]
fn what_is_left_open_is_as_decided() {
    let open = cases(OPEN);
    for case in &open {
        match *case.rest.as_slice() {
            ["accepted"] => is_accepted(case),
            ["refused", said] => is_refused(case, said),
            _ => panic!("{}: no decision", case.name),
        }
    }
    show_counts("open", &open);
}

/// The rows of the README's table below this heading, by its first and second column.
pub(crate) fn decided_in_the_readme(heading: &str) -> BTreeSet<(String, String)> {
    let readme = include_str!("../../README.md");
    let (_, section) = readme.split_once(heading).expect("the section");
    let rows = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let mut columns = line.trim_matches('|').split(" | ").map(|column| column.trim().to_owned());
        (columns.next().unwrap_or_default(), columns.next().unwrap_or_default())
    };
    rows.map(row).collect()
}

#[test]
fn the_readme_and_the_cases_decide_the_same() {
    let cases = cases(OPEN);
    let mut of_cases = BTreeMap::<_, BTreeSet<_>>::new();
    for case in &cases {
        of_cases.entry(case.class).or_default().insert(case.rest.first().copied().unwrap_or_default());
    }
    let decision = |found: BTreeSet<&str>| match found.into_iter().collect::<Vec<_>>().as_slice() {
        [one] => (*one).to_owned(),
        _ => "both".to_owned(),
    };
    let of_cases: BTreeSet<_> =
        of_cases.into_iter().map(|(class, found)| (class.to_owned(), decision(found))).collect();
    assert_eq!(of_cases, decided_in_the_readme("## What RFC 8259 leaves open"));
}

/// A case that is there twice is none, and one in two files would be a contradiction.
#[test]
fn the_cases_are_distinct() {
    let all: Vec<_> = [ACCEPTED, REFUSED, OPEN].into_iter().flat_map(cases).collect();
    assert!(all.len() >= 600, "{} cases", all.len());
    let (mut texts, mut names) = (HashSet::new(), HashSet::new());
    for case in &all {
        // The same text may stand as a value in one class and as a file in another one.
        assert!(texts.insert((&case.bytes, case.is_file)), "{}: {} is there twice", case.class, case.name);
        assert!(names.insert((case.class, case.name)), "{}: {} names two", case.class, case.name);
    }
}
