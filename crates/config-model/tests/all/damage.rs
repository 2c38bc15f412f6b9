//! What is left of a text after an accident: cut off anywhere, or one bit is another one.

use std::collections::BTreeMap;

use config_model::{Config, ProblemKind, decode, encode, parse_value};
use serde_json::Value;

use crate::support::{LARGER, SAMPLE, checked, config, problems};

/// Every sample, and the larger one as the encoder writes it.
fn samples() -> [(&'static str, String); 3] {
    let encoded = encode(&config(LARGER)).unwrap();
    // What no value holds is refused where one is asked for.
    let sample = SAMPLE.replace("12345678901234567890123", "1234567890123456789");
    [("sample", sample), ("larger", LARGER.to_owned()), ("encoded", encoded)]
}

#[test]
fn a_text_cut_anywhere_is_refused() {
    for (name, text) in samples() {
        let whole = text.trim_end();
        for end in 0..whole.len() {
            let problems = problems(&whole.as_bytes()[..end]);
            assert!(problems.has(ProblemKind::Syntax), "{name} up to {end}: {problems}");
        }
        println!("{name}: cut at {} places, refused at each", whole.len());
    }
}

/// A text can change and say the same: by white space of another kind between tokens, the case of a hex digit, and in a
/// number that is still nearest to the same double.
fn may_say_the_same(before: &str, after: &str, at: usize) -> bool {
    let (was, now) = (before.as_bytes()[at], after.as_bytes()[at]);
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let is_other_case = was.is_ascii_hexdigit() && was.eq_ignore_ascii_case(&now);
    let number = number_at(before, at);
    (is_blank(was) && is_blank(now)) || is_other_case || (number.is_some() && number == number_at(after, at))
}

/// The number whose characters stand at `at` or end there.
fn number_at(text: &str, at: usize) -> Option<f64> {
    let is_other = |byte: &u8| !byte.is_ascii_digit() && !b"+-.eE".contains(byte);
    let start = text.as_bytes()[..at].iter().rposition(is_other).map_or(0, |other| other + 1);
    let length = text.as_bytes()[start..].iter().position(is_other);
    text[start..start + length.unwrap_or(text.len() - start)].parse().ok()
}

/// The same value, but for `serde_json`'s rounding, which may miss the nearest double by one.
fn agree(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| agree(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            let same = |((name, ours), (other, theirs)): ((&String, &Value), (&String, &Value))| {
                name == other && agree(ours, theirs)
            };
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(same)
        }
        _ => match (ours.as_f64(), theirs.as_f64()) {
            (Some(ours), Some(theirs)) => ours.to_bits().abs_diff(theirs.to_bits()) <= 1,
            _ => ours == theirs,
        },
    }
}

/// What becomes of `bytes`, in which the byte at `at` is not that of `text`.
fn came_to(bytes: &[u8], text: &str, original: &str, at: usize) -> &'static str {
    if checked(bytes).is_none() {
        let problems = decode::<Config>(bytes).unwrap_err();
        return if problems.has(ProblemKind::Syntax) { "refused: syntax" } else { "refused: schema" };
    }
    let flipped = str::from_utf8(bytes).unwrap();
    let value = match parse_value(flipped) {
        Ok(value) => value,
        Err(problems) => {
            assert!(
                problems.iter().all(|problem| problem.kind() == ProblemKind::Size),
                "at {at}: {problems}"
            );
            return "accepted as another";
        }
    };
    let theirs = serde_json::from_str(flipped).unwrap();
    assert!(agree(&value, &theirs), "at {at}: {theirs} is not {value}");
    // As text, in which -0 and 0 differ.
    let shown = value.to_string();
    if shown != original {
        return "accepted as another";
    }
    assert!(may_say_the_same(text, flipped, at), "at {at}: accepted as if nothing had happened: {flipped}");
    "accepted as the same"
}

#[test]
fn a_flipped_bit_is_refused_or_means_something_else_that_follows_every_rule() {
    for (name, text) in samples() {
        let original = parse_value(&text).unwrap().to_string();
        let mut bytes = text.clone().into_bytes();
        let mut counts = BTreeMap::<_, usize>::new();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                *counts.entry(came_to(&bytes, &text, &original, at)).or_default() += 1;
                bytes[at] ^= 1 << bit;
            }
        }
        let all: usize = counts.values().sum();
        println!("{name}: {all} flips: {counts:?}");
        assert_eq!(all, 8 * text.len());
    }
}
