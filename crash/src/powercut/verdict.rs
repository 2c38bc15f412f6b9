//! Whether a state of the disk keeps the promise.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scenario::Scenario;
use crate::generations::Generations;

/// What is wrong with a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bad {
    /// The file system did not mount, or an error came out of it.
    Unusable,
    /// No file, where there was one or one was acknowledged.
    Missing,
    /// Zero bytes.
    Empty,
    /// None of the contents that were ever saved.
    Partial,
    /// Acknowledged, and not there.
    Lost,
    /// Refused, and there.
    Refused,
    /// Migrated, and no copy of what was there before.
    NoCopy,
    /// Content that others may read.
    Wide,
    /// Something else in the directory was changed, or a symlink is none any more.
    Touched,
    /// The next start or update failed.
    NoRecovery,
    /// The next start left something over.
    Leftover,
}

/// What had been acknowledged, from the lines that the workers wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Promised {
    /// The newest generation of each writer; `None` before the first.
    newest: BTreeMap<String, u64>,
    /// Generations that were refused, by writer.
    refused: Vec<(String, u64)>,
    migrated: bool,
}

impl Promised {
    pub(crate) fn of(lines: &[String]) -> Self {
        let mut promised = Self::default();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            match *words.as_slice() {
                ["migrated"] => promised.migrated = true,
                ["refused", writer, generation] => {
                    promised
                        .refused
                        .extend(generation.parse().ok().map(|number| (writer.to_owned(), number)));
                }
                [writer, generation] => {
                    let newest = promised.newest.entry(writer.to_owned()).or_default();
                    *newest = generation.parse().unwrap_or(0).max(*newest);
                }
                _ => {}
            }
        }
        promised
    }

    pub(crate) fn newest(&self, writer: &str) -> u64 {
        self.newest.get(writer).copied().unwrap_or(0)
    }
}

/// Looks at the file as it is after the mount, before anything else does.
pub(crate) fn judge(scenario: Scenario, root: &Path, promised: &Promised) -> Result<(), Bad> {
    let target = scenario.target(root);
    if fs::read(root.join("service/notes.txt")).ok().as_deref() != Some(b"nobody's business\n") {
        return Err(Bad::Touched);
    }
    if scenario == Scenario::Symlink
        && fs::read_link(scenario.path(root)).ok().as_deref() != Some(Path::new("../service/config.json"))
    {
        return Err(Bad::Touched);
    }
    nothing_is_wide(target.parent().unwrap_or(root))?;
    let bytes = match fs::read(&target) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let may_be_missing = scenario == Scenario::Seed && promised.newest.is_empty();
            return if may_be_missing { Ok(()) } else { Err(Bad::Missing) };
        }
        Err(_) => return Err(Bad::Unusable),
    };
    if bytes.is_empty() {
        return Err(Bad::Empty);
    }
    if scenario == Scenario::Migration && is_later(&bytes) {
        return judge_migrated(&target, &bytes);
    }
    if promised.migrated {
        return Err(Bad::Lost);
    }
    let found = Generations::of(&bytes).ok_or(Bad::Partial)?;
    if promised.refused.iter().any(|(writer, refused)| writer == "a" && *refused == found.a) {
        return Err(Bad::Refused);
    }
    if found.a < promised.newest("a") || found.b < promised.newest("b") {
        return Err(Bad::Lost);
    }
    if bytes.len() != scenario.size() {
        return Err(Bad::Partial);
    }
    Ok(())
}

fn is_later(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|value| value.get("version") == Some(&Value::from(2)))
}

/// The new file says what the old one said, and the old one is beside it.
fn judge_migrated(target: &Path, bytes: &[u8]) -> Result<(), Bad> {
    let old = Generations::new(0, 0, Scenario::Migration.size()).text();
    let mut expected: Value = serde_json::from_str(&old).map_err(|_| Bad::Partial)?;
    if let Some(fields) = expected.as_object_mut() {
        fields.insert("version".to_owned(), Value::from(2));
        fields.insert("migrated".to_owned(), Value::from(true));
    }
    if serde_json::from_slice::<Value>(bytes).ok() != Some(expected) {
        return Err(Bad::Partial);
    }
    let names = names(target.parent().unwrap_or(target))?;
    let copy = names.iter().find(|name| is_copy(name)).ok_or(Bad::NoCopy)?;
    match fs::read(target.with_file_name(copy)) {
        Ok(bytes) if bytes == old.as_bytes() => Ok(()),
        _ => Err(Bad::NoCopy),
    }
}

/// After the next start and update: the file, its lock, its history, a copy where one was kept, the foreign file, and no more.
pub(crate) fn judge_leftovers(scenario: Scenario, root: &Path) -> Result<(), Bad> {
    let target = scenario.target(root);
    let directory = target.parent().unwrap_or(root);
    for name in names(directory)? {
        let is_ours =
            matches!(&*name, "config.json" | ".config.json.lock" | ".config.json.history" | "notes.txt")
                || (scenario == Scenario::Migration && is_copy(&name));
        if !is_ours {
            return Err(Bad::Leftover);
        }
    }
    nothing_is_wide(directory)
}

fn is_copy(name: &str) -> bool {
    name.strip_prefix("config.json.v1-").is_some_and(|rest| rest.strip_suffix(".bak").is_some())
}

fn nothing_is_wide(directory: &Path) -> Result<(), Bad> {
    // Before the first file, its directory may not be there yet.
    if !directory.try_exists().map_err(|_| Bad::Unusable)? {
        return Ok(());
    }
    for name in names(directory)? {
        let meta = fs::symlink_metadata(directory.join(name)).map_err(|_| Bad::Unusable)?;
        if meta.is_file() && meta.len() > 0 && meta.permissions().mode() & 0o077 != 0 {
            return Err(Bad::Wide);
        }
    }
    Ok(())
}

fn names(directory: &Path) -> Result<Vec<String>, Bad> {
    let entries = fs::read_dir(directory).map_err(|_| Bad::Unusable)?;
    entries
        .map(|entry| Ok(entry.map_err(|_| Bad::Unusable)?.file_name().to_string_lossy().into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        Scenario::Update.prepare(root.path()).unwrap();
        let file = Scenario::Update.target(root.path());
        let mut options = fs::OpenOptions::new();
        std::io::Write::write_all(
            &mut options.write(true).truncate(true).open(file).unwrap(),
            text.as_bytes(),
        )
        .unwrap();
        root
    }

    fn verdict(text: &str, acks: &[&str]) -> Result<(), Bad> {
        let acks: Vec<String> = acks.iter().map(ToString::to_string).collect();
        judge(Scenario::Update, state(text).path(), &Promised::of(&acks))
    }

    #[test]
    fn each_way_to_break_the_promise_is_seen() {
        let second = Generations::new(2, 0, 1024).text();
        assert_eq!(verdict(&second, &["a 1", "a 2"]), Ok(()));
        assert_eq!(verdict(&second, &["a 1"]), Ok(()));
        assert_eq!(verdict(&second, &["a 1", "a 2", "a 3"]), Err(Bad::Lost));
        assert_eq!(verdict(&second, &["a 1", "refused a 2"]), Err(Bad::Refused));
        assert_eq!(verdict("", &[]), Err(Bad::Empty));
        assert_eq!(verdict(&second[..1000], &[]), Err(Bad::Partial));
        assert_eq!(verdict(&second.replace('2', "3"), &[]), Err(Bad::Partial));
        assert_eq!(verdict(&"\0".repeat(1024), &[]), Err(Bad::Partial));
    }

    #[test]
    fn what_else_is_in_the_directory_counts() {
        let root = state(&Generations::new(0, 0, 1024).text());
        let promised = Promised::default();
        assert_eq!(judge_leftovers(Scenario::Update, root.path()), Ok(()));
        let temporary = root.path().join("service/.config.json.0123456789abcdef.tmp");
        fs::copy(root.path().join("service/notes.txt"), &temporary).unwrap();
        assert_eq!(judge_leftovers(Scenario::Update, root.path()), Err(Bad::Leftover));
        fs::set_permissions(&temporary, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(judge(Scenario::Update, root.path(), &promised), Err(Bad::Wide));
        fs::remove_file(&temporary).unwrap();
        fs::remove_file(root.path().join("service/config.json")).unwrap();
        assert_eq!(judge(Scenario::Update, root.path(), &promised), Err(Bad::Missing));
        fs::remove_file(root.path().join("service/notes.txt")).unwrap();
        assert_eq!(judge(Scenario::Update, root.path(), &promised), Err(Bad::Touched));
    }
}
