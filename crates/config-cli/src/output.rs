//! What a person or a program reads: one writer for both, and nothing that moves a terminal's cursor.

use std::io::{self, Write as _};
use std::path::Path;

use config_model::{Change, Problem, Problems};
use serde_json::{Value, json};

/// Prints a line and flushes it: a reader at the other end of a pipe sees it at once.
pub(crate) fn line(text: &str) -> io::Result<()> {
    bytes(text.as_bytes())
}

/// [`line()`], for what may not be UTF-8.
pub(crate) fn bytes(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Says something beside the result. Nobody may be listening: that is no reason to fail.
pub(crate) fn aside(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}

/// JSON that says the same without what could move a terminal's cursor: `serde_json` escapes only what the RFC demands.
pub(crate) fn safe(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                text += &format!("\\u{:04x}", u32::from(character));
            }
            other => text.push(other),
        }
    }
    text
}

/// A path, without what could move a terminal's cursor.
pub(crate) fn shown(path: &Path) -> String {
    config_fs::shown(path).to_string()
}

/// A problem as compilers print it.
pub(crate) fn problem_text(severity: &str, source: Option<&Path>, problem: &Problem) -> String {
    let mut text = format!("{severity}: {}\n", problem.message());
    if let Some(path) = source {
        let place =
            problem.place().map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
        text += &format!("  --> {}{place}\n", shown(path));
    }
    text += &format!("  = at: {}\n", problem.pointer());
    if let Some(help) = problem.help() {
        text += &format!("  = help: {help}\n");
    }
    text
}

pub(crate) fn problem_json(severity: &str, problem: &Problem) -> Value {
    json!({
        "severity": severity,
        "kind": problem.kind().name(),
        "pointer": problem.pointer().as_str(),
        "line": problem.place().map(|place| place.line),
        "column": problem.place().map(|place| place.column),
        "message": problem.message(),
        "help": problem.help(),
    })
}

pub(crate) fn problems_json(severity: &str, problems: &Problems) -> Vec<Value> {
    problems.iter().map(|problem| problem_json(severity, problem)).collect()
}

/// One difference, secrets masked.
pub(crate) fn change_json(change: &Change) -> Value {
    json!({
        "pointer": change.pointer.as_str(),
        "kind": change.kind.name(),
        "before": change.kind.before(),
        "after": change.kind.after(),
    })
}
