//! The system's own tools, and mounts that are gone when they are dropped.

use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Why a case cannot run here. Nothing was shown, and nothing was refuted.
#[derive(Debug)]
pub(super) struct NotHere(pub(super) String);

impl Display for NotHere {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotHere {}

/// Where all cases work.
pub(super) struct Ground {
    base: PathBuf,
    /// A copy that every user can run.
    pub(super) configctl: PathBuf,
    is_root: bool,
}

impl Ground {
    pub(super) fn new(base: &Path, is_root: bool) -> Result<Self> {
        let built = std::env::current_exe().context("this program's path")?.with_file_name("configctl");
        let configctl = base.join("configctl");
        fs::copy(&built, &configctl)
            .with_context(|| format!("{}: build it with `cargo build -p config-cli`", built.display()))?;
        fs::set_permissions(&configctl, fs::Permissions::from_mode(0o755)).context("its mode")?;
        Ok(Self { base: base.to_owned(), configctl, is_root })
    }

    /// A directory of this name, made when it is not there.
    pub(super) fn directory(&self, name: &str) -> Result<PathBuf> {
        let path = self.base.join(name);
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// A file of this name, which need not be there.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }

    /// For what a user namespace has not.
    pub(super) fn need_root(&self, what: &str) -> Result<()> {
        if !self.is_root {
            bail!(NotHere(format!("{what}: needs root")));
        }
        Ok(())
    }

    pub(super) fn tmpfs(&self, name: &str, options: &str) -> Result<Mounted> {
        let at = self.directory(name)?;
        Mounted::new(&["-t", "tmpfs", "-o", &format!("mode=0755,{options}"), "tmpfs"], &at)
    }
}

/// A mount, gone when this is dropped.
pub(super) struct Mounted {
    pub(super) at: PathBuf,
}

impl Mounted {
    pub(super) fn new(arguments: &[impl AsRef<OsStr>], at: &Path) -> Result<Self> {
        let mut all: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        all.push(at.as_os_str());
        sh("mount", &all)?;
        Ok(Self { at: at.to_owned() })
    }

    pub(super) fn bind(from: &Path, at: &Path) -> Result<Self> {
        Self::new(&[OsStr::new("--bind"), from.as_os_str()], at)
    }

    pub(super) fn remount(&self, options: &str) -> Result<()> {
        sh("mount", &[OsStr::new("-o"), OsStr::new(options), self.at.as_os_str()])
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // One that is still used goes with its last user, and all of them with the namespace.
        if sh("umount", &[&self.at]).is_err() {
            sh("umount", &[OsStr::new("--lazy"), self.at.as_os_str()]).ok();
        }
    }
}

/// Runs a tool of the system. One that is not installed is [`NotHere`].
pub(super) fn sh(program: &str, arguments: &[impl AsRef<OsStr>]) -> Result<()> {
    let output = match Command::new(program).args(arguments).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!(NotHere(format!("`{program}` is not installed")))
        }
        other => other.with_context(|| program.to_owned())?,
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let arguments: Vec<_> = arguments.iter().map(|one| one.as_ref().to_string_lossy()).collect();
        bail!("`{program} {}` ended with {}: {}", arguments.join(" "), output.status, said.trim());
    }
    Ok(())
}
