//! How it grows: with the number of aliases, of reading threads, of subscribers, and of stores in a process.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, ensure};
use config_model::{Config, Limits, decode_with};
use config_store::{Options, Store};

use crate::loads::put;
use crate::lookups::by_alias_alone;
use crate::reads::owned_by_threads;
use crate::rounds::Effort;
use crate::samples::{config, text};
use crate::saves::timed;
use crate::table::{Chart, Report, Unit, median};

/// No file of these benchmarks is larger.
const LARGEST: usize = 1 << 30;

pub(crate) fn run(quick: bool, report: &mut Report) -> Result<()> {
    by_aliases(quick, report)?;
    by_threads(quick, report)?;
    by_subscribers(quick, report)?;
    by_stores(quick, report)
}

/// Repeats short work, so that a clock can tell.
fn each(repeats: u32, mut work: impl FnMut(u32) -> Result<()>) -> Result<f64> {
    let mut times = Vec::new();
    for repeat in 0..repeats {
        times.push(timed(|| work(repeat))?.as_secs_f64() * 1e9);
    }
    Ok(median(times))
}

fn by_aliases(quick: bool, report: &mut Report) -> Result<()> {
    let mut times = Chart::new("time", "aliases", Unit::Nanoseconds);
    let mut finds = Chart::new("time of a look-up", "aliases", Unit::Nanoseconds);
    let mut memory = Chart::new("heap for each byte of JSON", "aliases", Unit::Bytes);
    let sizes: &[u32] =
        if quick { &[10, 1_000, 10_000] } else { &[10, 100, 1_000, 10_000, 100_000, 1_000_000] };
    for aliases in sizes {
        let sample = config(usize::try_from(*aliases)?);
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("config.json");
        let repeats = if *aliases > 10_000 { 5 } else { 25 };
        let [decoded, reloaded, updated, found] = of_size(&sample, &path, repeats, quick)?;
        times.add("decode", *aliases, decoded);
        times.add("Store::reload", *aliases, reloaded);
        times.add("Store::update", *aliases, updated);
        finds.add("models.get", *aliases, found);
        let bytes = f64::from(u32::try_from(fs::metadata(&path)?.len())?);
        let [peak, live] = heap(&path)?;
        memory.add("peak of an open", *aliases, peak / bytes);
        memory.add("held after it", *aliases, live / bytes);
    }
    report.charts.extend([times, finds, memory]);
    Ok(())
}

fn of_size(sample: &Config, path: &Path, repeats: u32, quick: bool) -> Result<[f64; 4]> {
    let (odd, even) = (text(sample, 1)?, text(sample, 2)?);
    let limits = Limits { max_bytes: LARGEST, ..Limits::default() };
    let decoded = each(repeats, |_| {
        let decoded =
            decode_with::<Config>(odd.as_bytes(), limits).map_err(|problems| anyhow!("{problems}"))?;
        ensure!(decoded.document.models.len() == sample.models.len(), "it decoded something else");
        Ok(())
    })?;
    put(path, even.as_bytes())?;
    let store: Store<Config> = Options::new().watch(None).max_bytes(LARGEST).open(path)?;
    let mut reloads = Vec::new();
    for repeat in 0..repeats {
        let (days, text) = if repeat % 2 == 0 { (1, &odd) } else { (2, &even) };
        put(path, text.as_bytes())?;
        let reload = || {
            ensure!(store.reload()?.retention.events_days == days, "it served something else");
            Ok(())
        };
        reloads.push(timed(reload)?.as_secs_f64() * 1e9);
    }
    let updated = each(repeats, |number| {
        store.update(|config| config.retention.events_days = 10 + u64::from(number))?;
        Ok(())
    })?;
    drop(store);
    let operations = if quick { 20_000 } else { 200_000 };
    let found = by_alias_alone(sample.models.len(), Effort { rounds: 3, operations })?;
    Ok([decoded, median(reloads), updated, found])
}

/// Peak and live bytes of the heap.
fn heap(path: &Path) -> Result<[f64; 2]> {
    let program = std::env::current_exe()?.with_file_name("memory");
    let output = Command::new(program).arg(path).output().context("the program `memory`")?;
    ensure!(output.status.success(), "memory: {}", String::from_utf8_lossy(&output.stderr));
    let numbers = String::from_utf8(output.stdout)?;
    let (peak, live) = numbers.trim().split_once(' ').context("two numbers")?;
    Ok([peak.parse()?, live.parse()?])
}

fn by_threads(quick: bool, report: &mut Report) -> Result<()> {
    let counts: &[u32] = if quick { &[1, 4] } else { &[1, 2, 4, 8, 16, 32, 64] };
    let mut chart = Chart::new("CPU time of an owned read", "threads", Unit::Nanoseconds);
    for threads in counts {
        let operations = (if quick { 100_000 } else { 4_000_000 }) / threads;
        for (name, time) in owned_by_threads(*threads, Effort { rounds: 5, operations })? {
            chart.add(name, *threads, time);
        }
    }
    report.charts.push(chart);
    Ok(())
}

fn by_subscribers(quick: bool, report: &mut Report) -> Result<()> {
    let mut chart = Chart::new("time of an update of 1 KB", "subscribers", Unit::Nanoseconds);
    let counts: &[u32] = if quick { &[1, 100] } else { &[1, 10, 100, 1_000] };
    for count in counts {
        let directory = tempfile::tempdir()?;
        let store: Store<Config> = Options::new().watch(None).open(directory.path().join("config.json"))?;
        let mut subscriptions: Vec<_> = (0..*count).map(|_| store.subscribe()).collect();
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for number in 0..20 {
            let mut update = None;
            let all = timed(|| {
                update = Some(timed(|| {
                    store.update(|config| config.retention.events_days = 100 + number)?;
                    Ok(())
                })?);
                let told = subscriptions.iter_mut().filter_map(Iterator::next);
                let right =
                    told.filter(|change| change.after().retention.events_days == 100 + number).count();
                ensure!(right == usize::try_from(*count)?, "not all were told");
                Ok(())
            })?;
            first.push(update.context("an update")?.as_secs_f64() * 1e9);
            last.push(all.as_secs_f64() * 1e9);
        }
        chart.add("until it returns", *count, median(first));
        chart.add("until all subscribers were told", *count, median(last));
    }
    report.charts.push(chart);
    Ok(())
}

fn by_stores(quick: bool, report: &mut Report) -> Result<()> {
    let mut chart = Chart::new("a process with many stores", "stores", Unit::Count);
    let counts: &[u32] = if quick { &[1, 10] } else { &[1, 10, 100] };
    for count in counts {
        let directory = tempfile::tempdir()?;
        let (_, before) = process()?;
        let mut stores = Vec::new();
        for number in 0..*count {
            let path = directory.path().join(format!("{number}/config.json"));
            stores.push(Store::<Config>::open(path)?);
        }
        let (running, after) = process()?;
        ensure!(stores.iter().all(|store| store.snapshot().generation() == 1), "a store did not open");
        chart.add("threads", *count, running);
        chart.add(
            "KiB of resident memory for each store",
            *count,
            (after - before).max(0.0) / f64::from(*count),
        );
    }
    report.charts.push(chart);
    Ok(())
}

/// The threads of this process, and its resident memory in KiB.
fn process() -> Result<(f64, f64)> {
    let status = fs::read_to_string("/proc/self/status")?;
    let field = |name: &str| -> Result<f64> {
        let line =
            status.lines().find_map(|line| line.strip_prefix(name)).context("a field of the process")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    };
    Ok((field("Threads:")?, field("VmRSS:")?))
}
