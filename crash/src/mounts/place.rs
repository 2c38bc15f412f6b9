//! A directory with a config file in it, of which every byte is known.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// A directory whose `config.json` is saved.
pub(super) struct Place {
    pub(super) directory: PathBuf,
    /// Bytes that the file has.
    size: usize,
}

/// The days of the first text. All that follow have as many digits.
const FIRST: u64 = 10_000;

impl Place {
    /// A file of `size` bytes, in a directory that is there.
    pub(super) fn new(directory: &Path, size: usize) -> Result<Self> {
        let place = Self::without_file(directory, size);
        place.write()?;
        Ok(place)
    }

    /// In a directory of its own on a mount.
    pub(super) fn on(mounted: &Path, size: usize) -> Result<Self> {
        Self::new(&Self::directory_on(mounted)?, size)
    }

    pub(super) fn directory_on(mounted: &Path) -> Result<PathBuf> {
        let directory = mounted.join("place");
        fs::create_dir_all(&directory).context("a directory on a mount")?;
        Ok(directory)
    }

    pub(super) fn without_file(directory: &Path, size: usize) -> Self {
        Self { directory: directory.to_owned(), size }
    }

    /// Writes the first text, over whatever is there.
    pub(super) fn write(&self) -> Result<()> {
        self.write_text(&self.text(FIRST))
    }

    /// Writes any text.
    pub(super) fn write_text(&self, text: &str) -> Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(self.file()).context("the config file")?;
        file.write_all(text.as_bytes()).context("the config file")?;
        file.sync_all().context("the config file")
    }

    pub(super) fn file(&self) -> PathBuf {
        self.directory.join("config.json")
    }

    /// The one text of these days.
    pub(super) fn text(&self, days: u64) -> String {
        let text = |note: &str| {
            let retention = format!("{{\n    \"events_days\": {days}\n  }}");
            format!(
                "{{\n  \"version\": 1,\n  \"models\": {{}},\n  \"retention\": {retention},\n  \"note\": \"{note}\"\n}}\n"
            )
        };
        text(&"x".repeat(self.size.saturating_sub(text("").len())))
    }

    /// The days of a text that is exactly one that was saved.
    pub(super) fn days(&self, text: &[u8]) -> Option<u64> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let days = value.pointer("/retention/events_days")?.as_u64()?;
        (self.text(days).as_bytes() == text).then_some(days)
    }

    /// What is in the directory, apart from what belongs there.
    pub(super) fn others(&self) -> Result<Vec<OsString>> {
        let mut others = Vec::new();
        for entry in fs::read_dir(&self.directory).context("the directory")? {
            let name = entry.context("the directory")?.file_name();
            if !["config.json", ".config.json.lock", ".config.json.history"].iter().any(|ours| name == *ours)
            {
                others.push(name);
            }
        }
        others.sort();
        Ok(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_that_was_saved_or_none() {
        let place = Place::without_file(Path::new("/nowhere"), 1024);
        let text = place.text(FIRST + 1);
        assert_eq!(text.len(), 1024);
        assert_eq!(place.days(text.as_bytes()), Some(FIRST + 1));
        assert_eq!(place.days(text.replacen('x', "y", 1).as_bytes()), None);
        assert_eq!(place.days(&text.as_bytes()[..1023]), None);
    }
}
