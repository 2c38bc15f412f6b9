//! Benchmarks: a program of its own, in release.

use crate::crash::Arguments;
use crate::run::{Done, cargo, sh};

/// Builds it and runs it.
pub(crate) fn run(arguments: &Arguments) -> Done {
    sh(cargo().args(["run", "--quiet", "--release", "-p", "bench", "--"]).args(arguments.words()))
}
