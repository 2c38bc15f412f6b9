//! The directory of a load: the file, what belongs beside it, and what no save may touch.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

const FILE: &str = "config.json";
const LOCK: &str = ".config.json.lock";
const HISTORY: &str = ".config.json.history";
/// What a save that was cut leaves.
const DEAD: &str = ".config.json.0123456789abcdef.tmp";
/// A file of somebody else, and one that only looks like a temporary file: the digits of ours are lower case.
const FOREIGN: [&str; 2] = ["notes.txt", ".config.json.0123456789ABCDEF.tmp"];
const NOTE: &str = "not yours\n";

pub(crate) struct Place {
    directory: TempDir,
    path: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::tempdir().context("a directory for the load")?;
        let path = directory.path().join(FILE);
        let place = Self { directory, path };
        FOREIGN.into_iter().try_for_each(|name| place.plant(name))?;
        Ok(place)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves what a save leaves that was cut.
    pub(crate) fn plant_dead(&self) -> Result<()> {
        self.plant(DEAD)
    }

    fn plant(&self, name: &str) -> Result<()> {
        let path = self.directory.path().join(name);
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(NOTE.as_bytes()))
            .with_context(|| format!("writing {}", path.display()))
    }

    /// Every name in the directory that no save was told to leave alone.
    fn names(&self) -> Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.directory.path()).context("the directory of the load")? {
            let name = entry.context("the directory of the load")?.file_name();
            if !FOREIGN.iter().any(|foreign| name == *foreign) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// The files that are neither the config file, nor its lock or history, nor foreign; with what is left in the history.
    pub(crate) fn left_over(&self) -> Result<Vec<OsString>> {
        let mut names = self.names()?;
        names.retain(|name| name != FILE && name != LOCK && name != HISTORY);
        let kept = fs::read_dir(self.directory.path().join(HISTORY)).into_iter().flatten();
        let kept =
            kept.map(|entry| Ok(entry.context("the history")?.file_name())).collect::<Result<Vec<_>>>()?;
        names.extend(
            kept.into_iter().filter(|name| Path::new(name).extension().is_some_and(|end| end == "tmp")),
        );
        Ok(names)
    }

    /// The files that have content and that others than their owner may use, with their modes.
    pub(crate) fn too_wide(&self) -> Result<Vec<String>> {
        let mut wide = Vec::new();
        let kept =
            fs::read_dir(self.directory.path().join(HISTORY)).into_iter().flatten().filter_map(Result::ok);
        let kept = kept.map(|entry| Path::new(HISTORY).join(entry.file_name()).into_os_string());
        for name in self.names()?.into_iter().chain(kept) {
            let meta = match fs::symlink_metadata(self.directory.path().join(&name)) {
                // A temporary file is gone as soon as it has the name.
                Err(error) if error.kind() == ErrorKind::NotFound && name != FILE => continue,
                other => other.with_context(|| format!("looking at {}", name.to_string_lossy()))?,
            };
            let mode = meta.permissions().mode() & 0o7777;
            // The history is a directory.
            let private = if meta.is_dir() { 0o700 } else { 0o600 };
            if meta.len() > 0 && mode != private {
                wide.push(format!("{} has mode {mode:04o}", name.to_string_lossy()));
            }
        }
        Ok(wide)
    }

    /// Takes the writers' lock, if nobody has it, and looks for temporary files: whoever made them is dead.
    pub(crate) fn dead(&self) -> Result<Vec<OsString>> {
        let Some(lock) = self.lock()? else {
            return Ok(Vec::new());
        };
        let dead = self.left_over()?;
        // Closing is not enough: a process that is being started may have a copy for a moment.
        lock.unlock().context("letting the lock go")?;
        Ok(dead)
    }

    /// Can the lock be had at once?
    pub(crate) fn lock(&self) -> Result<Option<File>> {
        let lock = File::open(self.directory.path().join(LOCK)).context("the lock file")?;
        Ok(lock.try_lock().is_ok().then_some(lock))
    }

    /// Are the foreign files as they were?
    pub(crate) fn is_untouched(&self) -> bool {
        FOREIGN
            .iter()
            .all(|name| fs::read_to_string(self.directory.path().join(name)).is_ok_and(|text| text == NOTE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dead_or_left_over_is_seen() {
        let place = Place::new().unwrap();
        assert_eq!(place.left_over().unwrap().len(), 0);
        fs::File::options().write(true).create_new(true).open(place.directory.path().join(LOCK)).unwrap();
        assert_eq!(place.dead().unwrap(), [""; 0]);
        place.plant_dead().unwrap();
        assert_eq!(place.dead().unwrap(), [DEAD]);
        let held = place.lock().unwrap();
        assert!(held.is_some());
        assert_eq!(place.dead().unwrap(), [""; 0]);
        assert_eq!(place.left_over().unwrap(), [DEAD]);
    }

    #[test]
    fn a_file_that_others_may_read_is_seen_once_it_has_content() {
        let place = Place::new().unwrap();
        let path = place.directory.path().join(".config.json.abc.tmp");
        let mut file = File::options().write(true).create_new(true).open(&path).unwrap();
        file.set_permissions(fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(place.too_wide().unwrap(), [""; 0]);
        file.write_all(b"secret").unwrap();
        assert_eq!(place.too_wide().unwrap(), [".config.json.abc.tmp has mode 0640"]);
    }

    #[test]
    fn a_foreign_file_that_was_touched_is_seen() {
        let place = Place::new().unwrap();
        assert!(place.is_untouched());
        fs::remove_file(place.directory.path().join(FOREIGN[1])).unwrap();
        assert!(!place.is_untouched());
    }
}
