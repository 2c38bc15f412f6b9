//! The programs that save: found, or installed where that is possible.

use std::env;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::namespace;
use crate::style::Style;

/// Beside the names of programs, what a style may need.
pub(crate) const MOUNTS: &str = "mounts";
pub(crate) const OTHER_FILE_SYSTEM: &str = "/dev/shm";

/// Programs whose package has another name.
const PACKAGES: &[(&str, &str)] =
    &[("emacs", "emacs-nox"), ("sponge", "moreutils"), ("node", "nodejs"), ("ex", "vim")];

/// Is a program of this name found?
pub(crate) fn has(program: &str) -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths).any(|directory| directory.join(program).is_file())
}

/// Why a style that needs this cannot be tried; `None` when it can.
pub(crate) fn lacks(need: &str) -> Option<String> {
    let (is_there, why) = match need {
        MOUNTS => (namespace::is_own(), "only root may mount".to_owned()),
        OTHER_FILE_SYSTEM => {
            (is_another_file_system(), format!("{OTHER_FILE_SYSTEM} is not another file system"))
        }
        program => (has(program), format!("{program} is not installed (package {})", package(program))),
    };
    (!is_there).then_some(why)
}

/// Installs what is missing, as root and with apt-get; what then is missing, the skipped styles say.
pub(crate) fn install(styles: &[&Style]) {
    let needs = styles.iter().flat_map(|style| style.needs);
    let mut packages: Vec<&str> = needs
        .filter(|need| ![MOUNTS, OTHER_FILE_SYSTEM].contains(need) && !has(need))
        .map(|need| package(need))
        .collect();
    packages.sort_unstable();
    packages.dedup();
    if packages.is_empty() || !namespace::is_root() || !has("apt-get") {
        return;
    }
    println!("installing {}", packages.join(" "));
    let install = || apt(&[&["install", "-y", "-qq", "--no-install-recommends"], &*packages].concat());
    // The lists of packages may be old, or not there.
    if !install() && apt(&["update", "-qq"]) {
        install();
    }
}

fn apt(arguments: &[&str]) -> bool {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    apt.status().is_ok_and(|status| status.success())
}

fn package(program: &str) -> &str {
    PACKAGES.iter().find(|(name, _)| *name == program).map_or(program, |(_, package)| package)
}

fn is_another_file_system() -> bool {
    let device = |path: &Path| path.metadata().map(|status| status.dev()).ok();
    let other = device(Path::new(OTHER_FILE_SYSTEM));
    other.is_some() && other != device(&env::temp_dir())
}
