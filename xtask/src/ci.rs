//! `cargo xtask ci`: the checks beside the tests. The crash tests run briefly here, and at length for their report.

use crate::run::{Done, Failed, cargo, command, root, sh};
use crate::{crash, fuzz, instructions, model, tidy, tools, trust};

pub(crate) fn run() -> Done {
    sh(cargo().args(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    sh(cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))?;
    // By themselves: the gateway switches their features on.
    for (name, features) in [("config-store", ""), ("config-store", "metrics"), ("config-tower", "")] {
        let features = format!("--features={features}");
        sh(cargo().args(["clippy", "-p", name, &features, "--quiet", "--", "-D", "warnings"]))?;
    }
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
    // What is packaged builds by itself: nothing that it needs stays behind in the workspace.
    package()?;
    model::run()?;
    instructions::run(false)?;
    crash::run_or_skip("stress", &["--seconds", "20"])?;
    crash::run_or_skip("faults", &[])?;
    crash::run_or_skip("mounts", &[])?;
    crash::run_or_skip("powercut", &["--states", "100"])?;
    trust::check()?;
    fuzz::run(15)
}

/// Packages each crate, and builds it from its package. Into a directory of its own each time: cargo goes on with the sources of
/// an earlier run, where a version is the same.
fn package() -> Done {
    let target = root().join("target/packages");
    // Of an earlier run.
    std::fs::remove_dir_all(&target).ok();
    let target = target.join(std::process::id().to_string());
    let arguments = ["publish", "--workspace", "--dry-run", "--allow-dirty", "--quiet", "--target-dir"];
    sh(cargo().args(arguments).arg(target))
}
