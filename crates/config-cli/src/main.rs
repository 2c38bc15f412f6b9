//! `configctl`: the operator's hand on the config file.
#![forbid(unsafe_code)]

mod args;
mod color;
mod commands;
mod diagnostic;
mod diff;
mod doctor;
mod edit;
mod examples;
mod failure;
mod history;
mod output;
mod pages;
mod paint;
mod place;
mod rollback;
mod usage;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use signal_hook::consts::SIGXFSZ;
use tracing_subscriber::EnvFilter;

use crate::args::Args;
use crate::commands::Context;
use crate::failure::{Exit, Failure};

fn main() -> ExitCode {
    // Before the arguments are read: what is wrong with them is said in colours, too.
    color::choose(std::env::args_os());
    let args = match Args::try_parse() {
        Ok(args) => args,
        // What was asked for, as `--help`, is text.
        Err(error) if error.use_stderr() && usage::is_json(std::env::args_os()) => {
            return ExitCode::from(report(&usage::failure(&error), true) as u8);
        }
        Err(error) => error.exit(),
    };
    output::remember(&args);
    log();
    outlive_file_size_limit();
    let json = args.json;
    let exit = match Context::new(&args).and_then(|context| context.run(args.command)) {
        Ok(exit) => exit,
        Err(failure) => report(&failure, json),
    };
    ExitCode::from(exit as u8)
}

fn report(failure: &Failure, json: bool) -> Exit {
    if json {
        output::object_aside(&failure.json());
    } else {
        output::aside(&failure.text());
    }
    failure.exit
}

/// Over `ulimit -f` the kernel sends SIGXFSZ, which ends a program without a word, unless it catches it: then the write
/// fails with EFBIG, which can be told.
fn outlive_file_size_limit() {
    // Where it cannot be caught, the file is as safe as before.
    signal_hook::flag::register(SIGXFSZ, Arc::default()).ok();
}

/// Only when asked for: every command says what matters in its own words. A filter that cannot be read is as none.
fn log() {
    if std::env::var_os("RUST_LOG").is_some()
        && let Ok(filter) = EnvFilter::try_from_default_env()
    {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
}
