//! Where the file is: its mode and owner, the directories on the way, links, leftovers, the lock, the file system.

use std::fs;
use std::path::Path;

use config_fs::{FileStatus, FileSystemKind, Inspection, LockState};

use super::finding::{Finding, Severity};
use crate::output::shown;

pub(super) fn examine(inspection: &Inspection, findings: &mut Vec<Finding>) {
    file(inspection, findings);
    way(inspection, findings);
    findings.push(lock(inspection));
    leftovers(inspection, findings);
    copies(inspection, findings);
    file_system(inspection, findings);
}

fn file(inspection: &Inspection, findings: &mut Vec<Finding>) {
    let path = inspection.path();
    if let Some(FileStatus { path, mode, uid, size, .. }) = &inspection.target {
        let message = format!("{}: {size} bytes, mode {mode:04o}, uid {uid}", shown(path));
        findings.push(Finding::ok("file", "status", message));
    } else {
        let message = format!("there is no file {}; `configctl init` writes a first one", shown(path));
        findings.push(Finding::new(Severity::Error, "file", "missing", message));
    }
    for refusal in inspection.refusals.iter().filter(|refusal| refusal.path() == path) {
        findings.push(Finding::new(Severity::Refused, "file", refusal.name(), refusal.to_string()));
    }
    for concern in inspection.concerns.iter().filter(|concern| concern.path() == path) {
        findings.push(Finding::new(Severity::Warning, "file", concern.name(), concern.to_string()));
    }
}

/// The directories, from the root to that of the file, and those of the links between.
fn way(inspection: &Inspection, findings: &mut Vec<Finding>) {
    let (path, before) = (inspection.path(), findings.len());
    for refusal in inspection.refusals.iter().filter(|refusal| refusal.path() != path) {
        findings.push(Finding::new(Severity::Refused, "way", refusal.name(), refusal.to_string()));
    }
    for concern in inspection.concerns.iter().filter(|concern| concern.path() != path) {
        findings.push(Finding::new(Severity::Warning, "way", concern.name(), concern.to_string()));
    }
    if findings.len() == before {
        findings.push(Finding::ok("way", "closed", "nobody else can put another file there"));
    }
}

fn lock(inspection: &Inspection) -> Finding {
    match inspection.lock {
        LockState::NotMade => Finding::ok("lock", "not-made", "not made yet: nothing was saved here"),
        LockState::Free => Finding::ok("lock", "free", "nobody is saving"),
        LockState::Held { pid } => {
            let holder = pid.map_or_else(|| "another process".to_owned(), process);
            let message = format!("held by {holder}: a save that goes on for longer is stuck there");
            Finding::new(Severity::Warning, "lock", "held", message)
        }
        LockState::Denied => {
            let message = "this user may not save here: the lock file can be taken by its owner only";
            Finding::new(Severity::Warning, "lock", "denied", message)
        }
    }
}

/// `pid 4711 (gateway)`.
fn process(pid: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    match name.trim_end() {
        "" => format!("pid {pid}"),
        name => format!("pid {pid} ({})", shown(Path::new(name))),
    }
}

fn leftovers(inspection: &Inspection, findings: &mut Vec<Finding>) {
    if inspection.leftovers.is_empty() {
        findings.push(Finding::ok("leftovers", "none", "no save was interrupted"));
        return;
    }
    if matches!(inspection.lock, LockState::Held { .. }) {
        findings.push(Finding::ok("leftovers", "in-use", "temporary files of a save that goes on"));
        return;
    }
    let count = inspection.leftovers.len();
    let first = inspection.leftovers.first().map(|leftover| shown(&leftover.path)).unwrap_or_default();
    let message = format!(
        "{count} temporary files of interrupted saves, such as {first}; the next save or `configctl doctor --fix` removes them"
    );
    findings.push(Finding::new(Severity::Warning, "leftovers", "left", message));
}

/// Copies of older versions, and what editors leave: they hold the same keys.
fn copies(inspection: &Inspection, findings: &mut Vec<Finding>) {
    for copy in inspection.copies.iter().filter(|copy| copy.is_wide()) {
        let path = shown(&copy.path);
        let message = format!(
            "{path} may hold the same keys and has mode {:04o}; close it with `configctl doctor --fix`, or remove it",
            copy.mode
        );
        findings.push(Finding::new(Severity::Warning, "history", "wide-copy", message));
    }
    let kept = inspection.copies.len();
    let message = if kept == 0 {
        "no copies of older files are kept beside it".to_owned()
    } else {
        let names = inspection.copies.iter().filter_map(|copy| copy.path.file_name());
        let names: Vec<String> = names.map(|name| shown(Path::new(name))).collect();
        format!("kept beside it: {}", names.join(", "))
    };
    findings.push(Finding::ok("history", "copies", message));
}

fn file_system(inspection: &Inspection, findings: &mut Vec<Finding>) {
    let system = inspection.file_system;
    let (severity, lost) = match system.kind() {
        FileSystemKind::Local => (Severity::Ok, "saves survive power loss, updates are not lost"),
        FileSystemKind::Memory => (Severity::Warning, "it is in memory: a restart takes the file"),
        FileSystemKind::Network => (
            Severity::Warning,
            "on a network: updates of several machines are kept apart only if its server has locks, their edits are seen \
             when its cache lets them, within 3 to 60 s for NFS, and a save is as durable as the server makes it; a local \
             disk has none of this",
        ),
        FileSystemKind::NoModes => {
            (Severity::Warning, "it keeps no modes: a save fails, as others could read it; use another one")
        }
        FileSystemKind::Unknown => {
            (Severity::Warning, "not known here: whether saves survive power loss and locks hold is up to it")
        }
    };
    findings.push(Finding::new(severity, "disk", "file-system", format!("{system}: {lost}")));
    if inspection.is_read_only {
        let message = "mounted read-only: it is served, and never saved or migrated here";
        findings.push(Finding::ok("disk", "read-only", message));
    }
}
