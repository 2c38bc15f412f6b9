//! `report`: runs all of it at length, and writes down what it printed.
#![expect(
    clippy::disallowed_methods,
    reason = "a report is written anew by every run, and is no config file"
)]

mod peers;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::outcome::{Outcome, SKIPPED};

/// What makes a report one.
const LEAST_KILLS: u64 = 10_000;
const LEAST_STATES: u64 = 2_000;

/// Prose, with a mark where each tool's output goes.
const TEMPLATE: &str = include_str!("report/crash-tests.md");

/// At what length
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Of `stress`
    #[arg(long, default_value_t = 240)]
    seconds: u64,
    /// A file system, of `powercut`
    #[arg(long, default_value_t = 3000)]
    states: usize,
    /// Where to write it
    #[arg(long, default_value = "docs/crash-tests.md")]
    output: PathBuf,
}

/// What a tool printed, and its numbers.
struct Ran {
    command: String,
    printed: String,
    numbers: Value,
}

pub(crate) fn run(options: &Options) -> Result<Outcome> {
    let (seconds, states) = (options.seconds.to_string(), options.states.to_string());
    // What is too little is said before the rest has run.
    let stress = tool("stress", &["--seconds", &seconds, "--peers"])?;
    enough_kills(&stress.numbers)?;
    let faults = tool("faults", &["--peers"])?;
    let mounts = tool("mounts", &[])?;
    let powercut = tool("powercut", &["--states", &states, "--peers"])?;
    enough_states(&powercut.numbers)?;
    let mut text = TEMPLATE
        .replace("{{machine}}", &machine())
        .replace("{{peers}}", &peers::table(&stress.numbers, &faults.numbers, &powercut.numbers));
    for (name, ran) in [("stress", stress), ("faults", faults), ("mounts", mounts), ("powercut", powercut)] {
        let block = format!("```console\n$ cargo xtask {}\n{}\n```", ran.command, ran.printed.trim_end());
        text = text.replace(&format!("{{{{{name}}}}}"), &block);
    }
    fs::write(&options.output, text).with_context(|| format!("writing {}", options.output.display()))?;
    println!("report: written to {}", options.output.display());
    Ok(Outcome::Passed)
}

/// Numbers that are too small to show anything do not become a report.
fn enough_kills(stress: &Value) -> Result<()> {
    let kills = count(stress, "/store/kills");
    ensure!(kills >= LEAST_KILLS, "{kills} kills are under {LEAST_KILLS}: give it more `--seconds`");
    Ok(())
}

fn enough_states(powercut: &Value) -> Result<()> {
    for fs in ["ext4", "xfs", "btrfs"] {
        let rows = powercut.as_array().into_iter().flatten();
        let ours: Vec<&Value> =
            rows.filter(|row| text(row, "fs") == fs && text(row, "writer") == "store").collect();
        let states: u64 = ours.iter().map(|row| count(row, "/judged")).sum();
        ensure!(states >= LEAST_STATES, "{fs}: {states} states are under {LEAST_STATES}");
        let updates = ours.iter().find(|row| text(row, "scenario") == "update");
        let exhaustive = updates.and_then(|row| row.pointer("/planned/exhaustive")).and_then(Value::as_bool);
        ensure!(exhaustive == Some(true), "{fs}: not every subset between two flushes was looked at");
    }
    Ok(())
}

fn count(numbers: &Value, pointer: &str) -> u64 {
    numbers.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Runs one to its end, showing what it prints. A report holds only what passed.
fn tool(name: &str, arguments: &[&str]) -> Result<Ran> {
    println!("report: {name} {}", arguments.join(" "));
    let directory = tempfile::tempdir()?;
    let json = directory.path().join("numbers.json");
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(name).args(arguments).arg("--json").arg(&json).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
    let mut printed = String::new();
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufReader::lines) {
        let line = line?;
        println!("{line}");
        printed += line.trim_end();
        printed.push('\n');
    }
    let status = child.wait()?;
    if !status.success() {
        let skipped = if status.code() == Some(i32::from(SKIPPED)) { "cannot run here, and " } else { "" };
        bail!("{name} {skipped}ended with {status}: nothing was written");
    }
    let numbers = read_json(&json)?;
    let command = [&[name], arguments].concat().join(" ");
    Ok(Ran { command, printed, numbers })
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// The kernel, and how many processors: numbers of elsewhere differ.
fn machine() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // Versions that a provider adds say nothing to anybody else.
    let release = release.trim().split('-').next().unwrap_or_default().to_owned();
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    format!("Linux {release}, {processors} processors")
}
