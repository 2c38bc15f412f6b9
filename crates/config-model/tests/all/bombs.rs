//! Texts made to cost: time and words stay bounded. The budget is wide, as these run unoptimized beside other tests.

use std::time::{Duration, Instant};

use config_model::{Config, decode};
use serde::{Deserialize, Serialize};

use crate::support::{Only, clean};

const SIZE: usize = 1 << 20;

fn refused_in_time(name: &str, text: &str, decode: impl Fn(&[u8]) -> config_model::Problems) {
    #[expect(clippy::disallowed_methods, reason = "this test is about the time that passes")]
    let start = Instant::now();
    let problems = decode(text.as_bytes());
    let took = start.elapsed();
    clean(&problems);
    assert!(!problems.is_empty());
    assert!(problems.to_string().len() < 256 << 10, "{name}");
    assert!(took < Duration::from_secs(20), "{name} took {took:?}");
}

#[test]
fn a_text_of_nothing_but_slips_ends_soon() {
    let open = |inner: String| format!("{{\"version\": 1, \"models\": {{\"a\": {inner}");
    for (name, unit, before, after) in [
        ("brackets", "[", "", ""),
        ("braces", "{\"a\":", "", ""),
        ("no values", ",", "[", "]}}}"),
        ("commas", ",", "{", "}}}"),
        ("comments", "/**/", "", "1}}"),
        ("line comments", "//\n", "", "1}}"),
        ("bare names", "a,", "{", "}}}"),
        ("the same name", "\"a\":1,", "{", "\"b\":1}}}"),
        ("names without colons", "\"a\" ", "{", "}}}"),
        ("control characters", "\u{1}", "\"", "\"}}"),
        ("broken escapes", "\\x", "\"", "\"}}"),
        ("half surrogates", "\\ud800", "\"", "\"}}"),
        ("words", "a ", "[", "]}}}"),
        ("digits", "1", "", "}}"),
        ("fractions", "0", "0.", "}}"),
        ("quotes", "\"\"", "[", "]}}}"),
        ("single quotes", "''", "[", "]}}}"),
        ("objects", "{},", "[", "{}]}}}"),
        ("white space", " \n", "", ""),
    ] {
        let text = open(before.to_owned() + &unit.repeat(SIZE / unit.len()) + after);
        refused_in_time(name, &text, |bytes| decode::<Config>(bytes).unwrap_err());
    }
}

#[test]
fn a_text_of_misfits_ends_soon() {
    let count = SIZE / 8;
    let list: Vec<_> = (0..count).map(|index| index.to_string()).collect();
    let names: Vec<_> = (0..count).map(|index| format!("\"{index}\":1")).collect();
    let long: Vec<_> =
        (0..SIZE / 600).map(|index| format!("\"{index}{}\":1", "retention".repeat(60))).collect();
    for (name, inner) in [
        ("keys", format!("{{\"upstream\": 1, \"allowed_keys\": [{}]}}", list.join(","))),
        ("same keys", format!("{{\"upstream\": 1, \"allowed_keys\": [{}\"\"]}}", "\"k\",".repeat(count))),
        ("unknown fields", format!("{{{}}}", names.join(","))),
        ("long unknown fields", format!("{{{}}}", long.join(","))),
    ] {
        let text = format!("{{\"version\": 1, \"models\": {{\"a\": {inner}}}}}");
        refused_in_time(name, &text, |bytes| decode::<Config>(bytes).unwrap_err());
    }
    let text = format!("{{\"version\": 1, \"models\": {{{}}}}}", names.join(","));
    refused_in_time("models", &text, |bytes| decode::<Config>(bytes).unwrap_err());
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    One,
    Other(u8),
}

/// Each takes a pass over the text: a large text has few of them.
#[test]
fn problems_that_end_a_pass_end_soon() {
    for count in [200, SIZE / 8] {
        let text = format!("{{\"version\": 1, \"it\": [{}\"\"]}}", "\"Two\",".repeat(count));
        refused_in_time("variants", &text, |bytes| decode::<Only<Vec<Choice>>>(bytes).unwrap_err());
    }
    let text = format!("{{\"version\": 1, \"it\": [{}\"\"]}}", "\"Two\",".repeat(200));
    assert_eq!(decode::<Only<Vec<Choice>>>(text.as_bytes()).unwrap_err().len(), 201);
}
