//! Where the file is: its mode and owner, the directories on the way, links, leftovers, the lock, the file system.

use std::fs;
use std::path::Path;

use config_fs::{FileStatus, FileSystemKind, Inspection, LockState, Saving, quoted};

use super::finding::{Finding, Severity};
use crate::output::{command, shown};

/// `way_back` is the command that brings back a file that is not there, if something is kept.
pub(super) fn examine(inspection: &Inspection, way_back: Option<String>, findings: &mut Vec<Finding>) {
    file(inspection, way_back, findings);
    way(inspection, findings);
    findings.push(saving(inspection));
    lock(inspection, findings);
    if let Some(why) = &inspection.unlisted {
        let message = format!(
            "leftovers of interrupted saves, copies with the same keys and edits could not be looked for; {why}"
        );
        findings.push(Finding::new(Severity::Warning, "beside", "not-looked-for", message));
    } else {
        leftovers(inspection, findings);
        copies(inspection, findings);
        inspection.edits.iter().for_each(|edit| self::edit(edit, &closing(edit), findings));
    }
    file_system(inspection, findings);
}

fn file(inspection: &Inspection, way_back: Option<String>, findings: &mut Vec<Finding>) {
    let path = inspection.path();
    if let Some(FileStatus { path, mode, uid, size, .. }) = &inspection.target {
        let message = format!("{}: {size} bytes, mode {mode:04o}, uid {uid}", shown(path));
        findings.push(Finding::ok("file", "status", message));
    } else {
        let remedy = way_back.unwrap_or_else(|| format!("{} writes a first one", command("init")));
        let message = format!("there is no file {}; {remedy}", shown(path));
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
        let who = match inspection.foreign_owner() {
            Some(uid) => format!("uid {uid}, who is allowed to, can put another file there, and nobody else"),
            None => "nobody else can put another file there".to_owned(),
        };
        findings.push(Finding::ok("way", "closed", who));
    }
}

/// Whether the directory lets this user save: files are replaced, not written.
fn saving(inspection: &Inspection) -> Finding {
    let warn = |name, message: &str| Finding::new(Severity::Warning, "saves", name, message.to_owned());
    let opened = |otherwise: &str| inspection.directory_remedy().unwrap_or_else(|| otherwise.to_owned());
    match inspection.saving {
        Saving::Possible => Finding::ok("saves", "possible", "this user can save here"),
        Saving::ReadOnly => Finding::ok(
            "saves",
            "read-only",
            "mounted read-only: it is served, and never saved or migrated here",
        ),
        Saving::Unlisted => warn(
            "unlisted",
            &format!(
                "this user cannot save here, as it may not read the directory; {}",
                opened("give it that, or save as its owner")
            ),
        ),
        Saving::NotWritable => warn(
            "not-writable",
            &format!(
                "this user cannot save here, as it may make no file in the directory; {}",
                opened("save as its owner")
            ),
        ),
        Saving::MountPoint => warn(
            "mount-point",
            "the file is a mount of its own, so that it cannot be replaced and nobody can save here; mount its directory instead",
        ),
        Saving::Flagged { flags, is_directory } => {
            let path = inspection.path();
            let path = if is_directory { path.parent().unwrap_or(Path::new("/")) } else { path };
            let what = if flags == "a" { "append-only" } else { "immutable" };
            let message = format!(
                "nobody can save here, as {} is {what}; root takes that off with `chattr -{flags} {}`",
                shown(path),
                quoted(path)
            );
            Finding::new(Severity::Warning, "saves", "immutable", message)
        }
    }
}

/// What closes something to others: this program, where it is this user's own, and only by this name.
pub(super) fn closing(status: &FileStatus) -> String {
    if status.is_own() && !status.has_second_name {
        format!("close it with {}", command("doctor --fix"))
    } else {
        status.remedy()
    }
}

fn lock(inspection: &Inspection, findings: &mut Vec<Finding>) {
    findings.push(match &inspection.lock {
        LockState::NotMade => Finding::ok("lock", "not-made", "not made yet: nothing was saved here"),
        LockState::Free => Finding::ok("lock", "free", "nobody is saving"),
        LockState::Held { pid } => {
            let holder = pid.map_or_else(|| "another process".to_owned(), process);
            let message = format!("held by {holder}: a save that goes on for longer is stuck there");
            Finding::new(Severity::Warning, "lock", "held", message)
        }
        LockState::Denied => {
            let own = inspection.lock_file.as_ref().filter(|lock| lock.is_own());
            let message = match own {
                Some(lock) => format!(
                    "this user may not save here: its own lock file is closed to it; open it with `chmod 600 {}`",
                    quoted(&lock.path)
                ),
                None => {
                    "this user may not save here: the lock file can be taken by its owner only".to_owned()
                }
            };
            Finding::new(Severity::Warning, "lock", "denied", message)
        }
        LockState::Refused(refusal) => {
            let message = format!("nobody can save here, until the lock file is removed: {refusal}");
            Finding::new(Severity::Refused, "lock", refusal.name(), message)
        }
    });
    let is_refused = matches!(inspection.lock, LockState::Refused(_));
    let lock = inspection.lock_file.as_ref().filter(|lock| lock.mode & 0o077 != 0 && !is_refused);
    if let Some(lock @ FileStatus { path, mode, .. }) = lock {
        let (path, closing) = (shown(path), closing(lock));
        let message =
            format!("{path} has mode {mode:04o}, so others can hold it and keep saves waiting; {closing}");
        findings.push(Finding::new(Severity::Warning, "lock", "wide-lock", message));
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
        "{count} temporary files of interrupted saves, such as {first}; the next save or {} removes them",
        command("doctor --fix")
    );
    findings.push(Finding::new(Severity::Warning, "leftovers", "left", message));
}

/// Copies of older versions, and what editors leave: they hold the same keys.
fn copies(inspection: &Inspection, findings: &mut Vec<Finding>) {
    let ours = inspection.copies.iter().map(|copy| (copy, closing(copy)));
    // What an editor left is its user's.
    let editors = inspection.editor_files.iter().map(|left| (left, left.remedy()));
    for (FileStatus { path, mode, .. }, closing) in ours.chain(editors).filter(|(copy, _)| copy.is_wide()) {
        let path = shown(path);
        let message =
            format!("{path} may hold the same keys and has mode {mode:04o}; {closing}, or remove it");
        findings.push(Finding::new(Severity::Warning, "copies", "wide-copy", message));
    }
    let names = inspection.copies.iter().chain(&inspection.editor_files);
    let names: Vec<_> =
        names.filter_map(|copy| copy.path.file_name()).map(|name| shown(Path::new(name))).collect();
    let message = if names.is_empty() {
        "no copies of older files are kept beside it".to_owned()
    } else {
        format!("kept beside it: {}", names.join(", "))
    };
    findings.push(Finding::ok("copies", "kept", message));
}

/// What somebody typed is theirs: it is named, and never removed from here. What is another user's may be of somebody who only
/// knows how an edit looks. `closing` is what closes it to others.
pub(super) fn edit(edit: &FileStatus, closing: &str, findings: &mut Vec<Finding>) {
    let FileStatus { path, mode, uid, .. } = edit;
    let (name, pasted) = (shown(path), quoted(path));
    if !edit.is_own() {
        let message = format!(
            "{name} looks like an edit and belongs to uid {uid}, not to this user; take nothing over from it, and leave it to that user to go on or to remove it"
        );
        findings.push(Finding::new(Severity::Warning, "edits", "foreign-edit", message));
        return;
    }
    let message = format!(
        "an edit is under way, or was left without a save, in {name}; take over what is wanted, then remove it with `rm -r {pasted}`"
    );
    findings.push(Finding::new(Severity::Warning, "edits", "left", message));
    if mode & 0o077 != 0 {
        let message = format!("{name} may hold the same keys and has mode {mode:04o}; {closing}");
        findings.push(Finding::new(Severity::Warning, "edits", "wide-edit", message));
    }
}

fn file_system(inspection: &Inspection, findings: &mut Vec<Finding>) {
    let system = inspection.file_system;
    let (severity, lost) = match system.kind() {
        FileSystemKind::Local => (Severity::Ok, "saves survive power loss, updates are not lost"),
        FileSystemKind::Overlay => (
            Severity::Warning,
            "in the layers of a container: what is saved is gone when it is made anew; mount a volume here",
        ),
        FileSystemKind::ReadOnly => {
            (Severity::Ok, "never written: it is served, and changed where it is made")
        }
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
}
