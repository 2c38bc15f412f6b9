//! Several processes update one file as fast as they can: does any of them starve?

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use config_model::{Config, encode};
use config_store::{Options, Store};

use crate::samples::config;
use crate::saves::{bare, now};
use crate::table::{Reach, Report, Row, Unit};
use crate::updates::until;

const PROCESSES: u32 = 4;
const THREADS: u32 = 4;

/// One of the processes
#[derive(Debug, clap::Args)]
pub(crate) struct Worker {
    /// The file that it updates, as one of several processes
    #[arg(long, hide = true)]
    worker: Option<PathBuf>,
    /// For how long
    #[arg(long, hide = true, default_value_t = 1)]
    seconds: u64,
}

impl Worker {
    /// What the file is, if this process is to be one of those that update it.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.worker.as_deref()
    }

    /// Prints how many updates there were, and how long the slowest took, in milliseconds. Each of them is acknowledged
    /// within the usual wait, or this is an error.
    pub(crate) fn run(&self, path: &Path) -> Result<()> {
        let store: Store<Config> = Options::new().watch(None).open(path)?;
        let end = now() + Duration::from_secs(self.seconds);
        let update = || -> Result<()> {
            store.update(|config| config.retention.traces_max_bytes += 1)?;
            Ok(())
        };
        let waits: Result<Vec<Vec<f64>>> = thread::scope(|scope| {
            let running: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| until(end, &update))).collect();
            running.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a panic"))?).collect()
        });
        let waits = waits?.concat();
        println!("{} {}", waits.len(), waits.iter().copied().fold(0.0, f64::max) * 1e3);
        Ok(())
    }
}

pub(crate) fn run(quick: bool, report: &mut Report) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("config.json");
    let first = config(5);
    bare(&path, encode(&first)?.as_bytes())?;
    let seconds = if quick { "1" } else { "10" };
    let start = |_| {
        let mut worker = Command::new(std::env::current_exe()?);
        worker.arg("--worker").arg(&path).args(["--seconds", seconds]).stdout(Stdio::piped());
        Ok(worker.spawn()?)
    };
    let workers: Vec<_> = (0..PROCESSES).map(start).collect::<Result<_>>()?;
    let (mut updates, mut slowest) = (Vec::new(), 0.0_f64);
    for worker in workers {
        let output = worker.wait_with_output()?;
        ensure!(output.status.success(), "a process gave up");
        let said = String::from_utf8(output.stdout)?;
        let (count, longest) = said.trim().split_once(' ').context("two numbers")?;
        updates.push(count.parse::<u32>()?);
        slowest = slowest.max(longest.parse()?);
    }
    let all: u32 = updates.iter().sum();
    let saved = config_model::decode::<Config>(&std::fs::read(&path)?).map_err(|error| anyhow!("{error}"))?;
    let counted = saved.document.retention.traces_max_bytes - first.retention.traces_max_bytes;
    ensure!(counted == u64::from(all), "an update was lost");
    let least = f64::from(updates.iter().copied().min().unwrap_or_default());
    let share = least * f64::from(PROCESSES) / f64::from(all);
    let values = |value: String| [value, String::new(), String::new()];
    report.rows.push(Row {
        what: format!(
            "{PROCESSES} processes of {THREADS} threads: updates of the one that has least, x an equal share"
        ),
        values: values(Unit::Rate.show(least / seconds.parse::<f64>()?)),
        ratio: share,
        reach: Reach::Shown,
    });
    report.rows.push(Row {
        what: "the same: slowest of all updates, in ms; 10000 ms is when one gives up".to_owned(),
        values: values(format!("{slowest:.0} ms")),
        ratio: slowest,
        reach: Reach::Shown,
    });
    Ok(())
}
