//! `stress`: processes and threads save the same file at once, some are killed, and readers decode it all the while.
//! Every acknowledged update must be there, no reader may have seen anything but whole documents that grow, and nothing
//! may be left over. Two writers that save as one should not are loaded as well, and must be caught.

mod account;
mod counters;
mod counts;
mod end;
mod place;
mod readers;
mod report;
mod resident;
mod slot;
mod trial;
mod worker;

use std::path::PathBuf;
use std::thread;

use anyhow::{Result, anyhow};

use self::counts::Totals;
use self::report::Report;
pub(crate) use self::worker::{Worker, work};
use crate::writer::Writer;

/// A control loses updates from its first moments on; a few tries, so that a busy machine does not make it a blind one.
const CONTROL_SECONDS: u64 = 1;
const CONTROL_TRIES: usize = 5;
const PEER_SECONDS: u64 = 10;

/// How much, for how long
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Load {
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// That save and are killed
    #[arg(long, default_value_t = 4)]
    processes: usize,
    /// That save, in each process
    #[arg(long, default_value_t = 4)]
    threads: usize,
    /// That read the file in a loop, and as many that take snapshots
    #[arg(long, default_value_t = 2)]
    readers: usize,
    /// Repeats the moments of the kills. When the kernel lets whom run cannot be repeated.
    #[arg(long)]
    seed: Option<u64>,
    /// Also loads the crates that others save files with, for 10 s each
    #[arg(long)]
    peers: bool,
    /// Where to write the numbers
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Load {
    fn for_seconds(&self, seconds: u64) -> Self {
        Self { seconds, ..self.clone() }
    }

    /// One that a writer without a lock cannot come through by luck.
    fn crowded(&self) -> Self {
        let (processes, threads) = (self.processes.max(2), self.threads.max(2));
        Self { processes, threads, ..self.for_seconds(CONTROL_SECONDS) }
    }
}

/// Loads the store, then the controls, then the peers if they are asked for.
pub(crate) fn run(load: &Load) -> Result<()> {
    let seed = load.seed.unwrap_or_else(|| fastrand::u32(..).into());
    println!("stress: seed {seed}");
    let store = trial::run(Writer::Store, load, seed)?;
    println!("{}", report::line(&store));
    let mut controls = Vec::new();
    for writer in [Writer::NoLock, Writer::PredictableName] {
        let control = control(writer, load, seed)?;
        println!("{}", report::control(&control));
        controls.push(control);
    }
    let mut peers = Vec::new();
    if load.peers {
        for writer in [Writer::Store, Writer::AtomicWriteFile, Writer::TempfilePersist] {
            peers.push(trial::run(writer, &load.for_seconds(PEER_SECONDS), seed)?);
        }
        print!("{}", report::table(&peers));
    }
    let report = Report { store, controls, peers };
    if let Some(path) = &load.json {
        report.write(path)?;
    }
    report.judge()
}

/// Loads a writer that must fail, until it does; the last attempt.
fn control(writer: Writer, load: &Load, seed: u64) -> Result<Totals> {
    let load = load.crowded();
    let mut totals = trial::run(writer, &load, seed)?;
    for _ in 1..CONTROL_TRIES {
        if report::is_caught(&totals) {
            break;
        }
        totals = trial::run(writer, &load, seed)?;
    }
    Ok(totals)
}

fn joined<T>(result: thread::Result<Result<T>>) -> Result<T> {
    result.unwrap_or_else(|_| Err(anyhow!("a thread panicked")))
}
