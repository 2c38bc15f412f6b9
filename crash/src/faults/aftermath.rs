//! What an interrupted save leaves, and that the next one needs no help.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::disk::{self, Entry, Tree};
use super::scenario::{self, Scenario, Speech};
use super::trial::{Subject, relative};
use super::verdict::{Content, Sort, Wrong};

/// What must hold whatever happened: nobody else's file was touched, and nobody else can read ours.
pub(crate) fn at_rest(subject: &Subject, before: &Tree, after: &Tree) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for name in disk::wide(after).filter(|name| !before.contains_key(*name)) {
        wrong.push(Wrong::new(Sort::Wide, format!("{name} has content and more than mode 0600")));
    }
    wrong.extend(foreign(before, after));
    let file = relative(subject.scenario, Path::new(""));
    if let (Some(was), Some(is)) = (disk::owner(before, &file), disk::owner(after, &file))
        && was != is
    {
        wrong.push(Wrong::new(Sort::After, format!("{file} went from user {was} to user {is}")));
    }
    if is_migrated(subject.scenario) && is_new(subject, after) && !has_copy(subject, after) {
        wrong.push(Wrong::new(Sort::After, "the file was migrated and no copy of the old one is there"));
    }
    wrong
}

fn foreign(before: &Tree, after: &Tree) -> Vec<Wrong> {
    let theirs = before.iter().filter(|(name, _)| Scenario::is_foreign(name));
    let touched = theirs.filter(|(name, entry)| after.get(*name) != Some(entry));
    touched.map(|(name, _)| Wrong::new(Sort::After, format!("{name} was changed, and is not ours"))).collect()
}

/// Another save, with nothing in its way, and what the directory holds then.
pub(crate) fn next_save(subject: &Subject, root: &Path, before: &Tree, after: &Tree) -> Result<Vec<Wrong>> {
    let scenario = subject.scenario;
    let mut wrong = Vec::new();
    if scenario.speech() == Speech::Json {
        let missing = disk::bytes(after, &relative(scenario, root)).is_none();
        if missing {
            wrong.extend(works(scenario.again(root)?)?);
        }
        let base = if missing {
            Some(subject.new.as_slice())
        } else {
            disk::bytes(after, &relative(scenario, root))
        };
        wrong.extend(works(scenario.change(root)?)?);
        let now = disk::tree(root)?;
        if !is_changed(base, disk::bytes(&now, &relative(scenario, root))) {
            wrong.push(Wrong::new(Sort::After, "the next save did not lead to the file that it should"));
        }
    } else {
        wrong.extend(works(scenario.again(root)?)?);
        let now = disk::tree(root)?;
        if is_migrated(scenario) && !(is_new(subject, &now) && has_copy(subject, &now)) {
            wrong.push(Wrong::new(Sort::After, "the next open did not migrate the file and keep a copy"));
        }
    }
    let now = disk::tree(root)?;
    wrong.extend(foreign(before, &now));
    for name in now.keys().filter(|name| is_leftover(scenario, before, name)) {
        wrong.push(Wrong::new(Sort::Leftover, format!("{name} is left after the next save")));
    }
    for name in disk::wide(&now).filter(|name| !before.contains_key(*name)) {
        wrong.push(Wrong::new(Sort::Wide, format!("{name} has content and more than mode 0600")));
    }
    Ok(wrong)
}

fn is_leftover(scenario: Scenario, before: &Tree, name: &str) -> bool {
    let (was_there, last) = (before.contains_key(name), disk::last(name));
    if was_there && Scenario::is_foreign(name) {
        return false;
    }
    Path::new(last).extension().is_some_and(|extension| extension == "tmp")
        || !(was_there || scenario.may_appear(last) || is_kept(name))
}

/// Whether it is an entry of the history.
fn is_kept(name: &str) -> bool {
    name.split('/').rev().nth(1) == Some(scenario::HISTORY)
}

/// Runs it; an error that it reports is what is wrong.
fn works(mut command: Command) -> Result<Option<Wrong>> {
    let output = command.stdin(Stdio::null()).output().context("the next save")?;
    Ok((!output.status.success()).then(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        Wrong::new(Sort::After, format!("the next save fails ({}): {}", output.status, said.trim()))
    }))
}

/// Whether `now` is `base` with the one value that the next save sets.
fn is_changed(base: Option<&[u8]>, now: Option<&[u8]>) -> bool {
    let parse = |bytes: Option<&[u8]>| bytes.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let (Some(mut base), Some(now)) = (parse(base), parse(now)) else { return false };
    match base.pointer_mut("/retention/events_days") {
        Some(days) => *days = Value::from(77),
        None => return false,
    }
    base == now
}

fn is_migrated(scenario: Scenario) -> bool {
    scenario.speech() == Speech::Words
}

fn is_new(subject: &Subject, tree: &Tree) -> bool {
    subject.content(tree, Path::new("")) == Content::New
}

fn has_copy(subject: &Subject, tree: &Tree) -> bool {
    tree.iter().any(|(name, entry)| {
        let Entry::File { bytes, .. } = entry else { return false };
        scenario::is_copy(name) && Some(bytes) == subject.old.as_ref()
    })
}
