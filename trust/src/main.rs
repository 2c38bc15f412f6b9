//! `trust`: shows that no malformed config file is believed and that none exhausts memory, and what other readers do with
//! the same files. `cargo xtask trust peers | bombs | report` builds it and runs it.
#![forbid(unsafe_code)]

mod bombs;
mod peers;
mod report;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Shows that no malformed config file is believed, and that none exhausts memory
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Debug, Subcommand)]
enum Tool {
    /// Malformed files, and which readers accept them
    Peers(peers::Options),
    /// Files made to exhaust memory or time, each read by a process of its own
    Bombs(bombs::Options),
    /// Runs both, and writes docs/trust-tests.md
    Report(report::Options),
    /// Runs a program, and prints what it took
    #[command(hide = true)]
    Measure(bombs::Measure),
}

fn main() -> ExitCode {
    let done = match Args::parse().tool {
        Tool::Peers(options) => peers::run(&options),
        Tool::Bombs(options) => bombs::run(&options),
        Tool::Report(options) => report::run(&options),
        Tool::Measure(measure) => bombs::measure(&measure),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trust: {error:#}");
            ExitCode::FAILURE
        }
    }
}
