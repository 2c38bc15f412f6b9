//! The directory in which a style is tried.
#![expect(
    clippy::disallowed_methods,
    reason = "it plays the programs that save, which need not do so durably"
)]

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::document::{self, GENERATIONS};
use crate::style::{How, Style};
use crate::terminal;

/// Longer than any program here takes to save, on a busy machine too.
const SCRIPT_SECONDS: &str = "60";

/// A style's directory: prepared when it is made, taken down when it goes.
#[derive(Debug)]
pub(crate) struct Scene {
    directory: TempDir,
    style: &'static Style,
}

impl Scene {
    /// Everything is there before anything watches: preparing a save must not be what is noticed of it.
    pub(crate) fn new(style: &'static Style) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("savers.").tempdir()?;
        let scene = Self { directory, style };
        let root = scene.root();
        for generation in GENERATIONS {
            let path = root.join(format!("{generation}.json"));
            fs::write(&path, document::text(generation))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        }
        fs::create_dir(root.join("conf"))?;
        fs::create_dir(root.join("home"))?;
        let [first, ..] = GENERATIONS;
        fs::copy(root.join(format!("{first}.json")), scene.file())?;
        scene.script(style.prepare, first, first).context("preparing it")?;
        Ok(scene)
    }

    /// What is watched.
    pub(crate) fn file(&self) -> PathBuf {
        self.root().join("conf/config.json")
    }

    /// Which generation is there now.
    pub(crate) fn generation(&self) -> Result<u64> {
        document::generation(&fs::read(self.file())?)
    }

    /// Saves `new` over `old`.
    pub(crate) fn save(&self, old: u64, new: u64) -> Result<()> {
        match &self.style.how {
            How::Script(save) => self.script(save, old, new),
            How::Typed(typed) => terminal::edit(typed, self.root(), old, new),
        }
        .context("saving")
    }

    fn root(&self) -> &Path {
        self.directory.path()
    }

    fn script(&self, script: &str, old: u64, new: u64) -> Result<()> {
        if script.is_empty() {
            return Ok(());
        }
        let savers = env::current_exe()?;
        let output = Command::new("timeout")
            .args([SCRIPT_SECONDS, "sh", "-euc", script])
            .current_dir(self.root())
            .env("OLD", old.to_string())
            .env("N", new.to_string())
            .env("NEW", format!("{new}.json"))
            .env("CONFIGCTL", savers.with_file_name("configctl"))
            .env("SAVERS", &savers)
            .envs(surroundings(self.root()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .output()?;
        if !output.status.success() {
            bail!(
                "`{script}` ended with {}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let [first, ..] = GENERATIONS;
        if let Err(error) = self.script(self.style.undo, first, first) {
            eprintln!("savers: {}: taking it down: {error:#}", self.style.name);
        }
    }
}

/// No settings of whoever runs this decide how a program saves.
pub(crate) fn surroundings(root: &Path) -> Vec<(&'static str, PathBuf)> {
    [
        ("HOME", root.join("home")),
        ("XDG_CONFIG_HOME", root.join("home")),
        ("LC_ALL", "C.UTF-8".into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_AUTHOR_NAME", "savers".into()),
        ("GIT_AUTHOR_EMAIL", "savers@localhost".into()),
        ("GIT_COMMITTER_NAME", "savers".into()),
        ("GIT_COMMITTER_EMAIL", "savers@localhost".into()),
    ]
    .into()
}
