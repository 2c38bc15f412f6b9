//! Benchmarks: a program of its own, in release.

use crate::crash::Arguments;
use crate::run::{Done, cargo, command, root, sh};

/// Builds it, with the program that it has count the heap, and runs it.
pub(crate) fn run(arguments: &Arguments) -> Done {
    sh(cargo().args(["build", "--quiet", "--release", "-p", "bench"]))?;
    sh(command(root().join("target/release/bench")).args(["--docs", "docs"]).args(arguments.words()))
}
