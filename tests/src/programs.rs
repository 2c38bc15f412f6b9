//! The programs under test, built once.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// A program of this workspace, as `cargo build` makes it.
pub fn program(name: &str) -> Command {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(build);
    let path = built.get(name).unwrap_or_else(|| panic!("{name} was not built"));
    let mut command = Command::new(path);
    // A user's own environment must not decide what a test sees.
    command.env_remove("XDG_DATA_HOME").env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

fn build() -> BTreeMap<String, PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let packages = ["config-cli", "gateway", "own-schema"].iter().flat_map(|package| ["--package", package]);
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--bins", "--message-format=json"])
        .args(packages)
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "the programs under test do not build");
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    artifacts
        .filter_map(|artifact| {
            let name = artifact.pointer("/target/name")?.as_str()?.to_owned();
            Some((name, artifact.get("executable")?.as_str()?.into()))
        })
        .collect()
}

/// Is this program there? Where the environment says that it has to be, it is an error that it is not.
pub fn has(name: &str) -> bool {
    let found =
        env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|path| path.join(name).is_file());
    let needed = format!("ACCEPTANCE_NEEDS_{}", name.to_uppercase());
    assert!(found || env::var_os(&needed).is_none(), "{needed} is set, but {name} is not installed");
    if !found {
        eprintln!("SKIPPED: {name} is not installed");
    }
    found
}
