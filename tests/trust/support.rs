//! What the tests share: outcomes that a policy asks for.

use std::path::Path;

use acceptance::configctl::{Outcome, Watching};
use acceptance::persona::Persona;
use serde_json::Value;

/// `configctl`'s exit code for a refusal.
pub(crate) const REFUSED: i32 = 5;

/// What reads, and what would write: every way to the file.
pub(crate) const COMMANDS: [&[&str]; 8] = [
    &["show"],
    &["get", "/version"],
    &["validate"],
    &["status"],
    &["init"],
    &["set", "/features/debug", "true"],
    &["unset", "/features"],
    &["migrate"],
];

/// Refused by every command, in the same words, with a command that mends it; and not changed.
pub(crate) fn refused(who: Persona, file: &Path, words: &str) {
    let before = std::fs::read(file).ok();
    for command in COMMANDS {
        let done = who.configctl(file, command);
        assert_eq!(done.code, REFUSED, "{who:?} {command:?}: {done:?}");
        assert!(done.err.contains(words) && done.err.contains('`'), "{who:?} {command:?}: {done:?}");
        assert_eq!(done.out, "", "{who:?} {command:?}");
    }
    assert_eq!(std::fs::read(file).ok(), before);
}

/// Read without a word.
pub(crate) fn silent(who: Persona, file: &Path, options: &[&str]) {
    let done = who.configctl(file, &[options, &["show"]].concat());
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{who:?}");
}

/// Read, with these words in one warning.
pub(crate) fn warned(who: Persona, file: &Path, words: &str) -> Outcome {
    let done = who.configctl(file, &["show"]);
    assert_eq!(done.code, 0, "{who:?}: {done:?}");
    assert!(done.err.starts_with("warning: ") && done.err.contains(words), "{who:?}: {}", done.err);
    assert_eq!(done.err.lines().count(), 1, "{who:?}: {}", done.err);
    done
}

/// `configctl watch --json`, as them.
pub(crate) fn watching(who: Persona, file: &Path) -> Watching {
    let mut command = who.program("configctl");
    command.arg("--file").arg(file).args(["watch", "--json"]);
    let (watching, first) = Watching::spawn(command);
    assert_eq!(first["event"], "loaded");
    watching
}

/// The next event is a rejection: the document before it stays. Its message.
pub(crate) fn rejected(watching: &Watching) -> String {
    let event = watching.next();
    assert_eq!(event["event"], "rejected", "{event}");
    event["problems"][0]["message"].as_str().expect("a message").to_owned()
}

/// The next event is a document, whatever there is to warn about.
pub(crate) fn accepted(watching: &Watching) -> Value {
    let mut event = watching.next();
    while event["event"] == "warning" {
        event = watching.next();
    }
    assert_eq!(event["event"], "accepted", "{event}");
    event
}

/// The next event is a warning. Its message.
pub(crate) fn warning(watching: &Watching) -> String {
    let event = watching.next();
    assert_eq!(event["event"], "warning", "{event}");
    event["problems"][0]["message"].as_str().expect("a message").to_owned()
}
