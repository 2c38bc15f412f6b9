//! Programs that a check needs: found, or installed where that is possible, or said to be missing.

use std::path::Path;

use crate::run::{cargo, command, root, sh, succeeds};

/// Is a program of this name found?
pub(crate) fn has(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        // Where `mkfs` is, which is not on everybody's path.
        .chain([root().join("target/tools/bin"), "/usr/sbin".into(), "/sbin".into()])
        .any(|directory| directory.join(program).is_file())
}

/// Has `program`, or gets it from the system's packages, which takes root. False: it could not be had.
pub(crate) fn from_packages(program: &str, package: &str) -> bool {
    if has(program) {
        return true;
    }
    if !has("apt-get")
        || !Path::new("/root").is_dir()
        || !succeeds(command("sh").args(["-c", "test $(id -u) = 0"]))
    {
        return false;
    }
    println!("{program} is missing: installing {package}");
    let apt =
        |arguments: &[&str]| sh(command("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments));
    let installed = apt(&["install", "-y", "-qq", package])
        .or_else(|_| apt(&["update", "-qq"]).and_then(|()| apt(&["install", "-y", "-qq", package])));
    installed.is_ok() && has(program)
}

/// Has `program`, or builds this version of it, which the workspace's toolchain can, from crates.io into `target/tools`.
pub(crate) fn from_crates(program: &str, version: &str) -> bool {
    if has(program) {
        return true;
    }
    println!("{program} is missing: building version {version} into target/tools");
    let tools = root().join("target/tools");
    let mut install = cargo();
    install.args(["install", "--quiet", "--locked", program, "--version", version, "--root"]).arg(tools);
    sh(&mut install).is_ok() && has(program)
}
