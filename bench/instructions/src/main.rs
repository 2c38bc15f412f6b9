//! `instructions NAME COUNT` does one operation so many times. `cargo xtask instructions` runs it under callgrind with two
//! counts: the difference is what the operations took, without the start and the end of the program.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use config_model::{Config, decode};
use config_store::{Options, Store, UpdateError};
use tempfile::TempDir;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("instructions: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (name, count) = (arguments.next().context("NAME?")?, arguments.next().context("COUNT?")?);
    let count: u32 = count.parse()?;
    match name.as_str() {
        "store-snapshot" => {
            let (store, _directory) = store(6)?;
            (0..count).for_each(|_| drop(black_box(store.snapshot())));
        }
        "reader-snapshot" => {
            let (store, _directory) = store(6)?;
            let mut reader = store.reader();
            (0..count).for_each(|_| drop(black_box(reader.snapshot())));
        }
        "route" => route(count)?,
        "decode-1kb" => decoded(6, count)?,
        "decode-1k-aliases" => decoded(1000, count)?,
        "update-1kb" => {
            let (store, _directory) = store(6)?;
            for number in 0..count {
                // As many digits each time, and never what is there.
                store.update(|config| config.retention.events_days = u64::from(10 + number % 90))?;
            }
        }
        _ => bail!("no operation is called {name:?}"),
    }
    Ok(())
}

/// The text of a config with so many aliases of four keys each; 6 are 1 KB.
fn text(aliases: u32) -> String {
    let aliases: Vec<_> = (0..aliases)
        .map(|number| {
            let keys = [0, 1, 2, 3].map(|key| format!("\"sk-{number:04}-{key:04}-abcdefgh\""));
            format!(
                "    \"{}\": {{\"upstream\": \"model-{number:04}\", \"enabled\": true, \"allowed_keys\": [{}]}}",
                alias(number),
                keys.join(", ")
            )
        })
        .collect();
    format!(
        "{{\n  \"version\": 1,\n  \"models\": {{\n{}\n  }},\n  \"retention\": {{\"events_days\": 90}}\n}}\n",
        aliases.join(",\n")
    )
}

fn alias(number: u32) -> String {
    format!("alias-{number:04}")
}

/// A store that watches nothing, in a directory whose path is always as long and as deep.
fn store(aliases: u32) -> Result<(Store<Config>, TempDir)> {
    let directory = tempfile::Builder::new().prefix("instructions-").tempdir_in("/tmp")?;
    let store: Store<Config> = Options::new().watch(None).open(directory.path().join("config.json"))?;
    store.update_text(None, |_, _| Ok::<_, UpdateError>(text(aliases)))?;
    Ok((store, directory))
}

/// Each alias in turn: where one lies in the table is a matter of the process's seed.
fn route(count: u32) -> Result<()> {
    let config = decode::<Config>(text(1000).as_bytes())?.document;
    let asked: Vec<_> =
        (0..1000).map(|number| (alias(number), format!("sk-{number:04}-0002-abcdefgh"))).collect();
    for (alias, key) in asked.iter().cycle().take(usize::try_from(count)?) {
        black_box(config.route(black_box(alias), Some(black_box(key)))?);
    }
    Ok(())
}

fn decoded(aliases: u32, count: u32) -> Result<()> {
    let text = text(aliases);
    for _ in 0..count {
        black_box(decode::<Config>(black_box(text.as_bytes()))?);
    }
    Ok(())
}
