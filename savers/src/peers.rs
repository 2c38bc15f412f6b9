//! Other ways to watch a config file, each as its own documentation shows it, in a process of its own.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use hotswap_config::prelude::HotswapConfig;
use notify_debouncer_mini::new_debouncer;
use notify_debouncer_mini::notify::RecursiveMode;
use serde::Deserialize;
use serde_json::json;

use crate::document::{self, POINTER};

/// The time that the events are gathered for, as in the store.
const DEBOUNCE: Duration = Duration::from_millis(250);

/// Who else watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// notify-debouncer-mini on the file, which is read in the callback
    MiniFile,
    /// notify-debouncer-mini on the file's directory, the file is read in the callback
    MiniDirectory,
    /// hotswap-config with its own file watch
    HotswapConfig,
}

impl Peer {
    pub(crate) const ALL: [Self; 3] = [Self::MiniFile, Self::MiniDirectory, Self::HotswapConfig];

    /// As on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MiniFile => "mini-file",
            Self::MiniDirectory => "mini-directory",
            Self::HotswapConfig => "hotswap-config",
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MiniFile => "notify-debouncer-mini 0.7 on the file",
            Self::MiniDirectory => "notify-debouncer-mini 0.7 on its directory",
            Self::HotswapConfig => "hotswap-config 0.2",
        })
    }
}

/// A file, and who is to watch it
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Watch {
    peer: Peer,
    file: PathBuf,
}

/// Prints, in the form of `configctl watch --json`, what a reader of the file sees, until the input ends.
pub(crate) fn run(watch: &Watch) -> Result<()> {
    match watch.peer {
        Peer::MiniFile => debouncer(&watch.file, &watch.file),
        Peer::MiniDirectory => debouncer(watch.file.parent().context("a directory")?, &watch.file),
        Peer::HotswapConfig => hotswap(&watch.file),
    }
}

/// As in the example of the crate's documentation, with the reading where the example prints the events.
fn debouncer(watched: &Path, file: &Path) -> Result<()> {
    let reader = Reader::default();
    reader.see(document::generation(&fs::read(file)?)?);
    let path = file.to_owned();
    let mut debouncer = new_debouncer(DEBOUNCE, move |_| {
        // A file that is missing, empty or half written is left for the next event.
        if let Ok(generation) =
            fs::read(&path).map_err(Into::into).and_then(|text| document::generation(&text))
        {
            reader.see(generation);
        }
    })?;
    debouncer.watcher().watch(watched, RecursiveMode::NonRecursive)?;
    until_the_end()
}

#[derive(Clone, Debug, Deserialize)]
struct Settings {
    retention: Retention,
}

#[derive(Clone, Debug, Deserialize)]
struct Retention {
    events_days: u64,
}

/// As in the crate's example `hot_reload.rs`. Its README leaves `with_file_watch(true)` out; without it nothing watches.
fn hotswap(file: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let builder = HotswapConfig::builder().with_file(file).with_file_watch(true);
        let config = builder.build::<Settings>().await?;
        let reader = Reader::default();
        reader.see(config.get().retention.events_days);
        let shared = config.clone();
        let subscription = config.subscribe(move || reader.see(shared.get().retention.events_days)).await;
        let ended = tokio::task::spawn_blocking(until_the_end).await?;
        drop(subscription);
        ended
    })
}

/// Says that it watches, and waits until nobody wants it any more.
fn until_the_end() -> Result<()> {
    println!("{}", json!({"event": "loaded"}));
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Says what is new.
#[derive(Debug, Default)]
struct Reader(Mutex<Option<u64>>);

impl Reader {
    /// The first generation is what is there; each other one is announced.
    fn see(&self, generation: u64) {
        // A panic while it was held has ended the process.
        let Ok(mut last) = self.0.lock() else { return };
        let before = last.replace(generation);
        if before.is_some_and(|before| before != generation) {
            println!(
                "{}",
                json!({"event": "accepted", "changes": [{"pointer": POINTER, "after": generation}]})
            );
        }
    }
}
