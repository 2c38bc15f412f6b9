//! The line that people see beside a problem: where the fault is marked, what is shown of it, and how much.

use config_model::{
    Config, Document, Limits, MASK, Pointer, Problem, Problems, Syntax, decode, decode_with, parse_value,
    placed,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::{LARGER, SAMPLE};

/// The excerpt with the marked part in `⟦⟧`.
fn marked(problem: &Problem) -> String {
    let excerpt = problem.excerpt().expect("a place has an excerpt");
    let (text, marked) = (excerpt.text(), excerpt.marked());
    format!("{}⟦{}⟧{}", &text[..marked.start], &text[marked.clone()], &text[marked.end..])
}

/// The excerpts of all that is wrong or odd with a text.
fn all(text: impl AsRef<[u8]>) -> String {
    let problems = match decode::<Config>(text.as_ref()) {
        Ok(decoded) => decoded.warnings,
        Err(problems) => problems,
    };
    problems.iter().map(|problem| marked(problem) + "\n").collect()
}

#[test]
fn the_value_the_name_or_the_character_is_marked() {
    insta::assert_snapshot!(all(r#"{"version": 1, "features": {"debug": "yes", "auth": 1}}"#), @r#"
    {"version": 1, "features": {"debug": ⟦"…"⟧, "auth": …}}
    {"version": 1, "features": {"debug": "…", "auth": ⟦…⟧}}
    "#);
    insta::assert_snapshot!(all(r#"{"version": 1, "retention": {"events_days": 99999}, "fetures": {"debug": 1}}"#), @r#"
    {"version": 1, "retention": {"events_days": ⟦99999⟧}, "…": {"…": …}}
    "#);
    insta::assert_snapshot!(all("{\"version\": 1,\n\"models\": [\n1]}"), @r#"
    "models": ⟦[⟧
    "#);
    insta::assert_snapshot!(all("{\"version\": 1,\n\t\"models\": {\"a\": \t7}}\r\n"), @r#"
        "models": {"a":     ⟦…⟧}}
    "#);
    insta::assert_snapshot!(all("{\"version\": 1"), @r#"
    {"version": 1⟦⟧
    "#);
    insta::assert_snapshot!(all("\n\n"), @"
    ⟦⟧
    ");
    insta::assert_snapshot!(all("{\"version\": 1} }"), @r#"
    {"version": 1} ⟦}⟧
    "#);
    insta::assert_snapshot!(all("{\"version\": 1, /* a, {b} */ \"models\": {},}"), @r#"
    {"version": 1, ⟦…⟧ "models": {},}
    {"version": 1, … "models": {}⟦,⟧}
    "#);
    insta::assert_snapshot!(all(b"{\"version\": 1, \"a\": \"\xff\"}"), @r#"
    {"version": 1, "…": …⟦⟧
    "#);
    insta::assert_snapshot!(all("\u{feff}{\"version\": 1}"), @r#"
    ⟦…⟧{"version": 1}
    "#);
    insta::assert_snapshot!(all("{\"version\": 9}"), @r#"
    {"version": ⟦9⟧}
    "#);
}

#[test]
fn a_span_is_what_is_at_fault() {
    let text = "{\"version\": 1, \"features\": {\"debug\": \"yes\"},\n \"models\": [1, 2], \"n\": tru}";
    let problems = decode::<Config>(text.as_bytes()).unwrap_err();
    let spans: Vec<_> = problems.iter().map(|problem| &text[problem.span().unwrap()]).collect();
    assert_eq!(spans, ["\"yes\"", "[1, 2]", "tru"]);
}

#[test]
fn what_a_program_finds_has_its_line() {
    let mut problems = Problems::none();
    problems.push(Problem::veto(Pointer::root().key("models").key("fast").key("upstream"), "is not taken"));
    problems.push(Problem::veto(
        Pointer::root().key("models").key("fast").key("allowed_keys").index(0),
        "is known",
    ));
    let placed = placed::<Config>(SAMPLE, problems);
    let shown: Vec<_> = placed.iter().map(marked).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    "upstream": ⟦"…"⟧,
    "allowed_keys": [⟦"…"⟧, "…"]
    "#);
}

#[test]
fn a_value_from_a_command_line_shows_no_content() {
    let problems = parse_value(r#"{"sk-1": ["sk-2", 3,]}"#).unwrap_err();
    insta::assert_snapshot!(marked(problems.iter().next().unwrap()), @r#"
    {"…": ["…", …⟦,⟧]}
    "#);
}

/// Where comments are allowed, they are no more shown than where they are not.
#[test]
fn comments_are_not_shown() {
    let text = b"{\"version\": 1, // sk-1, {a: b}\n  \"features\": {\"debug\": 1 /* sk-2, {c} */, \"auth\": /* [sk-3] */ 2}}";
    let limits = Limits { syntax: Syntax::Jsonc, ..Limits::default() };
    let problems = decode_with::<Config>(text, limits).unwrap_err();
    let shown: Vec<_> = problems.iter().map(marked).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
      "features": {"debug": ⟦…⟧ …, "auth": … …}}
      "features": {"debug": … …, "auth": … ⟦…⟧}}
    "#);
}

/// Its secrets have names and numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Vault {
    pins: std::collections::BTreeMap<String, Vec<u32>>,
    open: std::collections::BTreeMap<String, u32>,
}

impl Document for Vault {
    const VERSION: u32 = 1;
    const SECRETS: &'static [&'static str] = &["/pins", "/open/a~1b"];
    fn seed() -> Self {
        Self { pins: [].into(), open: [].into() }
    }
    fn check(&self, _: &mut Problems) {}
}

#[test]
fn names_and_numbers_inside_a_secret_are_not_shown() {
    let text = br#"{"version": 1, "pins": {"front": [4711, -1]}, "open": {"a/b": 4712, "c": 5}}"#;
    let problems = decode::<Vault>(text).unwrap_err();
    let shown: Vec<_> = problems.iter().map(marked).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    {"version": 1, "pins": {"…": […, ⟦…⟧]}, "open": {"a/b": …, "c": 5}}
    "#);
    assert!(!MASK.is_empty());
}

#[test]
fn a_line_without_end_costs_no_more_than_a_short_one() {
    let text = format!(
        "{{\"version\": 1, \"{}\": {{\"b\": \"{}\"}}, \"features\": []}}",
        "漢".repeat(100_000),
        "x".repeat(1_000_000)
    );
    insta::assert_snapshot!(all(&text), @r#"
    …"…"}, "features": ⟦[]⟧}
    "#);
    insta::assert_snapshot!(all(format!("{{\"version\": 1,{}\"features\": 1}}", " ".repeat(10_000))), @r#"
    …                                                                                                          "features": ⟦…⟧}
    "#);
}

/// Fit for one line of a terminal, and marked within it.
fn is_fit(problems: &Problems) {
    for problem in problems {
        let Some(excerpt) = problem.excerpt() else {
            assert_eq!(problem.place(), None);
            continue;
        };
        let (text, marked) = (excerpt.text(), excerpt.marked());
        assert!(text.len() <= 1024 && text.chars().count() <= 240, "{text:?}");
        assert!(text.get(marked).is_some(), "{excerpt:?}");
        assert!(
            !text.chars().any(|character| character.is_control() || "\u{202e}\u{200b}".contains(character)),
            "{text:?}"
        );
    }
}

proptest! {
    /// Whatever the text: the excerpt is there, bounded and clean.
    #[test]
    fn any_text_has_fit_excerpts(
        text in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            "[\\{\\}\\[\\]:,\"'/*a1\\\\\u{202e}\u{7f}漢\t\r\n ]{0,200}".prop_map(String::into_bytes),
            (any::<prop::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(|(at, byte, is_cut)| {
                let mut text = LARGER.as_bytes().to_vec();
                let at = at.index(text.len());
                text[at] = byte;
                if is_cut { text.truncate(at) }
                text
            }),
        ],
        strict in any::<bool>(),
    ) {
        let limits = Limits { strict, ..Limits::default() };
        match decode_with::<Config>(&text, limits) {
            Ok(decoded) => is_fit(&decoded.warnings),
            Err(problems) => is_fit(&problems),
        }
        if let Ok(text) = str::from_utf8(&text) && let Err(problems) = parse_value(text) {
            is_fit(&problems);
        }
    }
}

/// A name that the pointer shows says nothing of a value that is the same, nor of a name in a place for keys.
#[test]
fn a_key_that_is_called_like_a_name_is_not_shown() {
    let model =
        |rest: &str| format!(r#"{{"version": 1, "models": {{"team": {{"upstream": "team", {rest}}}}}}}"#);
    insta::assert_snapshot!(all(model(r#""enabled": "team", "allowed_keys": ["team", "models", "other"]"#)), @r#"
    {"version": 1, "models": {"team": {"upstream": "…", "enabled": ⟦"…"⟧, "allowed_keys": ["…", "…", "…"]}}}
    "#);
    insta::assert_snapshot!(all(model(r#""enabled": true, "allowed_keys": ["0", 0]"#)), @r#"
    {"version": 1, "models": {"team": {"upstream": "…", "enabled": true, "allowed_keys": ["…", ⟦…⟧]}}}
    "#);
    insta::assert_snapshot!(all(model(r#""enabled": 1, "allowed_keys": {"team": "models", "enabled": "*"}"#)), @r#"
    {"version": 1, "models": {"team": {"upstream": "…", "enabled": ⟦…⟧, "allowed_keys": {"…": "…", "…": "…"}}}}
    {"version": 1, "models": {"team": {"upstream": "…", "enabled": …, "allowed_keys": ⟦{"…": "…", "…": "…"}⟧}}}
    "#);
    insta::assert_snapshot!(all(model(r#""enabled": true, "enabled": true, "allowed_keys": ["enabled"]"#)), @r#"
    {"version": 1, "models": {"team": {"upstream": "…", "enabled": true, ⟦"enabled"⟧: true, "allowed_keys": ["…"]}}}
    "#);
    insta::assert_snapshot!(all(model(r#""enabled": true, "allowed_keys": {"*": 1, "*": 2}"#)), @r#"
    {"version": 1, "models": {"team": {"upstream": "…", "enabled": true, "allowed_keys": ⟦{"…": …, "…": …}⟧}}}
    {"version": 1, "models": {"team": {"upstream": "…", "enabled": true, "allowed_keys": {"*": …, ⟦"*"⟧: …}}}}
    "#);
    insta::assert_snapshot!(all(model(r#"enabled: true, "allowed_keys": [enabled]"#)), @r#"
    {"version": 1, "models": {"team": {"upstream": "…", ⟦enabled⟧: true, "allowed_keys": […]}}}
    {"version": 1, "models": {"team": {"upstream": "…", enabled: true, "allowed_keys": [⟦…⟧]}}}
    "#);
    insta::assert_snapshot!(all(r#"{"team": {"models": "team"}, "version": 1, "models": {"team": "x"}}"#), @r#"
    {"…": {"…": "…"}, "version": 1, "models": {"team": ⟦"…"⟧}}
    "#);
}
