//! `mounts`: what a save does on full disks, on mounts that turn read-only, and in other places where it cannot be.
//!
//! It runs in a mount namespace of its own, so that nothing that it mounts is seen by others or stays behind. What is
//! tried is the real `configctl`, and where a process has to live on, the store itself.

mod binds;
mod cases;
mod control;
mod device;
mod fill;
mod first;
mod flags;
mod full;
mod judge;
mod limits;
mod live;
mod migration;
mod moved;
mod odd;
mod people;
mod place;
mod quota;
mod readonly;
mod removed;
mod report;
mod system;
mod tally;
mod tried;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use self::report::Report;
use self::system::Ground;
use crate::outcome::Outcome;

/// Which of it
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Only the cases whose names hold this, and the controls
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// Write what came of it to this file, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// In the namespace already, with this directory to work in
    #[arg(long, hide = true, value_name = "DIRECTORY")]
    inside: Option<PathBuf>,
    /// Not root outside of the namespace
    #[arg(long, hide = true)]
    ordinary: bool,
}

pub(crate) fn run(options: &Options) -> Result<Outcome> {
    match &options.inside {
        Some(base) => run_inside(options, base),
        None => enter(options),
    }
}

/// Runs this program again, in a mount namespace. Its directory belongs to this process, which outlives the mounts.
fn enter(options: &Options) -> Result<Outcome> {
    let base = tempfile::Builder::new().prefix("mounts-").tempdir().context("a directory to work in")?;
    // An ordinary user is let in for the cases that are theirs.
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o755)).context("its mode")?;
    let is_root = fs::metadata("/proc/self").context("who this is")?.uid() == 0;
    let namespaces: &[&str] = if is_root { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(namespaces).args(["--propagation", "private"]);
        command
    };
    if !unshare().arg("true").status().is_ok_and(|status| status.success()) {
        let why = "`unshare --mount` is not allowed here: run it as root, or allow user namespaces";
        return Ok(Outcome::Skipped(why.to_owned()));
    }
    let mut again = unshare();
    again.arg(std::env::current_exe().context("this program's path")?).arg("mounts");
    again.arg("--inside").arg(base.path());
    if !is_root {
        again.arg("--ordinary");
    }
    if let Some(case) = &options.case {
        again.arg("--case").arg(case);
    }
    if let Some(json) = &options.json {
        again.arg("--json").arg(json);
    }
    let status = again.status().context("`unshare`, of util-linux")?;
    match status.code() {
        Some(0) => Ok(Outcome::Passed),
        Some(77) => Ok(Outcome::Skipped("none of it can run here, for the reasons above".to_owned())),
        _ => bail!("see above; ended with {status}"),
    }
}

fn run_inside(options: &Options, base: &Path) -> Result<Outcome> {
    let ground = Ground::new(base, !options.ordinary)?;
    let wanted = |name: &str| options.case.as_ref().is_none_or(|case| name.contains(case.as_str()));
    if !cases::ALL.iter().any(|case| wanted(case.name)) {
        let names: Vec<_> = cases::ALL.iter().map(|case| case.name).collect();
        bail!("there is no such case; there is: {}", names.join(", "));
    }
    let mut report = Report::default();
    for case in cases::ALL.iter().filter(|case| case.is_control() || wanted(case.name)) {
        report.add(wanted(case.name), case.run(&ground));
    }
    report.print();
    if let Some(json) = &options.json {
        report.write(json)?;
    }
    if report.wrong() > 0 {
        bail!("{} checks failed", report.wrong());
    }
    if report.any_ran() {
        Ok(Outcome::Passed)
    } else {
        Ok(Outcome::Skipped("every case that was asked for".to_owned()))
    }
}
