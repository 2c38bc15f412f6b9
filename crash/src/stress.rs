//! `cargo xtask stress`: processes and threads save the same file at once while readers decode it; then every
//! acknowledged update must be there, no reader may have seen anything but whole documents that grow, and nothing may
//! be left over.
#![expect(clippy::disallowed_methods, reason = "a load for so many seconds reads the clock")]

mod counters;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use config_model::Limits;
use config_store::{Options, Store, read};

use self::counters::Counters;
use crate::run::{Done, Failed, failed};

/// How much, for how long
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Load {
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// That save, besides this one
    #[arg(long, default_value_t = 4)]
    processes: usize,
    /// That save, in each process
    #[arg(long, default_value_t = 4)]
    threads: usize,
    /// That read the file in a loop, and as many that take snapshots
    #[arg(long, default_value_t = 2)]
    readers: usize,
}

impl Load {
    /// As CI runs it.
    pub(crate) fn brief() -> Self {
        Self { seconds: 20, processes: 4, threads: 4, readers: 2 }
    }
}

/// What a worker process is told
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Worker {
    path: PathBuf,
    name: String,
    threads: usize,
    seconds: u64,
}

pub(crate) fn run(load: &Load) -> Done {
    let directory = tempfile::tempdir().map_err(failed("a directory for the load"))?;
    let path = directory.path().join("config.json");
    let store: Store<Counters> = Store::open(&path).map_err(failed("the store"))?;
    let workers = start_workers(load, &path)?;
    let is_over = AtomicBool::new(false);
    let (reads, snapshots) = (AtomicU64::new(0), AtomicU64::new(0));
    let until = Instant::now() + Duration::from_secs(load.seconds);
    let (own, others) = thread::scope(|scope| {
        let readers: Vec<_> = (0..load.readers)
            .flat_map(|_| {
                let from_file = scope.spawn(|| grows(&is_over, &reads, || Ok(from_file(&path)?.total())));
                let from_store = scope.spawn(|| grows(&is_over, &snapshots, || Ok(store.snapshot().total())));
                [from_file, from_store]
            })
            .collect();
        let own = save(&store, "stress", load.threads, until);
        let others = finish_workers(workers);
        is_over.store(true, Ordering::Release);
        let seen = readers.into_iter().try_for_each(|reader| joined(reader.join()));
        (own.and_then(|own| seen.map(|()| own)), others)
    });
    let acknowledged = own? + others?;
    drop(store);
    verify(&path, acknowledged)?;
    println!(
        "stress: {} s, {} processes x {} threads, {acknowledged} updates all there, {} reads and {} snapshots whole",
        load.seconds,
        load.processes + 1,
        load.threads,
        reads.into_inner(),
        snapshots.into_inner(),
    );
    Ok(())
}

/// What a worker process does: saves until its time is over, then says how many saves were acknowledged.
pub(crate) fn work(worker: &Worker) -> Done {
    let store: Store<Counters> =
        Options::new().watch(None).open(&worker.path).map_err(failed("the store"))?;
    let until = Instant::now() + Duration::from_secs(worker.seconds);
    println!("{}", save(&store, &worker.name, worker.threads, until)?);
    Ok(())
}

/// Every thread counts up its own counter and the one that all share.
fn save(store: &Store<Counters>, name: &str, threads: usize, until: Instant) -> Result<u64, Failed> {
    let one = |thread: usize| {
        let own = format!("{name}-{thread}");
        let mut saved = 0;
        while Instant::now() < until {
            let done = store.update(|counters| counters.count(&own));
            done.map_err(failed(format!("update {saved} of {own}")))?;
            saved += 1;
        }
        Ok(saved)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || one(thread))).collect();
        threads.into_iter().try_fold(0, |sum, thread| Ok(sum + joined(thread.join())?))
    })
}

fn joined<T>(result: thread::Result<Result<T, Failed>>) -> Result<T, Failed> {
    result.unwrap_or_else(|_| Err(Failed::new("a thread panicked")))
}

/// Reads until it is over; what is read never goes back.
fn grows(
    is_over: &AtomicBool,
    count: &AtomicU64,
    read: impl Fn() -> Result<u64, Failed>,
) -> Result<(), Failed> {
    let mut last = 0;
    while !is_over.load(Ordering::Acquire) {
        let now = read()?;
        if now < last {
            return Err(Failed(format!("a reader saw {last} updates, then {now}")));
        }
        last = now;
        count.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn from_file(path: &Path) -> Result<Counters, Failed> {
    let reading = read::<Counters>(path, Limits::default()).map_err(failed("a reader"))?;
    Ok(reading.document)
}

fn start_workers(load: &Load, path: &Path) -> Result<Vec<Child>, Failed> {
    let program = std::env::current_exe().map_err(failed("this program's path"))?;
    let start = |number: usize| {
        let mut worker = Command::new(&program);
        worker.arg("stress-worker").arg(path).arg(format!("process-{number}"));
        worker.arg(load.threads.to_string()).arg(load.seconds.to_string());
        worker.stdout(Stdio::piped()).spawn().map_err(failed("a worker process"))
    };
    (0..load.processes).map(start).collect()
}

fn finish_workers(workers: Vec<Child>) -> Result<u64, Failed> {
    // All of them end before anything is made of it: the directory goes when this returns.
    let ended: Vec<_> = workers.into_iter().map(Child::wait_with_output).collect();
    ended.into_iter().try_fold(0, |sum, output| {
        let output = output.map_err(failed("a worker process"))?;
        if !output.status.success() {
            return Err(Failed(format!("a worker process ended with {}", output.status)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let saved: u64 = text.trim().parse().map_err(failed("what a worker process acknowledged"))?;
        Ok(sum + saved)
    })
}

fn verify(path: &Path, acknowledged: u64) -> Done {
    let counters = from_file(path)?;
    if counters.total() != acknowledged || counters.sum() != acknowledged {
        let (total, sum) = (counters.total(), counters.sum());
        return Err(Failed(format!(
            "{acknowledged} updates were acknowledged; the file counts {total}, in parts {sum}"
        )));
    }
    let directory = path.parent().unwrap_or(path);
    for entry in fs::read_dir(directory).map_err(failed("the directory"))? {
        let name = entry.map_err(failed("the directory"))?.file_name();
        if name != "config.json" && name != ".config.json.lock" {
            return Err(Failed(format!("left over: {}", name.to_string_lossy())));
        }
    }
    Ok(())
}
