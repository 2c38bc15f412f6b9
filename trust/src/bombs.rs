//! `bombs`: files made to exhaust memory or time. Each is read by a process of its own, which has to stay under 10 times
//! the size limit, and to end soon, with a clean error where the file is refused.

mod measure;
mod special;
mod texts;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use self::measure::{Measure, measure};
use self::measure::{Usage, check, usage};
use self::texts::{BOMBS, Bomb};

/// The largest file that is read, unless it is set otherwise: 64 MiB.
const CAP: usize = config_model::DEFAULT_MAX_BYTES;

/// Most memory, in KiB.
const MOST_KIB: u64 = 10 * (CAP as u64 >> 10);

/// Most time for a file, and for what is no file.
const SECONDS: u64 = 60;
const SECONDS_FOR_NO_FILE: u64 = 1;

/// What to show
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Only those whose name has this in it, or one of several
    #[arg(long)]
    only: Vec<String>,
    /// Writes the numbers there, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The program that reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    /// `configctl validate`
    Configctl,
    /// `own-schema`, which also reads older versions of its schema
    OwnSchema,
}

/// What is to become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// It is read.
    Valid,
    /// It is refused, with this in the first lines of the error.
    Refused(&'static str),
}

/// A file that was tried.
struct Tried {
    name: String,
    usage: Usage,
    /// What was not as it should be.
    wrong: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    check()?;
    let directory = tempfile::tempdir()?;
    let is_wanted =
        |name: &str| options.only.is_empty() || options.only.iter().any(|only| name.contains(only.as_str()));
    let mut all = Vec::new();
    let mut tried = |one: Tried| {
        println!("{one}");
        all.push(one);
    };
    println!("{:<42}{:>5}{:>9}{:>10}  first line of what was said", "file", "exit", "time", "peak");
    for (name, path) in special::places(directory.path())?.into_iter().filter(|(name, _)| is_wanted(name)) {
        let seconds = if path.is_file() { SECONDS } else { SECONDS_FOR_NO_FILE };
        tried(attempt(name, &path, Program::Configctl, Expected::Refused(""), seconds)?);
    }
    for bomb in BOMBS.iter().filter(|bomb| is_wanted(bomb.name)) {
        tried(explode(bomb, &directory)?);
    }
    if let Some(path) = &options.json {
        let rows: Vec<Value> = all.iter().map(Tried::json).collect();
        write(path, &format!("{:#}\n", Value::Array(rows)))?;
    }
    let peak = all.iter().map(|tried| tried.usage.peak_kib).max().unwrap_or_default();
    println!("{} files; highest peak {} MiB, at most {}", all.len(), peak >> 10, MOST_KIB >> 10);
    let wrong: Vec<_> = all.iter().filter(|tried| tried.wrong.is_some()).map(|tried| &*tried.name).collect();
    ensure!(wrong.is_empty(), "{} of {} went wrong: {}", wrong.len(), all.len(), wrong.join("; "));
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "numbers are written anew by every run, and are no config file"
)]
fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn explode(bomb: &Bomb, directory: &TempDir) -> Result<Tried> {
    let path = directory.path().join("config.json");
    texts::write(bomb, &path)?;
    let tried = attempt(bomb.name, &path, bomb.program, bomb.expected, SECONDS);
    std::fs::remove_file(&path)?;
    tried
}

fn attempt(name: &str, path: &Path, program: Program, expected: Expected, seconds: u64) -> Result<Tried> {
    let usage = usage(seconds, &command(program, path)?)?;
    let wrong = if usage.peak_kib > MOST_KIB {
        Some(format!("over {} MiB", MOST_KIB >> 10))
    } else if usage.is_over_time {
        Some(format!("over {seconds} s"))
    } else {
        verdict(&usage, expected)
    };
    Ok(Tried { name: name.to_owned(), usage, wrong })
}

/// The exit code and the words are as they should be, or what is wrong with them.
fn verdict(usage: &Usage, expected: Expected) -> Option<String> {
    match (expected, usage.exit) {
        (Expected::Valid, Some(0)) => None,
        (Expected::Valid, _) => Some("refused".to_owned()),
        // A signal or a panic is no clean error.
        (Expected::Refused(_), Some(1 | 3 | 5)) if usage.said.trim().is_empty() => {
            Some("no message".to_owned())
        }
        (Expected::Refused(words), Some(1 | 3 | 5)) if usage.said.contains(words) => None,
        (Expected::Refused(words), Some(1 | 3 | 5)) => Some(format!("nothing about {words:?}")),
        (Expected::Refused(_), Some(0)) => Some("accepted".to_owned()),
        (Expected::Refused(_), exit) => Some(format!("no clean error, but {exit:?}")),
    }
}

/// The programs stand beside this one.
fn command(program: Program, path: &Path) -> Result<Vec<PathBuf>> {
    let beside = |name: &str| -> Result<PathBuf> {
        let path = std::env::current_exe()?.with_file_name(name);
        ensure!(path.is_file(), "{} is missing: `cargo xtask trust` builds it", path.display());
        Ok(path)
    };
    Ok(match program {
        Program::Configctl => vec![beside("configctl")?, "--file".into(), path.into(), "validate".into()],
        Program::OwnSchema => vec![beside("own-schema")?, path.into()],
    })
}

impl Tried {
    fn json(&self) -> Value {
        let Usage { exit, millis, peak_kib, .. } = self.usage;
        json!({"file": self.name, "exit": exit, "millis": millis, "peak_kib": peak_kib, "wrong": self.wrong})
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usage = &self.usage;
        let exit = usage.exit.map_or_else(|| "-".to_owned(), |exit| exit.to_string());
        let first = usage.said.lines().next().unwrap_or_default();
        write!(f, "{:<42}{exit:>5}{:>6} ms{:>6} MiB", self.name, usage.millis, usage.peak_kib >> 10)?;
        write!(f, "  {first:.90}")?;
        self.wrong.iter().try_for_each(|wrong| write!(f, "  WRONG: {wrong}"))
    }
}
