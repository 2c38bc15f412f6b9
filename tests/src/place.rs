//! A config file in a directory of its own, and editors that are quicker to start than real ones.
#![expect(clippy::disallowed_methods, reason = "tests play the editors, which do not save durably")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

/// A directory that goes with the test.
pub struct Place {
    directory: TempDir,
    name: &'static str,
}

impl Place {
    /// Without a config file.
    pub fn empty() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory"), name: "config.json" }
    }

    /// With this config file, mode 0600.
    pub fn with(text: &str) -> Self {
        let place = Self::empty();
        place.write(text);
        place
    }

    /// With a config file of this name, mode 0600.
    pub fn named(name: &'static str, text: &str) -> Self {
        let place = Self { name, ..Self::empty() };
        place.write(text);
        place
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The config file.
    pub fn file(&self) -> PathBuf {
        self.directory().join(self.name)
    }

    /// What the file holds.
    pub fn text(&self) -> String {
        fs::read_to_string(self.file()).expect("the config file")
    }

    /// Saves in place, as nano and `cat >` do; where there is no file, it is private from the start.
    pub fn write(&self, text: impl AsRef<[u8]>) {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(self.file()).expect("the config file");
        file.write_all(text.as_ref()).expect("a write in place");
    }

    /// Saves beside the file and renames over it, as `sed -i` and the editors of macOS do.
    pub fn rename_over(&self, text: impl AsRef<[u8]>) {
        let beside = self.directory().join(".config.json.sb-1a2b3c");
        fs::write(&beside, text).expect("a file beside it");
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o600)).expect("a mode");
        fs::rename(&beside, self.file()).expect("a rename");
    }

    /// `mv from to`.
    pub fn rename(from: &Path, to: &Path) {
        fs::rename(from, to).expect("a rename");
    }

    /// Removes the file.
    pub fn remove(&self) {
        fs::remove_file(self.file()).expect("a removal");
    }

    /// Sets the file's mode.
    pub fn chmod(&self, mode: u32) {
        fs::set_permissions(self.file(), fs::Permissions::from_mode(mode)).expect("a mode");
    }

    /// The file's mode.
    pub fn mode(&self) -> u32 {
        fs::metadata(self.file()).expect("the config file").mode() & 0o7777
    }

    /// When its content was last written.
    pub fn written_at(&self) -> SystemTime {
        fs::metadata(self.file()).and_then(|status| status.modified()).expect("the config file")
    }

    /// The names in the directory, but for the config file, its lock and its history.
    pub fn leftovers(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory()).expect("the directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let name = self.name;
        let schema = "config.schema.json".to_owned();
        let expected = [name.to_owned(), format!(".{name}.lock"), format!(".{name}.history"), schema];
        names.filter(|name| !expected.contains(name)).collect()
    }
}

/// A config with one model, open to any key.
pub fn with_alias(alias: &str) -> String {
    format!(
        "{{\n  \"version\": 1,\n  \"models\": {{\n    \"{alias}\": {{\"upstream\": \"up-{alias}\", \"enabled\": true, \
         \"allowed_keys\": [\"*\"]}}\n  }}\n}}\n"
    )
}
