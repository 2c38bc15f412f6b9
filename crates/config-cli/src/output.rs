//! What a person or a program reads: one writer for both, and nothing that moves a terminal's cursor.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::sync::OnceLock;

use config_model::{Change, Problem, Problems};
use serde_json::{Value, json};

use crate::args::Args;
use crate::diagnostic::Severity;
use crate::failure::{Exit, Failure};

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

/// As [`line()`], of text with styles, which are left out where nobody would see them.
pub(crate) fn styled(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Says something beside the result, with styles. Nobody may be listening: that is no reason to fail.
pub(crate) fn aside(text: &str) {
    drop(anstream::stderr().lock().write_all(text.as_bytes()));
}

/// The result of a command, for people or for programs. Whoever read the pipe and went has seen enough: no failure.
pub(crate) fn say(is_json: bool, text: &str, json: &Value) -> Result<Exit, Failure> {
    unless_gone(if is_json { object(json) } else { styled(text) })
}

/// Whoever read the pipe and went has seen enough: no failure.
pub(crate) fn unless_gone(printed: io::Result<()>) -> Result<Exit, Failure> {
    match printed {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(error) => {
            let failure = Failure::of(Exit::Failed, &error);
            Err(failure.about("the result could not be written to standard output"))
        }
        Ok(()) => Ok(Exit::Done),
    }
}

/// An object on a line of its own, for a program that reads the result.
pub(crate) fn object(value: &Value) -> io::Result<()> {
    line(&safe(&value.to_string()))
}

/// [`aside()`], as an object on a line of its own.
pub(crate) fn object_aside(value: &Value) {
    aside(&(safe(&value.to_string()) + "\n"));
}

/// JSON that says the same without what could move a terminal's cursor, hide or reorder: `serde_json` escapes only what the
/// RFC demands. The line ends of a text of several lines stay.
pub(crate) fn safe(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if config_fs::is_deceptive(character) && character != '\n' {
            // As JSON writes them: those beyond the basic plane as two.
            for unit in character.encode_utf16(&mut [0; 2]) {
                text += &format!("\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    text
}

/// A command to be typed, for the same file and with the same options.
pub(crate) fn command(name: &str) -> String {
    let options = OPTIONS.get().map(String::as_str).unwrap_or_default();
    format!("`configctl{options} {name}`")
}

/// Remembers for [`command`] how this program was called.
pub(crate) fn remember(args: &Args) {
    let mut options = String::new();
    if let Some(file) = &args.file {
        options += &format!(" --file {}", config_fs::quoted(file));
    }
    if args.strict {
        options += " --strict";
    }
    if let Some(mode) = args.trust.expected_mode {
        options += &format!(" --expected-mode {mode:04o}");
    }
    if args.trust.allow_foreign_owner {
        options += " --allow-foreign-owner";
    }
    if args.trust.max_bytes != config_model::DEFAULT_MAX_BYTES {
        options += &format!(" --max-bytes {}", args.trust.max_bytes);
    }
    OPTIONS.set(options).ok();
}

static OPTIONS: OnceLock<String> = OnceLock::new();

/// A path, without what could move a terminal's cursor.
pub(crate) fn shown(path: &Path) -> String {
    config_fs::shown(path).to_string()
}

fn problem_json(severity: Severity, problem: &Problem) -> Value {
    json!({
        "severity": severity.name(),
        "kind": problem.kind().name(),
        "pointer": problem.pointer().as_str(),
        "line": problem.place().map(|place| place.line),
        "column": problem.place().map(|place| place.column),
        "span": problem.span().map(|span| [span.start, span.end]),
        "message": problem.message(),
        "help": problem.help(),
    })
}

/// All of them, and the warnings beside them.
pub(crate) fn problems_json(severity: Severity, problems: &Problems) -> Vec<Value> {
    let found = problems.iter().map(|problem| problem_json(severity, problem));
    found.chain(problems.warnings().iter().map(|warning| problem_json(Severity::Warning, warning))).collect()
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
