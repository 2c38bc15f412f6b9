//! What the tests have in common: the promise, and a config directory that can itself be swapped.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use acceptance::place::{Place, with_alias};
use acceptance::stopwatch::Stopwatch;

/// Whatever happens, an edit is served within this.
pub(crate) const PROMISE: Duration = Duration::from_secs(1);

/// Longer than the debounce, a poll, and the patience with a broken file together: what nobody reports by then is not
/// reported.
pub(crate) const SILENCE: Duration = Duration::from_secs(2);

/// Saves a config with this alias in place, and starts the watch of how long it takes to be served.
pub(crate) fn edit(file: &Path, alias: &str) -> Stopwatch {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(file).expect("the config file");
    file.write_all(with_alias(alias).as_bytes()).expect("a write in place");
    Stopwatch::start()
}

/// A directory in a directory, with a config file in it.
pub(crate) struct Nested {
    home: Place,
}

impl Nested {
    /// With a config of this alias.
    pub(crate) fn with(alias: &str) -> Self {
        let nested = Self { home: Place::empty() };
        make(&nested.directory(), alias);
        nested
    }

    /// The directory of the config file.
    pub(crate) fn directory(&self) -> PathBuf {
        self.home.directory().join("etc")
    }

    /// The config file.
    pub(crate) fn file(&self) -> PathBuf {
        self.directory().join("config.json")
    }

    /// Puts another directory in the place of the config file's, as a deployment does.
    pub(crate) fn swap(&self, alias: &str) -> Stopwatch {
        let next = self.home.directory().join("next");
        make(&next, alias);
        let before = format!("before-{alias}");
        Place::rename(&self.directory(), &self.home.directory().join(before));
        Place::rename(&next, &self.directory());
        Stopwatch::start()
    }
}

fn make(directory: &Path, alias: &str) {
    fs::create_dir(directory).expect("a directory");
    edit(&directory.join("config.json"), alias);
}
