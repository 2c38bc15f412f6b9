//! `cargo xtask bench`: ratios between ways of doing the same thing, measured in turns in one process. An absolute time says
//! more of the machine than of the program, and is printed for orientation only.
#![forbid(unsafe_code)]

mod latency;
mod loads;
mod lookups;
mod page;
mod plot;
mod processes;
mod reads;
mod rounds;
mod samples;
mod saves;
mod scale;
mod table;
mod updates;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::processes::Worker;
use crate::table::Report;

#[derive(Debug, Parser)]
struct Args {
    /// Fewer and shorter rounds: to see that it works
    #[arg(long)]
    quick: bool,
    /// Print JSON for programs
    #[arg(long)]
    json: bool,
    /// Where a whole run writes its page and pictures
    #[arg(long)]
    docs: Option<PathBuf>,
    #[command(flatten)]
    worker: Worker,
    /// Only these parts: reads, lookups, loads, saves, updates, latency, scale
    parts: Vec<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(file) = args.worker.file() {
        return match args.worker.run(file) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        };
    }
    match measure(&args) {
        Ok(report) => {
            if let Some(docs) = args.docs.as_ref().filter(|_| !args.quick && args.parts.is_empty())
                && let Err(error) = page::write(&report, docs)
            {
                return failed(&error);
            }
            println!("{}", if args.json { report.json() } else { report.markdown() });
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("bench: {error:#}");
    ExitCode::FAILURE
}

fn measure(args: &Args) -> Result<Report> {
    let mut report = Report::default();
    let is_asked = |part: &str| args.parts.is_empty() || args.parts.iter().any(|asked| asked == part);
    if is_asked("reads") {
        reads::run(args.quick, &mut report)?;
    }
    if is_asked("lookups") {
        lookups::run(args.quick, &mut report)?;
    }
    if is_asked("loads") {
        loads::run(args.quick, &mut report)?;
    }
    if is_asked("saves") {
        saves::run(args.quick, &mut report)?;
    }
    if is_asked("updates") {
        updates::run(args.quick, &mut report)?;
    }
    if is_asked("latency") {
        latency::run(args.quick, &mut report)?;
    }
    if is_asked("scale") {
        scale::run(args.quick, &mut report)?;
    }
    Ok(report)
}
