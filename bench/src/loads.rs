//! What it costs to get from bytes to a document, and from a changed file to one that is served.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use config::{File, FileFormat};
use config_model::{Config, decode};
use config_store::{Options, Store};
use figment::Figment;
use figment::providers::{Format as _, Json};
use hotswap_config::prelude::HotswapConfig;
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};

use crate::samples::{config, text};
use crate::saves::{bare, timed};
use crate::table::{Group, Reach, Report, Side, Unit};

/// The same document as others would declare it.
#[derive(Clone, Deserialize)]
pub(crate) struct Plain {
    models: BTreeMap<String, PlainModel>,
    retention: PlainRetention,
    #[expect(dead_code, reason = "it is to be read all the same")]
    features: PlainFeatures,
}

#[derive(Clone, Deserialize)]
struct PlainModel {
    #[expect(dead_code, reason = "it is to be read all the same")]
    upstream: String,
    #[expect(dead_code, reason = "it is to be read all the same")]
    enabled: bool,
    #[expect(dead_code, reason = "it is to be read all the same")]
    allowed_keys: Vec<String>,
}

#[derive(Clone, Deserialize)]
struct PlainRetention {
    events_days: u64,
}

#[derive(Clone, Deserialize)]
struct PlainFeatures {
    #[expect(dead_code, reason = "it is to be read all the same")]
    auth: bool,
}

/// What has to be found: the number of models, and the days.
type Found = (usize, u64);

impl Plain {
    fn found(&self) -> Found {
        (self.models.len(), self.days())
    }

    pub(crate) fn days(&self) -> u64 {
        self.retention.events_days
    }
}

/// One way of loading: from the file at that path, or from the same bytes in memory.
struct Way {
    name: &'static str,
    side: Side,
    load: Load,
}

type Load = Box<dyn Fn(&Path, &[u8]) -> Result<Found>>;

pub(crate) fn run(quick: bool, report: &mut Report) -> Result<()> {
    let (rounds, many) = if quick { (3, 10_000) } else { (9, 100_000) };
    size("1 KB", &config(5), rounds, if quick { 50 } else { 500 }, report)?;
    size("100k aliases", &config(many), rounds, 1, report)
}

fn size(size: &str, sample: &Config, rounds: usize, repeats: u32, report: &mut Report) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("config.json");
    let (odd, even) = (text(sample, 1)?, text(sample, 2)?);
    bare(&path, even.as_bytes())?;
    let ways = ways(&path)?;
    let mut times = vec![Vec::new(); ways.len()];
    for round in 0..=rounds {
        for (way, times) in ways.iter().zip(&mut times) {
            let mut time = std::time::Duration::ZERO;
            for repeat in 0..repeats {
                // Another content each time, so that a reload has something to do.
                let (days, text) = if repeat % 2 == 0 { (1, &odd) } else { (2, &even) };
                put(&path, text.as_bytes())?;
                time += timed(|| {
                    let found = (way.load)(&path, text.as_bytes())?;
                    ensure!(found == (sample.models.len(), days), "{} found something else", way.name);
                    Ok(())
                })?;
            }
            put(&path, even.as_bytes())?;
            // The store is brought back to where it was, so that the first of the next round is news to it.
            (way.load)(&path, even.as_bytes())?;
            if round > 0 {
                times.push(time.as_secs_f64() * 1e9 / f64::from(repeats));
            }
        }
    }
    let mut group = Group::new(format!("load, {size}"), Unit::Nanoseconds);
    for (way, times) in ways.iter().zip(times) {
        group.add(way.name, way.side, times);
    }
    let most = if sample.models.len() < 100 { 2.5 } else { 0.85 };
    let unit = "serde_json from_slice";
    report.rows.extend([
        group.row(
            format!("Store::reload, {size}, x from_slice in memory"),
            "Store::reload",
            unit,
            Reach::AtMost(most),
        ),
        group.row(format!("decode, {size}, x from_slice in memory"), "decode", unit, Reach::Shown),
    ]);
    report.groups.push(group);
    Ok(())
}

/// Written where it stands: no sync is to be waited for by the reader after it.
#[expect(clippy::disallowed_methods, reason = "the file of a benchmark")]
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(fs::write(path, bytes)?)
}

fn ways(path: &Path) -> Result<Vec<Way>> {
    let way = |name, side, load: Load| Way { name, side, load };
    let store: Store<Config> = Options::new().watch(None).open(path)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(vec![
        // Dropping what was read is part of it, as for all but the store, whose own thread does that.
        way(
            "serde_json from_slice",
            Side::Limit,
            Box::new(|_, bytes| Ok(serde_json::from_slice::<Plain>(bytes)?.found())),
        ),
        way(
            "decode",
            Side::Ours,
            Box::new(|_, bytes| {
                let decoded = decode::<Config>(bytes).map_err(|problems| anyhow!("{problems}"))?;
                Ok((decoded.document.models.len(), decoded.document.retention.events_days))
            }),
        ),
        way(
            "Store::reload",
            Side::Ours,
            Box::new(move |_, _| {
                let served = store.reload()?;
                Ok((served.models.len(), served.retention.events_days))
            }),
        ),
        way(
            "read and from_slice",
            Side::Peer,
            Box::new(|path, _| Ok(serde_json::from_slice::<Plain>(&fs::read(path)?)?.found())),
        ),
        way(
            "figment",
            Side::Peer,
            Box::new(|path, _| Ok(Figment::from(Json::file(path)).extract::<Plain>()?.found())),
        ),
        way(
            "config",
            Side::Peer,
            Box::new(|path, _| {
                let source = File::new(path.to_str().context("a path")?, FileFormat::Json);
                let read = config::Config::builder().add_source(source).build()?;
                Ok(read.try_deserialize::<Plain>()?.found())
            }),
        ),
        way("hotswap-config", Side::Peer, Box::new(move |path, _| hotswap(&runtime, path.to_owned()))),
    ])
}

fn hotswap(runtime: &Runtime, path: PathBuf) -> Result<Found> {
    let built = runtime.block_on(HotswapConfig::builder().with_file(path).build::<Plain>())?;
    Ok(built.get().found())
}
