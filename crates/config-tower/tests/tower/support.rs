//! A store whose file the test edits.
#![expect(clippy::disallowed_methods, reason = "tests play the part of an editor")]

use std::os::unix::fs::PermissionsExt as _;
use std::{fs, path::PathBuf};

use config_model::Document;
use config_store::{Options, Store};

pub(crate) struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("config.json")
    }

    /// Looks at the file only when it is asked to.
    pub(crate) fn store<D: Document>(&self) -> Store<D> {
        Options::new().watch(None).open(self.path()).unwrap()
    }

    /// Saves the file as an editor does, and has the store accept it.
    pub(crate) fn edit<D: Document>(&self, store: &Store<D>, days: u64) {
        let text = format!("{{\"version\": 1, \"retention\": {{\"events_days\": {days}}}}}");
        fs::write(self.path(), text).unwrap();
        fs::set_permissions(self.path(), fs::Permissions::from_mode(0o600)).unwrap();
        let before = store.snapshot().generation();
        assert_eq!(store.reload().unwrap().generation(), before + 1);
    }
}
