//! What the decoder believes, and what it costs: a program of its own, in release, as memory and time are measured.

use std::env;

use crate::crash::Arguments;
use crate::run::{Done, Failed, cargo, command, failed, sh};

/// What it drives stands beside it.
const PACKAGES: [&str; 3] = ["trust-tests", "config-cli", "own-schema"];

/// One of each kind, and those that take the most memory: all of them take minutes.
const WORST: [&str; 8] = [
    "sparse",
    "FIFO",
    "/dev/zero",
    "brackets",
    "one string",
    "same keys",
    "keys of 7 bytes",
    "objects of long texts",
];

/// What CI runs of it.
pub(crate) fn check() -> Done {
    // As the tests are built, what takes memory optimized: another build of it all would take longer than they do.
    run_in("debug", &Arguments::of(&["peers"]))?;
    let worst = WORST.iter().flat_map(|name| ["--only", name]);
    run_in("debug", &Arguments::of(&[&["bombs"][..], &worst.collect::<Vec<_>>()].concat()))
}

/// Builds it and runs it.
pub(crate) fn run(arguments: &Arguments) -> Done {
    run_in("release", arguments)
}

fn run_in(profile: &str, arguments: &Arguments) -> Done {
    let packages = PACKAGES.iter().flat_map(|package| ["-p", package]);
    let release = if profile == "release" { &["--release"][..] } else { &[] };
    sh(cargo().args(["build", "--quiet"]).args(release).args(packages))?;
    // This program stands in the target directory's `debug`.
    let path = env::current_exe().map_err(failed("this program's path"))?;
    let target =
        path.ancestors().nth(2).ok_or_else(|| Failed::new("this program has no target directory"))?;
    let status = command(target.join(profile).join("trust"))
        .args(arguments.words())
        .status()
        .map_err(failed("trust"))?;
    if status.success() { Ok(()) } else { Err(Failed::new("trust failed")) }
}
