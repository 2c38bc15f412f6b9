//! `savers`: saves a config file in every way that programs are known to save one, and measures when a real process that
//! watches it says so. `cargo xtask savers` builds it and runs it.
#![forbid(unsafe_code)]

mod clock;
mod control;
mod document;
mod matrix;
mod namespace;
mod outcome;
mod peers;
mod programs;
mod report;
mod sampler;
mod scene;
mod style;
mod styles;
mod terminal;
mod threads;
mod trial;
mod update;
mod watcher;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::outcome::Outcome;

/// Saves a config file in every way there is, and measures when a process that watches it says so
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    #[command(flatten)]
    options: matrix::Options,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What the matrix runs as processes of their own.
#[derive(Debug, Subcommand)]
enum Part {
    /// Watches a file as another crate does
    #[command(hide = true)]
    Watch(peers::Watch),
    /// Saves as another process with a store does
    #[command(hide = true)]
    Update(update::Update),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.part {
        None => matrix::run(&args.options),
        Some(Part::Watch(watch)) => peers::run(watch).map(|()| Outcome::Passed),
        Some(Part::Update(update)) => update::run(update).map(|()| Outcome::Passed),
    };
    match done {
        Ok(outcome) => outcome.report(),
        Err(error) => {
            eprintln!("savers: {error:#}");
            ExitCode::FAILURE
        }
    }
}
