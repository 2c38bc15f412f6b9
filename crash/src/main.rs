//! `crash`: shows that a save survives kills, errors, full disks and power cuts, and that each of its tools would notice
//! a writer that does not. `cargo xtask stress | faults | powercut | mounts | crash-report` build it and run it.
#![forbid(unsafe_code)]

mod faults;
mod generations;
mod mounts;
mod outcome;
mod powercut;
mod report;
mod save;
mod stress;
mod writer;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::outcome::Outcome;

/// Shows that a save survives kills, errors, full disks and power cuts
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Debug, Subcommand)]
enum Tool {
    /// Processes and threads save, readers decode, writers are killed; then every update is accounted for
    Stress(stress::Load),
    /// Every system call of a save fails, in every way it can, and the outcome must be what was reported
    Faults(faults::Options),
    /// Full disks, mounts that turn read-only, and other places where a save cannot be
    Mounts(mounts::Options),
    /// Power cuts at every write to the disk, on ext4, xfs and btrfs
    Powercut(powercut::Options),
    /// Runs all of these at length, and writes docs/crash-tests.md
    Report(report::Options),
    /// The disk of `powercut`
    #[command(hide = true)]
    PowercutDevice(powercut::Device),
    /// A process that works while the disk of `powercut` records
    #[command(hide = true)]
    PowercutWork(powercut::Work),
    /// One save by a process of its own
    #[command(hide = true)]
    Save(save::Once),
    /// One process of `stress`
    #[command(hide = true)]
    StressWorker(stress::Worker),
}

fn main() -> ExitCode {
    let done = match Args::parse().tool {
        Tool::Stress(load) => stress::run(&load).map(|()| Outcome::Passed),
        Tool::Faults(options) => faults::run(&options),
        Tool::Mounts(options) => mounts::run(&options),
        Tool::Powercut(options) => powercut::run(&options),
        Tool::PowercutDevice(device) => powercut::serve(&device).map(|()| Outcome::Passed),
        Tool::PowercutWork(work) => powercut::work(&work).map(|()| Outcome::Passed),
        Tool::Report(options) => report::run(&options),
        Tool::Save(once) => save::run(&once).map(|()| Outcome::Passed),
        Tool::StressWorker(worker) => stress::work(&worker).map(|()| Outcome::Passed),
    };
    match done {
        Ok(outcome) => outcome.report(),
        Err(error) => {
            eprintln!("crash: {error:#}");
            ExitCode::FAILURE
        }
    }
}
