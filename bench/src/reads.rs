//! What it costs to read the current document: to keep it, and to look at it.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use arc_swap::{ArcSwap, Cache};
use config_model::{Document, Problems};
use config_store::{Options, Store};
use hotswap_config::prelude::HotswapConfig;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::rounds::{Contender, Effort, Sample, Worker, run as run_rounds};
use crate::table::{Reach, Report};

/// What every document says, and every read has to find.
const NUMBER: u64 = 7;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Small {
    number: u64,
}

impl Document for Small {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { number: NUMBER }
    }
    fn check(&self, _: &mut Problems) {}
}

/// All contenders read a document that is there and does not change: what a request pays nearly always.
pub(crate) fn run(quick: bool, report: &mut Report) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("small.json");
    let store: Store<Small> = Options::new().watch(None).open(&path)?;
    let effort = if quick {
        Effort { rounds: 3, operations: 100_000 }
    } else {
        Effort { rounds: 15, operations: 4_000_000 }
    };
    owned(&store, effort, report)?;
    borrowed(&store, effort, report)
}

/// Something to be read by each thread.
fn contender<S: 'static, R: FnMut() -> u64 + Send + 'static>(
    name: &'static str,
    shared: S,
    reader: impl Fn(&S) -> R + 'static,
) -> Contender {
    let worker = move || {
        let mut read = reader(&shared);
        Box::new(move |operations: u32| (0..operations).fold(0_u64, |sum, _| sum.wrapping_add(read())))
            as Worker
    };
    Contender { name, worker: Box::new(worker) }
}

fn small() -> Arc<Small> {
    Arc::new(Small::seed())
}

/// To keep it: the time to drop it is counted.
fn owned(store: &Store<Small>, effort: Effort, report: &mut Report) -> Result<()> {
    let all = [
        contender("a private Arc (limit)", (), |()| {
            let own = small();
            move || black_box(&Arc::clone(&own)).number
        }),
        contender("Reader::snapshot", store.clone(), |store| {
            let mut reader = store.reader();
            move || black_box(&reader.snapshot()).number
        }),
        contender("Store::snapshot", store.clone(), |store| {
            let store = store.clone();
            move || black_box(&store.snapshot()).number
        }),
        contender("arc_swap load_full", Arc::new(ArcSwap::new(small())), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&shared.load_full()).number
        }),
        contender("hotswap-config get", HotswapConfig::new(Small::seed()), |shared| {
            let shared = shared.clone();
            move || black_box(&shared.get()).number
        }),
        contender("parking_lot RwLock, clone", Arc::new(RwLock::new(small())), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&Arc::clone(&shared.read())).number
        }),
        contender("tokio watch, borrow and clone", watch::channel(small()), |(_, shared)| {
            let shared = shared.clone();
            move || black_box(&Arc::clone(&shared.borrow())).number
        }),
    ];
    let (one, two) = (run_rounds(&all, 1, effort, NUMBER)?, run_rounds(&all, 2, effort, NUMBER)?);
    for (threads, samples) in [("owned, 1 thread", &one), ("owned, 2 threads", &two)] {
        all.iter()
            .zip(samples)
            .for_each(|(contender, samples)| report.figure(threads, contender.name, samples));
    }
    let ([limit, reader, plain, full, ..], [_, reader2, plain2, full2, ..]) =
        (one.as_slice(), two.as_slice())
    else {
        return Ok(());
    };
    report.ratio("Reader::snapshot, x a private Arc, 1 thread", cpu(reader, limit), Reach::AtMost(1.1));
    report.ratio("Reader::snapshot, x arc_swap load_full, 1 thread", cpu(reader, full), Reach::AtMost(0.5));
    report.ratio(
        "Reader::snapshot, x arc_swap load_full, 2 threads",
        cpu(reader2, full2),
        Reach::AtMost(0.2),
    );
    let rates = reader2.iter().zip(reader).map(|(two, one)| two.rate / one.rate).collect();
    report.ratio("Reader::snapshot, rate of 2 threads x that of 1", rates, Reach::AtLeast(1.9));
    report.ratio("Store::snapshot, x arc_swap load_full, 1 thread", cpu(plain, full), Reach::AtMost(1.0));
    report.ratio("Store::snapshot, x arc_swap load_full, 2 threads", cpu(plain2, full2), Reach::AtMost(0.4));
    Ok(())
}

/// To look at it.
fn borrowed(store: &Store<Small>, effort: Effort, report: &mut Report) -> Result<()> {
    let all = [
        contender("an atomic load (limit)", Arc::new(AtomicU64::new(NUMBER)), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&*shared).load(Ordering::Acquire)
        }),
        contender("Reader::current", store.clone(), |store| {
            let mut reader = store.reader();
            move || black_box(reader.current()).number
        }),
        contender("arc_swap::Cache", Arc::new(ArcSwap::new(small())), |shared| {
            let mut cache = Cache::new(Arc::clone(shared));
            move || black_box(cache.load()).number
        }),
        contender("arc_swap load", Arc::new(ArcSwap::new(small())), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&shared.load()).number
        }),
        contender("parking_lot RwLock, read", Arc::new(RwLock::new(small())), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&shared.read()).number
        }),
        contender("tokio watch, borrow", watch::channel(small()), |(_, shared)| {
            let shared = shared.clone();
            move || black_box(&shared.borrow()).number
        }),
    ];
    for threads in [1, 2] {
        let samples = run_rounds(&all, threads, effort, NUMBER)?;
        let group = format!("borrowed, {threads} threads");
        all.iter()
            .zip(&samples)
            .for_each(|(contender, samples)| report.figure(&group, contender.name, samples));
        let [limit, reader, ..] = samples.as_slice() else { continue };
        let what = format!("Reader::current, x an atomic load, threads: {threads}");
        report.ratio(what, cpu(reader, limit), Reach::AtMost(2.5));
    }
    Ok(())
}

/// Round by round.
fn cpu(ours: &[Sample], other: &[Sample]) -> Vec<f64> {
    ours.iter().zip(other).map(|(ours, other)| ours.cpu / other.cpu).collect()
}
