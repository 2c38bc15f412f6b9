//! The crash tests and the matrix of savers: programs of their own, built when they are asked for.

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::exit;

use crate::run::{Done, Failed, cargo, command, failed, sh};
use crate::tools;

/// Handed on as they are; `--help` says what there is
#[derive(Clone, Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Arguments {
    pub(crate) fn of(words: &[&str]) -> Self {
        Self { arguments: words.iter().map(OsString::from).collect() }
    }

    pub(crate) fn words(&self) -> &[OsString] {
        &self.arguments
    }
}

/// What the crash tests exit with where they cannot run.
const SKIPPED: i32 = 77;

/// Runs a crash test, and ends with its exit code when that is the one for "skipped".
pub(crate) fn run(tool: &str, arguments: &Arguments) -> Done {
    ended(tool, start(tool, &arguments.arguments)?)
}

/// Runs the matrix of savers, likewise.
pub(crate) fn savers(arguments: &Arguments) -> Done {
    ended("savers", build_and_run("savers", &["saver-tests", "config-cli"], &arguments.arguments)?)
}

fn ended(tool: &str, code: i32) -> Done {
    match code {
        0 => Ok(()),
        SKIPPED => exit(SKIPPED),
        _ => Err(Failed(format!("{tool} failed"))),
    }
}

/// Runs one of them as CI does: what cannot run here is said, and is no failure.
pub(crate) fn run_or_skip(tool: &str, arguments: &[&str]) -> Done {
    match start(tool, arguments)? {
        0 | SKIPPED => Ok(()),
        _ => Err(Failed(format!("{tool} failed"))),
    }
}

/// The programs that a tool uses, and the packages that have them. Installed where they can be; what then is missing, the
/// tool says.
const PROGRAMS: &[(&str, &[(&str, &str)])] = &[
    ("faults", &[("strace", "strace")]),
    ("powercut", FILE_SYSTEMS),
    ("mounts", FILE_SYSTEMS),
    ("mounts", &[("mkfs.vfat", "dosfstools"), ("setfacl", "acl")]),
    ("report", &[("mkfs.vfat", "dosfstools"), ("setfacl", "acl")]),
    ("report", FILE_SYSTEMS),
    ("report", &[("strace", "strace")]),
];
const FILE_SYSTEMS: &[(&str, &str)] =
    &[("mkfs.ext4", "e2fsprogs"), ("mkfs.xfs", "xfsprogs"), ("mkfs.btrfs", "btrfs-progs")];

/// Its exit code.
fn start(tool: &str, arguments: &[impl AsRef<OsStr>]) -> Result<i32, Failed> {
    for (_, programs) in PROGRAMS.iter().filter(|(of, _)| *of == tool) {
        for (program, package) in *programs {
            tools::from_packages(program, package);
        }
    }
    let words: Vec<&OsStr> =
        std::iter::once(OsStr::new(tool)).chain(arguments.iter().map(AsRef::as_ref)).collect();
    build_and_run("crash", &["crash-tests", "config-cli", "own-schema"], &words)
}

fn build_and_run(program: &str, packages: &[&str], words: &[impl AsRef<OsStr>]) -> Result<i32, Failed> {
    sh(cargo().args(["build", "--quiet"]).args(packages.iter().flat_map(|package| ["-p", package])))?;
    // It stands beside this program, as the programs that it drives do, which it looks for there.
    let path = env::current_exe().map_err(failed("this program's path"))?.with_file_name(program);
    let status = command(path).args(words).status().map_err(failed(program))?;
    Ok(status.code().unwrap_or(1))
}
