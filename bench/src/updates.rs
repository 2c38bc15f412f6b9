//! What it costs to update from many threads at once, beside a mutex around the save.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use config_model::{Config, encode};
use config_store::{Options, Store};
use parking_lot::Mutex;

use crate::processes;
use crate::samples::config;
use crate::saves::{bare, now, sync_all, timed};
use crate::table::{Group, Reach, Report, Side, Unit};

/// Updates a second and how long the slowest wait.
#[derive(Clone, Copy)]
struct Rate {
    updates: f64,
    /// Seconds, of 99 in 100 updates.
    p99: f64,
}

pub(crate) fn run(quick: bool, report: &mut Report) -> Result<()> {
    let (rounds, time) = if quick { (3, Duration::from_millis(200)) } else { (9, Duration::from_secs(1)) };
    [1, 2, 8, 64].into_iter().try_for_each(|threads| by(threads, rounds, time, report))?;
    processes::run(quick, report)
}

fn by(threads: u32, rounds: usize, time: Duration, report: &mut Report) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (path, other) = (directory.path().join("config.json"), directory.path().join("mutex.json"));
    bare(&path, encode(&config(5))?.as_bytes())?;
    let store: Store<Config> = Options::new().watch(None).lock_wait(Duration::from_mins(1)).open(&path)?;
    let together = || -> Result<()> {
        store.update(|config| config.retention.traces_max_bytes += 1)?;
        Ok(())
    };
    let behind = Mutex::new(config(5));
    let mutex = || -> Result<()> {
        let mut config = behind.lock();
        config.retention.traces_max_bytes += 1;
        bare(&other, encode(&*config)?.as_bytes())
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let first = (store.snapshot().retention.traces_max_bytes, behind.lock().retention.traces_max_bytes);
    let mut done = (0, 0);
    for _ in 0..rounds {
        sync_all(directory.path())?;
        let (rate, updates) = measured(threads, time, &together)?;
        ours.push(rate);
        done.0 += updates;
        sync_all(directory.path())?;
        let (rate, updates) = measured(threads, time, &mutex)?;
        theirs.push(rate);
        done.1 += updates;
    }
    ensure!(store.snapshot().retention.traces_max_bytes == first.0 + done.0, "an update was lost");
    ensure!(behind.lock().retention.traces_max_bytes == first.1 + done.1, "an update was lost");
    let (together, mutex) = ("Store::update", "a mutex around the save");
    let mut group = Group::new(format!("durable updates of 1 KB, threads: {threads}"), Unit::Rate);
    let mut waits =
        Group::new(format!("99 of 100 updates are done within, threads: {threads}"), Unit::Nanoseconds);
    for (name, side, rates) in [(together, Side::Ours, &ours), (mutex, Side::Peer, &theirs)] {
        group.add(name, side, rates.iter().map(|rate| rate.updates).collect());
        waits.add(name, side, rates.iter().map(|rate| 1e9 * rate.p99).collect());
    }
    let (reach, wait) = match threads {
        8 => (Reach::AtLeast(3.5), Reach::Shown),
        64 => (Reach::AtLeast(20.0), Reach::AtMost(0.1)),
        _ => (Reach::Shown, Reach::Shown),
    };
    let what = format!("Store::update, rate, threads: {threads}, x a mutex around the save");
    report.rows.push(group.row(what, together, mutex, reach));
    report.rows.push(waits.row(
        format!("Store::update, p99, threads: {threads}, x a mutex around the save"),
        together,
        mutex,
        wait,
    ));
    report.groups.extend([group, waits]);
    Ok(())
}

fn measured(threads: u32, time: Duration, update: &(impl Fn() -> Result<()> + Sync)) -> Result<(Rate, u64)> {
    let (waits, took) = {
        let began = now();
        let waits: Result<Vec<Vec<f64>>> = thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(|| until(began + time, update))).collect();
            running.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a panic"))?).collect()
        });
        (waits?, now().saturating_duration_since(began))
    };
    let mut waits = waits.concat();
    waits.sort_by(f64::total_cmp);
    let p99 = waits.get(waits.len() * 99 / 100).copied().unwrap_or(f64::NAN);
    let updates = u32::try_from(waits.len())?;
    Ok((Rate { updates: f64::from(updates) / took.as_secs_f64(), p99 }, u64::from(updates)))
}

/// How long each update took, one after the other until then.
pub(crate) fn until(end: Instant, update: &impl Fn() -> Result<()>) -> Result<Vec<f64>> {
    let mut waits = Vec::new();
    while now() < end {
        waits.push(timed(update)?.as_secs_f64());
    }
    Ok(waits)
}
