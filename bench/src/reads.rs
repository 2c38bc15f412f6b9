//! What it costs to read the current document: to keep it, and to look at it.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use arc_swap::{ArcSwap, Cache};
use config_model::{Config, Document, Problems, encode};
use config_store::{Options, Store};
use hotswap_config::prelude::HotswapConfig;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::loads::put;
use crate::rounds::{Contender, Effort, contender, run as run_rounds, table, thread_time};
use crate::samples::config;
use crate::saves::bare;
use crate::table::{Group, Reach, Report, Side, Unit};

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
    borrowed(&store, effort, report)?;
    last(quick, report)
}

/// What the last reader of an old document pays for letting go of it.
fn last(quick: bool, report: &mut Report) -> Result<()> {
    let (aliases, rounds) = if quick { (10_000, 3) } else { (100_000, 9) };
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("config.json");
    let mut sample = config(aliases);
    bare(&path, encode(&sample)?.as_bytes())?;
    let store: Store<Config> = Options::new().watch(None).open(&path)?;
    let mut group =
        Group::new(format!("dropping the last of an old document of {aliases} aliases"), Unit::Nanoseconds);
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for days in 1..=rounds {
        let snapshot = store.snapshot();
        sample.retention.events_days = days;
        put(&path, encode(&sample)?.as_bytes())?;
        store.reload()?;
        ours.push(dropped(snapshot)?);
        plain.push(dropped(Arc::new(sample.clone()))?);
    }
    let slowest = ours.iter().copied().fold(0.0, f64::max);
    group.add("Snapshot", Side::Ours, ours);
    group.add("an Arc", Side::Peer, plain);
    let mut row = group.row(
        "dropping the last of an old document: slowest, in ms",
        "Snapshot",
        "an Arc",
        Reach::AtMost(0.5),
    );
    row.ratio = slowest / 1e6;
    report.rows.push(row);
    report.groups.push(group);
    Ok(())
}

fn dropped<T>(what: T) -> Result<f64> {
    // Of this thread: others may be given the processor meanwhile.
    let before = thread_time()?;
    drop(what);
    Ok(thread_time()?.saturating_sub(before).as_secs_f64() * 1e9)
}

fn small() -> Arc<Small> {
    Arc::new(Small::seed())
}

/// To keep it: the time to drop it is counted.
fn owned_ways(store: &Store<Small>) -> [Contender; 9] {
    [
        contender("a private Arc", Side::Limit, (), |()| {
            let own = small();
            move || black_box(&Arc::clone(&own)).number
        }),
        // What a handle cannot do without: a count of its own for a document of many, and a look at whether it is the latest.
        contender("with a second pointer", Side::Limit, (), |()| {
            let own = Arc::new(small());
            move || black_box(&Arc::clone(&own)).number
        }),
        contender("and a check", Side::Limit, Arc::new(AtomicU64::new(1)), |latest| {
            let (own, latest) = (Arc::new(small()), Arc::clone(latest));
            move || match black_box(&latest).load(Ordering::Acquire) {
                1 => black_box(&Arc::clone(&own)).number,
                _ => 0,
            }
        }),
        contender("Reader::snapshot", Side::Ours, store.clone(), |store| {
            let mut reader = store.reader();
            move || black_box(&reader.snapshot()).number
        }),
        contender("Store::snapshot", Side::Ours, store.clone(), |store| {
            let store = store.clone();
            move || black_box(&store.snapshot()).number
        }),
        contender("arc_swap load_full", Side::Peer, Arc::new(ArcSwap::new(small())), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&shared.load_full()).number
        }),
        contender("hotswap-config get", Side::Peer, HotswapConfig::new(Small::seed()), |shared| {
            let shared = shared.clone();
            move || black_box(&shared.get()).number
        }),
        contender("parking_lot RwLock, clone", Side::Peer, Arc::new(RwLock::new(small())), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&Arc::clone(&shared.read())).number
        }),
        contender("tokio watch, borrow and clone", Side::Peer, watch::channel(small()), |(_, shared)| {
            let shared = shared.clone();
            move || black_box(&Arc::clone(&shared.borrow())).number
        }),
    ]
}

/// The CPU time of each way, with so many threads.
pub(crate) fn owned_by_threads(threads: u32, effort: Effort) -> Result<Vec<(&'static str, f64)>> {
    let directory = tempfile::tempdir()?;
    let store: Store<Small> = Options::new().watch(None).open(directory.path().join("small.json"))?;
    let all = owned_ways(&store);
    let group = table("", &all, &run_rounds(&all, threads, effort, NUMBER)?);
    Ok(all.iter().zip(&group.entries).map(|(way, entry)| (way.name, entry.median())).collect())
}

fn owned(store: &Store<Small>, effort: Effort, report: &mut Report) -> Result<()> {
    let all = owned_ways(store);
    let (one, two) = (run_rounds(&all, 1, effort, NUMBER)?, run_rounds(&all, 2, effort, NUMBER)?);
    let rates =
        two.iter().zip(&one).skip(1).take(1).flat_map(|(two, one)| {
            two.iter().zip(one).map(|(two, one)| two.rate / one.rate).collect::<Vec<_>>()
        });
    let rates = rates.collect();
    let one = table("owned, 1 thread", &all, &one);
    let two = table("owned, 2 threads", &all, &two);
    let (ours, plain, full) = ("Reader::snapshot", "Store::snapshot", "arc_swap load_full");
    report.rows.extend([
        one.row("Reader::snapshot, 1 thread, x a private Arc", ours, "a private Arc", Reach::AtMost(1.1)),
        one.row("Reader::snapshot, 1 thread, x arc_swap load_full", ours, full, Reach::AtMost(0.5)),
        two.row("Reader::snapshot, 2 threads, x arc_swap load_full", ours, full, Reach::AtMost(0.2)),
    ]);
    report.ratio("Reader::snapshot, rate of 2 threads x that of 1", rates, Reach::AtLeast(1.9));
    report.rows.extend([
        one.row("Store::snapshot, 1 thread, x arc_swap load_full", plain, full, Reach::AtMost(1.0)),
        two.row("Store::snapshot, 2 threads, x arc_swap load_full", plain, full, Reach::AtMost(0.4)),
    ]);
    report.groups.extend([one, two]);
    Ok(())
}

/// To look at it.
fn borrowed(store: &Store<Small>, effort: Effort, report: &mut Report) -> Result<()> {
    let all = [
        contender("an atomic load", Side::Limit, Arc::new(AtomicU64::new(NUMBER)), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&*shared).load(Ordering::Acquire)
        }),
        contender("Reader::current", Side::Ours, store.clone(), |store| {
            let mut reader = store.reader();
            move || black_box(reader.current()).number
        }),
        contender("arc_swap::Cache", Side::Peer, Arc::new(ArcSwap::new(small())), |shared| {
            let mut cache = Cache::new(Arc::clone(shared));
            move || black_box(cache.load()).number
        }),
        contender("arc_swap load", Side::Peer, Arc::new(ArcSwap::new(small())), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&shared.load()).number
        }),
        contender("parking_lot RwLock, read", Side::Peer, Arc::new(RwLock::new(small())), |shared| {
            let shared = Arc::clone(shared);
            move || black_box(&shared.read()).number
        }),
        contender("tokio watch, borrow", Side::Peer, watch::channel(small()), |(_, shared)| {
            let shared = shared.clone();
            move || black_box(&shared.borrow()).number
        }),
    ];
    for threads in [1, 2] {
        let group = format!("borrowed, threads: {threads}");
        let group = table(group, &all, &run_rounds(&all, threads, effort, NUMBER)?);
        let what = format!("Reader::current, threads: {threads}, x an atomic load");
        report.rows.push(group.row(what, "Reader::current", "an atomic load", Reach::AtMost(2.5)));
        report.groups.push(group);
    }
    Ok(())
}
