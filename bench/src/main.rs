//! `cargo xtask bench`: ratios between ways of doing the same thing, measured in turns in one process. An absolute time says
//! more of the machine than of the program, and is printed for orientation only.
#![forbid(unsafe_code)]

mod reads;
mod rounds;
mod table;

use std::process::ExitCode;

use clap::Parser;

#[derive(Debug, Parser)]
struct Args {
    /// Fewer and shorter rounds: to see that it works
    #[arg(long)]
    quick: bool,
    /// Print JSON for programs
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match reads::run(args.quick) {
        Ok(report) => {
            println!("{}", if args.json { report.json() } else { report.text() });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
