//! `cargo xtask`: every check that a person or CI runs, by name.
#![forbid(unsafe_code)]

mod ci;
mod fuzz;
mod run;
mod stress;
mod test;
mod tidy;
mod tools;

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
    /// The checks beside the tests: format, lints, docs, licences, invariants, stress, fuzz
    Ci,
    /// The invariants and size rules of ARCHITECTURE.md that a program can check
    Tidy,
    /// Processes and threads save, readers decode, then every update is accounted for
    Stress(stress::Load),
    /// Builds and runs the fuzz targets, and says what is missing where it cannot
    Fuzz {
        /// For each target
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// One process of `stress`
    #[command(hide = true)]
    StressWorker(stress::Worker),
}

fn main() -> ExitCode {
    let done = match Args::parse().task {
        Task::Test => test::run(),
        Task::Ci => ci::run(),
        Task::Tidy => tidy::run(),
        Task::Stress(load) => stress::run(&load),
        Task::Fuzz { seconds } => fuzz::run(seconds),
        Task::StressWorker(worker) => stress::work(&worker),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(what)) => {
            eprintln!("xtask: {what}");
            ExitCode::FAILURE
        }
    }
}
