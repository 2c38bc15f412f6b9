//! `cargo xtask`: every check that a person or CI runs, by name.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod crash;
mod fuzz;
mod instructions;
mod model;
mod run;
mod test;
mod tidy;
mod tools;
mod trust;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::run::Failed;

/// Every check that a person or CI runs, by name
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// All tests: installs what they need where it can, and says what it skipped and why
    Test,
    /// The checks beside the tests: format, lints, docs, licences, packages, invariants, model, instructions, stress, fuzz
    Ci,
    /// The invariants and size rules of ARCHITECTURE.md that a program can check
    Tidy,
    /// Processes and threads save, readers decode, writers are killed; then every update is accounted for
    Stress(crash::Arguments),
    /// Every system call of a save fails, in every way it can, and the outcome must be what was reported
    Faults(crash::Arguments),
    /// Power cuts at every write to the disk, on ext4, xfs and btrfs
    Powercut(crash::Arguments),
    /// Full disks, mounts that turn read-only, and other places where a save cannot be
    Mounts(crash::Arguments),
    /// Every way of saving a file that programs are known to have, and when the edit was served
    Savers(crash::Arguments),
    /// Malformed files and files made to exhaust memory, and what becomes of them here and with other readers
    Trust(crash::Arguments),
    /// What reading costs, beside the limit and beside other crates: ratios, and whether they are what is to be reached
    Bench(crash::Arguments),
    /// Instructions that reads, decoding and an update take, beside what they took before: 5 % more is a failure
    Instructions {
        /// Write the counts down, to be compared with from now on
        #[arg(long)]
        update: bool,
    },
    /// Publishing and reading in every order that threads and memory can have
    Model,
    /// Runs all of the crash tests at length, and writes docs/crash-tests.md
    CrashReport(crash::Arguments),
    /// Builds and runs the fuzz targets, and says what is missing where it cannot
    Fuzz {
        /// For each target
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
}

fn main() -> ExitCode {
    let done = match Args::parse().task {
        Task::Test => test::run(),
        Task::Ci => ci::run(),
        Task::Tidy => tidy::run(),
        Task::Stress(arguments) => crash::run("stress", &arguments),
        Task::Faults(arguments) => crash::run("faults", &arguments),
        Task::Powercut(arguments) => crash::run("powercut", &arguments),
        Task::Mounts(arguments) => crash::run("mounts", &arguments),
        Task::Savers(arguments) => crash::savers(&arguments),
        Task::Trust(arguments) => trust::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Instructions { update } => instructions::run(update),
        Task::Model => model::run(),
        Task::CrashReport(arguments) => crash::run("report", &arguments),
        Task::Fuzz { seconds } => fuzz::run(seconds),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(what)) => {
            eprintln!("xtask: {what}");
            ExitCode::FAILURE
        }
    }
}
