//! Running other programs, in the workspace's root.

use std::env;
use std::ffi::OsStr;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A task failed, and why.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

pub(crate) type Done = Result<(), Failed>;

impl Failed {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// `what` failed for this reason.
pub(crate) fn failed<E: Display>(what: impl Into<String>) -> impl FnOnce(E) -> Failed {
    let what = what.into();
    move |error| Failed(format!("{what}: {error}"))
}

/// Where the workspace's `Cargo.toml` is.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The cargo that runs this, for commands with the workspace's own toolchain.
pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program in the workspace's root, with `target/tools/bin` among the places it is looked for.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    let tools = root().join("target/tools/bin");
    let rest = env::var_os("PATH").unwrap_or_default();
    if let Ok(path) = env::join_paths(std::iter::once(tools).chain(env::split_paths(&rest))) {
        command.env("PATH", path);
    }
    command
}

/// Shows the command, runs it, and fails with it.
pub(crate) fn sh(command: &mut Command) -> Done {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().map_err(failed(format!("`{shown}` did not start")))?;
    if status.success() { Ok(()) } else { Err(Failed(format!("`{shown}` ended with {status}"))) }
}

/// Does it run, and succeed? Its output is of no interest.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    command.get_args().fold(program, |line, arg| format!("{line} {}", arg.to_string_lossy()))
}
