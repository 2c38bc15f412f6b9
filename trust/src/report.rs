//! `report`: runs the tools, and writes down what they printed beside the names of the tests.
#![expect(
    clippy::disallowed_methods,
    reason = "a report is written anew by every run, and is no config file"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Prose, with a mark where each tool's output goes.
const TEMPLATE: &str = include_str!("report/trust-tests.md");

/// What was fuzzed at length, by hand.
const FUZZ: &str = include_str!("report/fuzz.md");

/// Where to write it
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "docs/trust-tests.md")]
    output: PathBuf,
}

/// Writes nothing unless every tool passes.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut text = TEMPLATE.replace("{{machine}}", &machine()).replace("{{fuzz}}", FUZZ.trim_end());
    for tool in ["peers", "bombs"] {
        let printed = printed(tool)?;
        let block = format!("```console\n$ cargo xtask trust {tool}\n{}\n```", printed.trim_end());
        text = text.replace(&format!("{{{{{tool}}}}}"), &block);
    }
    fs::write(&options.output, text).with_context(|| format!("writing {}", options.output.display()))?;
    println!("report: written to {}", options.output.display());
    Ok(())
}

fn printed(tool: &str) -> Result<String> {
    println!("report: {tool}");
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.arg(tool).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("starting {tool}"))?;
    let printed = String::from_utf8(output.stdout).context("what it printed")?;
    print!("{printed}");
    ensure!(output.status.success(), "{tool} ended with {}: nothing was written", output.status);
    Ok(printed)
}

/// The kernel, and how many processors: times of elsewhere differ.
fn machine() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // Versions that a provider adds say nothing to anybody else.
    let release = release.trim().split('-').next().unwrap_or_default().to_owned();
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    format!("Linux {release}, {processors} processors")
}
