//! What is kept of what was accepted before: whose it is, who may see it, whether it could be gone back to.

use config_fs::{FileStatus, HistoryError, HistoryStatus, Inspection, LockState, quoted};
use config_model::Config;
use config_store::Rejection;

use super::finding::{Finding, Severity};
use super::place::closing;
use crate::commands::Context;
use crate::failure::LARGER;
use crate::history::readable;
use crate::output::{command, shown};

const SUBJECT: &str = "history";

pub(super) fn examine(context: &Context, inspection: &Inspection, findings: &mut Vec<Finding>) {
    let Some(history) = &inspection.history else {
        findings.push(Finding::ok(SUBJECT, "none", "nothing that was accepted before is kept"));
        return;
    };
    if let Some(error) = &history.error {
        let (name, message) = match error {
            // Its owner may well keep one.
            HistoryError::Denied { source, .. } => ("not-looked-at", format!("{error}: {source}")),
            HistoryError::Refused(refusal) => (refusal.name(), unused(error)),
            _ => ("not-used", unused(error)),
        };
        findings.push(Finding::new(Severity::Warning, SUBJECT, name, message));
        return;
    }
    modes(history, findings);
    if let Some(refusal) = &history.refused_bound {
        let message = format!(
            "the note of how many contents to keep is not believed: {refusal}; or remove it with `rm {}`",
            quoted(refusal.path())
        );
        findings.push(Finding::new(Severity::Warning, SUBJECT, refusal.name(), message));
    }
    let is_held = matches!(inspection.lock, LockState::Held { .. });
    if let (Some(first), false) = (history.leftovers.first(), is_held) {
        let (count, first) = (history.leftovers.len(), shown(&first.path));
        let message = format!(
            "{count} temporary files of interrupted programs, such as {first}; the next save or {} removes them",
            command("doctor --fix")
        );
        findings.push(Finding::new(Severity::Warning, SUBJECT, "left", message));
    }
    contents(context, history, findings);
}

fn unused(error: &HistoryError) -> String {
    format!("no history is kept, and none can be gone back to: {error}")
}

fn modes(history: &HistoryStatus, findings: &mut Vec<Finding>) {
    let wide = history.entries.iter().filter(|entry| entry.mode & 0o077 != 0);
    let directory = Some(&history.directory).filter(|_| history.is_wide());
    for status @ FileStatus { path, mode, .. } in directory.into_iter().chain(wide) {
        let message = format!("{} has mode {mode:04o}, and holds keys; {}", shown(path), closing(status));
        findings.push(Finding::new(Severity::Warning, SUBJECT, "wide-history", message));
    }
}

fn contents(context: &Context, history: &HistoryStatus, findings: &mut Vec<Finding>) {
    let entries = context.options().history_of(context.file()).unwrap_or_default();
    for entry in &entries {
        // One that the schema does not take any more is whole, and no fault of anybody's.
        let read = entry.read::<Config>(&context.options());
        let Err(rejection @ Rejection::Unreadable { refused, too_large, errno, .. }) = read else { continue };
        let (name, message) = match (refused, too_large, errno) {
            (_, true, _) => ("too-large", format!("{rejection}: {LARGER}")),
            // It says what mends it.
            (true, ..) | (_, _, Some(_)) => ("not-readable", rejection.to_string()),
            _ => ("damaged", format!("{rejection}: `rm {}`", quoted(&entry.path))),
        };
        findings.push(Finding::new(Severity::Warning, SUBJECT, name, message));
    }
    let bytes: u64 = history.entries.iter().map(|entry| entry.size).sum();
    let newest = entries.first().map(|entry| format!(", the newest of {}", readable(entry)));
    let message = format!(
        "what was accepted is kept, contents: {}, {bytes} bytes{}",
        entries.len(),
        newest.unwrap_or_default()
    );
    findings.push(Finding::ok(SUBJECT, "kept", message));
}
