//! A mount namespace of the tool's own, so that the mounts of its styles are seen by nobody else and go with it.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

/// Set in the environment of the process that has one.
const MARK: &str = "SAVERS_MOUNTS";

const UNSHARE: [&str; 3] = ["--mount", "--propagation", "private"];

/// Starts this program anew in a namespace of its own, where that is allowed and not yet done. Where it is not allowed,
/// the styles that mount are skipped.
pub(crate) fn enter() -> Result<()> {
    if is_own() || !is_root() || !is_allowed() {
        return Ok(());
    }
    let mut again = Command::new("unshare");
    again.args(UNSHARE).arg(env::current_exe()?).args(env::args_os().skip(1)).env(MARK, "1");
    Err(again.exec()).context("unshare could be started once, but not twice")
}

/// May this process mount?
pub(crate) fn is_own() -> bool {
    env::var_os(MARK).is_some()
}

/// Is this root, by the owner of what the kernel shows of this process?
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|status| status.uid() == 0)
}

/// Inside a container root may be forbidden to.
fn is_allowed() -> bool {
    let mut tried = Command::new("unshare");
    tried.args(UNSHARE).args(["mount", "--bind", "/tmp", "/tmp"]);
    tried.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
