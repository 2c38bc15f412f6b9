//! What the decoder believes, and what it costs: a program of its own, in release, as memory and time are measured.

use std::env;

use crate::crash::Arguments;
use crate::run::{Done, Failed, cargo, command, failed, sh};

/// What it drives stands beside it.
const PACKAGES: [&str; 3] = ["trust-tests", "config-cli", "own-schema"];

/// Builds it and runs it.
pub(crate) fn run(arguments: &Arguments) -> Done {
    let packages = PACKAGES.iter().flat_map(|package| ["-p", package]);
    sh(cargo().args(["build", "--quiet", "--release"]).args(packages))?;
    // This program stands in the target directory's `debug`.
    let path = env::current_exe().map_err(failed("this program's path"))?;
    let target =
        path.ancestors().nth(2).ok_or_else(|| Failed::new("this program has no target directory"))?;
    let status =
        command(target.join("release/trust")).args(arguments.words()).status().map_err(failed("trust"))?;
    if status.success() { Ok(()) } else { Err(Failed::new("trust failed")) }
}
