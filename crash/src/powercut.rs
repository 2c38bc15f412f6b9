//! `powercut`: records what saves write to a disk, then makes the disk what a power cut could have left, mounts it, and
//! looks whether the promise was kept; on real file systems. A writer that leaves out a step must be caught.

mod device;
mod disk;
mod image;
mod later;
mod log;
mod plan;
mod protocol;
mod recorder;
mod scenario;
mod sweep;
mod verdict;
mod work;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

pub(crate) use self::device::{Device, serve};
use self::disk::{Fs, run as succeed};
use self::plan::Wish;
use self::scenario::Scenario;
pub(crate) use self::sweep::Row;
use self::sweep::sweep;
use self::verdict::Bad;
use self::work::name;
pub(crate) use self::work::{Work, run as work};
use crate::outcome::{Outcome, SKIPPED};
use crate::writer::Writer;

/// How much of it
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// File systems
    #[arg(long, value_delimiter = ',', default_values = ["ext4", "xfs", "btrfs"])]
    fs: Vec<Fs>,
    /// The most states a file system, over all scenarios
    #[arg(long, default_value_t = 3000)]
    states: usize,
    /// Only these scenarios
    #[arg(long, value_delimiter = ',')]
    scenario: Vec<Scenario>,
    /// Also with the crates atomic-write-file and tempfile
    #[arg(long)]
    peers: bool,
    /// Of the samples
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to put the rows
    #[arg(long)]
    json: Option<PathBuf>,
    /// Set when it runs in a mount namespace of its own
    #[arg(long, hide = true)]
    inside: bool,
}

/// The percentage of the states that a scenario gets.
fn share(scenario: Scenario) -> usize {
    match scenario {
        Scenario::Large => 2,
        Scenario::WriteError | Scenario::Editor => 5,
        Scenario::Update => 38,
        _ => 10,
    }
}

pub(crate) fn run(options: &Options) -> Result<Outcome> {
    if let Some(missing) = missing() {
        return Ok(Outcome::Skipped(missing));
    }
    if !options.inside {
        return outside();
    }
    let mut rows = Vec::new();
    let (mut broken, mut skipped) = (0, Vec::new());
    for fs in &options.fs {
        if let Some(why) = unsupported(*fs) {
            println!("powercut: {}: SKIPPED: {why}", fs.name());
            skipped.push(why);
            continue;
        }
        let ours = ours(*fs, options)?;
        let states: usize = ours.iter().map(|row| row.judged).sum();
        let bad: usize = ours.iter().map(|row| row.broken).sum();
        println!("powercut: {}: {states} states, {bad} bad", fs.name());
        broken += bad;
        rows.extend(ours);
        rows.extend(controls(*fs, options)?);
        if options.peers {
            rows.extend(peers(*fs, options)?);
        }
    }
    if let Some(json) = &options.json {
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).open(json)?;
        serde_json::to_writer_pretty(&mut file, &rows)?;
    }
    ensure!(broken == 0, "{broken} states break the promise");
    if rows.is_empty() { Ok(Outcome::Skipped(skipped.join("; "))) } else { Ok(Outcome::Passed) }
}

fn ours(fs: Fs, options: &Options) -> Result<Vec<Row>> {
    let chosen = if options.scenario.is_empty() { Scenario::ALL } else { &options.scenario };
    let one = |scenario: &Scenario| one(fs, *scenario, Writer::Store, options);
    chosen.iter().map(one).collect()
}

/// Writers that leave out a step. One that passes shows that this tool sees nothing.
fn controls(fs: Fs, options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let no_content: &[Bad] = &[Bad::Lost, Bad::Empty, Bad::Partial];
    for (writer, scenario, shows) in [
        (Writer::NoSync, Scenario::Update, no_content),
        (Writer::NoDirectorySync, Scenario::Update, &[Bad::Lost]),
        (Writer::RetriedSync, Scenario::WriteError, no_content),
    ] {
        let row = one(fs, scenario, writer, options)?;
        if !row.shows(shows) {
            bail!("on {} the control {} came to {:?}: the tool is blind", fs.name(), name(&writer), row.bad);
        }
        rows.push(row);
    }
    Ok(rows)
}

fn peers(fs: Fs, options: &Options) -> Result<Vec<Row>> {
    let peers = [Writer::AtomicWriteFile, Writer::TempfilePersist];
    peers.into_iter().map(|writer| one(fs, Scenario::Update, writer, options)).collect()
}

fn one(fs: Fs, scenario: Scenario, writer: Writer, options: &Options) -> Result<Row> {
    let states = (options.states * share(scenario) / 100).max(10);
    let wish =
        Wish { states, exhaustive: 10, sector: fs.sector(), superblock: fs.superblock(), seed: options.seed };
    let row = sweep(fs, scenario, writer, wish)
        .with_context(|| format!("{} on {} with {}", name(&scenario), fs.name(), name(&writer)))?;
    println!("{}", line(&row));
    Ok(row)
}

fn line(row: &Row) -> String {
    let planned = &row.planned;
    let exhaustive = if planned.exhaustive { ", every subset between flushes" } else { "" };
    let mut line = format!(
        "{:5} {:13} {:17} {:4} writes {:3} flushes (at most {} between), {} states ({} prefixes, {} subsets, {} torn{exhaustive}), {} bad",
        row.fs,
        row.scenario,
        row.writer,
        row.recorded.writes,
        row.recorded.flushes,
        row.recorded.widest,
        row.judged,
        planned.prefixes,
        planned.subsets,
        planned.torn,
        row.broken,
    );
    if !row.bad.is_empty() {
        let kinds: Vec<String> = row.bad.iter().map(|(bad, count)| format!("{count} {bad:?}")).collect();
        line += &format!(": {}", kinds.join(", ").to_lowercase());
    }
    if row.writer == "store" {
        for example in &row.examples {
            line += &format!("\n      {example}");
        }
    }
    line
}

/// Why nothing can be tried on a file system here.
fn unsupported(fs: Fs) -> Option<String> {
    let (program, package) = fs.maker();
    if !is_there(program) {
        return Some(format!("{program} is not there; install the package {package}"));
    }
    // A module may have to be loaded first, which a mount does by itself, but not in every namespace.
    succeed(Command::new("modprobe").arg(fs.name())).ok();
    let known = fs::read_to_string("/proc/filesystems").unwrap_or_default();
    let is_known = known.split_whitespace().any(|name| name == fs.name());
    (!is_known).then(|| format!("this kernel has no {}", fs.name()))
}

fn is_there(program: &str) -> bool {
    ["--version", "-V"].iter().any(|version| succeed(Command::new(program).arg(version)).is_ok())
}

/// What this needs on every file system and does not find.
fn missing() -> Option<String> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root {
        return Some("power cuts take root: loop devices and mounts".to_owned());
    }
    for device in ["/dev/fuse", "/dev/loop-control"] {
        if !Path::new(device).exists() {
            return Some(format!("{device} is not there; in a container, hand it in"));
        }
    }
    for (program, package) in [("losetup", "mount"), ("unshare", "util-linux")] {
        if !is_there(program) {
            return Some(format!("{program} is not there; install the package {package}"));
        }
    }
    let mut mount = Command::new("unshare");
    mount.args(["--mount", "--propagation", "private", "--", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    let error = succeed(&mut mount).err()?;
    Some(format!("this root may not mount, as in a container without CAP_SYS_ADMIN: {error:#}"))
}

/// The same command in a mount namespace of its own, which lets every mount go when it ends.
fn outside() -> Result<Outcome> {
    let mut inside = Command::new("unshare");
    inside.args(["--mount", "--propagation", "private", "--"]).arg(std::env::current_exe()?);
    let status = inside.args(std::env::args_os().skip(1)).arg("--inside").status().context("unshare")?;
    if status.code() == Some(i32::from(SKIPPED)) {
        return Ok(Outcome::Skipped("see above".to_owned()));
    }
    ensure!(status.success(), "it ended with {status}");
    Ok(Outcome::Passed)
}
