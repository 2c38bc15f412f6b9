//! `cargo xtask ci`: the checks beside the tests.

use crate::run::{Done, Failed, cargo, command, sh};
use crate::stress::Load;
use crate::{fuzz, stress, tidy, tools};

pub(crate) fn run() -> Done {
    sh(cargo().args(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    sh(cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))?;
    sh(cargo().args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    if !tools::from_crates("cargo-deny", "0.20.2") {
        return Err(Failed::new(
            "cargo-deny could not be had: licences and sources of dependencies are not checked",
        ));
    }
    sh(command("cargo-deny").args([
        "--all-features",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))?;
    stress::run(&Load::brief())?;
    fuzz::run(20)
}
