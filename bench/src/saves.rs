//! What it costs to save: beside the bare system calls, and beside other crates.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use atomic_write_file::AtomicWriteFile;
use config_fs::{ConfigFile, Wait};
use config_model::{Config, decode, encode};
use config_store::{Options, Store};
use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};

use crate::samples::{config, text};
use crate::table::{Group, Reach, Report, Side, Unit};

/// How often, and how long.
struct Effort {
    rounds: usize,
    /// Saves of each way in a round.
    saves: u64,
}

/// One way of saving a number into a config file.
struct Way<'a> {
    name: &'static str,
    side: Side,
    path: PathBuf,
    save: Box<dyn FnMut(u64) -> Result<()> + 'a>,
    /// The number that the file holds.
    saved: fn(&Path) -> Result<u64>,
}

pub(crate) fn run(quick: bool, report: &mut Report) -> Result<()> {
    let effort = if quick { Effort { rounds: 3, saves: 20 } } else { Effort { rounds: 15, saves: 100 } };
    size("1 KB", &config(5), &effort, report)?;
    let large = Effort { saves: 2, ..effort };
    size("100k aliases", &config(if quick { 10_000 } else { 100_000 }), &large, report)
}

fn size(size: &str, sample: &Config, effort: &Effort, report: &mut Report) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut ways = ways(&directory, sample, effort.saves)?;
    let count = f64::from(u32::try_from(effort.saves)?);
    let mut times = vec![Vec::new(); ways.len()];
    for round in 0..=effort.rounds {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            // What others left to be written is not to be waited for here.
            sync_all(directory.path())?;
            let time = timed(|| (1..=effort.saves).try_for_each(|number| (way.save)(number)))?;
            ensure!((way.saved)(&way.path)? == effort.saves, "{} did not save", way.name);
            if round > 0 {
                times.push(time.div_f64(count).as_secs_f64() * 1e9);
            }
        }
    }
    let mut group = Group::new(format!("one save, {size}"), Unit::Nanoseconds);
    for (way, times) in ways.iter().zip(times) {
        group.add(way.name, way.side, times);
    }
    let most = if sample.models.len() < 100 { 1.5 } else { 6.0 };
    for (ours, reach) in [("config_fs replace", Reach::AtMost(1.05)), ("Store::update", Reach::AtMost(most))]
    {
        report.rows.push(group.row(
            format!("{ours}, {size}, x the bare calls"),
            ours,
            "the bare calls",
            reach,
        ));
    }
    report.groups.push(group);
    Ok(())
}

fn ways<'a>(directory: &TempDir, sample: &Config, saves: u64) -> Result<Vec<Way<'a>>> {
    let new_file = |name: &str| -> Result<PathBuf> {
        let inside = directory.path().join(name);
        fs::create_dir(&inside)?;
        let path = inside.join("config.json");
        bare(&path, encode(sample)?.as_bytes())?;
        Ok(path)
    };
    // The same bytes for all that only write: what encoding costs is in the update alone.
    let texts = (0..=saves).map(|number| text(sample, number));
    let texts: Arc<[String]> = texts.collect::<Result<_, _>>()?;
    let writer = |name: &'static str, path: PathBuf, write: fn(&Path, &[u8]) -> Result<()>| {
        let (texts, to) = (Arc::clone(&texts), path.clone());
        let save = move |number| write(&to, text_of(&texts, number)?.as_bytes());
        let side = match name {
            "the bare calls" => Side::Limit,
            "config_fs, located anew" => Side::Ours,
            _ => Side::Peer,
        };
        Way { name, side, path, save: Box::new(save), saved: days }
    };
    let store: Store<Config> = Options::new().watch(None).open(new_file("store")?)?;
    let path = store.path().to_owned();
    let update = move |number| {
        store.update(|config| config.retention.events_days = number)?;
        Ok(())
    };
    let confy = confy(new_file("confy")?, &texts)?;
    Ok(vec![
        writer("the bare calls", new_file("bare")?, bare),
        replace(new_file("replace")?, Arc::clone(&texts))?,
        writer("config_fs, located anew", new_file("anew")?, locate_and_replace),
        Way { name: "Store::update", side: Side::Ours, path, save: Box::new(update), saved: days },
        writer("atomic-write-file", new_file("atomic")?, atomic),
        writer("tempfile, persist", new_file("persist")?, persist),
        confy,
    ])
}

fn days(path: &Path) -> Result<u64> {
    let saved = decode::<Config>(&fs::read(path)?).map_err(|problems| anyhow!("{problems}"))?;
    Ok(saved.document.retention.events_days)
}

/// The limit: what has to be asked of the kernel, and nothing else.
#[expect(clippy::disallowed_methods, reason = "the limit is to do nothing but this")]
pub(crate) fn bare(path: &Path, bytes: &[u8]) -> Result<()> {
    let (directory, temporary) = (path.parent().unwrap_or(path), path.with_extension("tmp"));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(directory)?.sync_all()?;
    Ok(())
}

/// In a directory that is held open, under a lock that is taken each time.
fn replace<'a>(path: PathBuf, texts: Arc<[String]>) -> Result<Way<'a>> {
    let file = ConfigFile::locate(&path)?;
    let save = move |number| {
        file.lock(Wait::No)?.replace(text_of(&texts, number)?.as_bytes())?;
        Ok(())
    };
    Ok(Way { name: "config_fs replace", side: Side::Ours, path, save: Box::new(save), saved: days })
}

fn locate_and_replace(path: &Path, bytes: &[u8]) -> Result<()> {
    ConfigFile::locate(path)?.lock(Wait::No)?.replace(bytes)?;
    Ok(())
}

fn text_of(texts: &[String], number: u64) -> Result<&str> {
    texts.get(usize::try_from(number)?).map(String::as_str).context("a text of this number")
}

fn atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = AtomicWriteFile::open(path)?;
    file.write_all(bytes)?;
    file.commit()?;
    Ok(())
}

/// Without a sync of the directory, as it comes.
fn persist(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Writes TOML where the file stands, and leaves the sync to others: one is added, so that the work is the same.
fn confy<'a>(path: PathBuf, texts: &[String]) -> Result<Way<'a>> {
    let values: Vec<Value> = texts.iter().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>()?;
    let to = path.clone();
    let save = move |number| {
        confy::store_path(&to, values.get(usize::try_from(number)?).context("a value of this number")?)?;
        Ok(File::open(&to)?.sync_all()?)
    };
    let saved = |path: &Path| {
        let saved: Value = confy::load_path(path)?;
        saved.pointer("/retention/events_days").and_then(Value::as_u64).context("a number")
    };
    Ok(Way { name: "confy, and a sync", side: Side::Peer, path, save: Box::new(save), saved })
}

pub(crate) fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let began = now();
    work()?;
    Ok(now().saturating_duration_since(began))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

pub(crate) fn sync_all(directory: &Path) -> Result<()> {
    nix::unistd::syncfs(File::open(directory)?)?;
    Ok(())
}
