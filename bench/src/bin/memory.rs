//! What one document takes of the heap, counted by the allocator: a program of its own, as counting takes time.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use config_model::Config;
use config_store::{Options, Store};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Opens the file that is named and prints how many bytes that took at its peak, and how many it goes on to take.
fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: memory FILE");
        return ExitCode::FAILURE;
    };
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let opened: Result<Store<Config>, _> = Options::new().watch(None).max_bytes(1 << 30).open(path);
    match opened {
        Ok(store) => {
            println!("{} {}", HEAP.peak_usage() - before, HEAP.current_usage() - before);
            drop(store);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("memory: {error}");
            ExitCode::FAILURE
        }
    }
}
