//! `cargo xtask model`: publishing and reading, in every order that `loom` finds.

use std::env;

use crate::run::{Done, cargo, root, sh};

/// Optimized, as it goes through some hundred thousand orders; a little, as more takes longer than it saves. What is built
/// with the flag is kept apart from the rest.
pub(crate) fn run() -> Done {
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let mut test = cargo();
    test.args(["test", "--quiet", "--release", "-p", "config-store", "--lib", "model::"])
        .env("RUSTFLAGS", format!("{flags} --cfg loom"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_TARGET_DIR", root().join("target/model"));
    sh(&mut test)
}
