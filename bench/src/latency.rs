//! How soon an edit by another program is served, and what a store that has nothing to do takes.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use config_model::Config;
use config_store::Store;
use hotswap_config::prelude::HotswapConfig;
use nix::time::{ClockId, clock_gettime};
use notify_debouncer_mini::new_debouncer;
use notify_debouncer_mini::notify::RecursiveMode;
use tokio::runtime::Builder;

use crate::loads::{Plain, put};
use crate::samples::{config, text};
use crate::saves::{now, timed};
use crate::table::{Group, Reach, Report, Row, Side, Unit, median};

/// As in the store.
const DEBOUNCE: Duration = Duration::from_millis(250);

/// Nobody waits for longer.
const LONGEST: Duration = Duration::from_secs(10);

pub(crate) fn run(quick: bool, report: &mut Report) -> Result<()> {
    let edits = if quick { 3 } else { 20 };
    let mut group = Group::new("an edit by rename, until it is read", Unit::Nanoseconds);
    let ours = store(edits)?;
    let slowest = ours.iter().copied().fold(0.0, f64::max);
    report.rows.push(milliseconds("an edit, until it is served: median, in ms", median(ours.clone()), 300.0));
    report.rows.push(milliseconds("an edit, until it is served: slowest, in ms", slowest, 800.0));
    group.add("Store", Side::Ours, ours);
    for (name, times) in [("notify-debouncer-mini", debouncer(edits)), ("hotswap-config", hotswap(edits))] {
        match times {
            Ok(times) => group.add(name, Side::Peer, times),
            // It is no figure, and not for us to mend.
            Err(error) => eprintln!("bench: {name}: {error:#}"),
        }
    }
    report.groups.push(group);
    idle(quick, report)
}

fn milliseconds(what: &str, nanoseconds: f64, most: f64) -> Row {
    let values = [Unit::Nanoseconds.show(nanoseconds), String::new(), String::new()];
    Row { what: what.to_owned(), values, ratio: nanoseconds / 1e6, reach: Reach::AtMost(most) }
}

/// As editors and tools that are careful do.
#[expect(clippy::disallowed_methods, reason = "it plays the part of another program")]
fn save(path: &Path, days: u64) -> Result<()> {
    let new = path.with_extension("new");
    put(&new, text(&config(5), days)?.as_bytes())?;
    fs::set_permissions(&new, fs::metadata(path)?.permissions())?;
    Ok(fs::rename(new, path)?)
}

/// The time of each edit, from its rename until `served` says that it has it.
fn edits(path: &Path, count: u64, mut served: impl FnMut(u64) -> Result<()>) -> Result<Vec<f64>> {
    (1..=count)
        .map(|days| {
            let took = timed(|| {
                save(path, days)?;
                served(days)
            })?;
            // So that no edit falls into what is left of the one before.
            quiet();
            Ok(took.as_secs_f64() * 1e9)
        })
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "there is nothing to wait for: it is to be quiet")]
fn quiet() {
    std::thread::sleep(DEBOUNCE * 2);
}

fn store(count: u64) -> Result<Vec<f64>> {
    let directory = tempfile::tempdir()?;
    let store: Store<Config> = Store::open(directory.path().join("config.json"))?;
    let mut changes = store.subscribe();
    quiet();
    edits(store.path(), count, |days| {
        let change = changes.next_within(LONGEST).context("no change came")?;
        ensure!(change.after().retention.events_days == days, "another edit came");
        Ok(())
    })
}

fn debouncer(count: u64) -> Result<Vec<f64>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("config.json");
    put(&path, text(&config(5), 0)?.as_bytes())?;
    let (send, receive) = channel();
    let file = path.clone();
    let mut debouncer = new_debouncer(DEBOUNCE, move |_| {
        let read = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Plain>(&bytes).ok());
        if let Some(read) = read {
            send.send(read.days()).ok();
        }
    })?;
    debouncer.watcher().watch(directory.path(), RecursiveMode::NonRecursive)?;
    quiet();
    edits(&path, count, |days| wait_for(&receive, days))
}

fn hotswap(count: u64) -> Result<Vec<f64>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("config.json");
    put(&path, text(&config(5), 0)?.as_bytes())?;
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (send, receive) = channel();
    let file = path.clone();
    let watched = runtime.block_on(async {
        let builder = HotswapConfig::builder().with_file(file).with_file_watch(true);
        let config = builder.build::<Plain>().await?;
        let shared = config.clone();
        let tell = move || {
            send.send(shared.get().days()).ok();
        };
        let subscription = config.subscribe(tell).await;
        anyhow::Ok((config, subscription))
    })?;
    quiet();
    let times = edits(&path, count, |days| wait_for(&receive, days));
    // Its own drop needs the runtime.
    runtime.block_on(async { drop(watched) });
    times
}

fn wait_for(told: &Receiver<u64>, days: u64) -> Result<()> {
    let end = now() + LONGEST;
    loop {
        let left = end.saturating_duration_since(now());
        if told.recv_timeout(left).map_err(|_| anyhow!("an edit was not noticed"))? == days {
            return Ok(());
        }
    }
}

/// The share of a processor that a store takes while nothing happens.
#[expect(clippy::disallowed_methods, reason = "there is nothing to wait for: it is to be idle")]
fn idle(quick: bool, report: &mut Report) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let store: Store<Config> = Store::open(directory.path().join("config.json"))?;
    quiet();
    let time = Duration::from_secs(if quick { 2 } else { 20 });
    let before = process_time()?;
    std::thread::sleep(time);
    let share = (process_time()?.saturating_sub(before)).as_secs_f64() / time.as_secs_f64() * 100.0;
    ensure!(store.snapshot().generation() == 1, "something happened");
    let values = [format!("{share:.3} %"), String::new(), String::new()];
    let what = "an idle store, per cent of a processor".to_owned();
    report.rows.push(Row { what, values, ratio: share, reach: Reach::AtMost(0.1) });
    Ok(())
}

fn process_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}
