//! What is done to the file while the disk records, by a process of its own, which acknowledges what it was told is saved.
#![expect(
    clippy::disallowed_methods,
    reason = "an editor that does not sync is one of the things that are done"
)]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use config_store::{Options, Store, UpdateError};

use super::later::Later;
use crate::generations::Generations;
use crate::writer::Writer;

/// A job
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Job {
    /// Saves, as the first of two writers
    SaveA,
    /// Saves, as the second one
    SaveB,
    /// Opens the store, which writes the first file
    Seed,
    /// Opens the store of the next version, which migrates the file
    Migrate,
    /// Saves as editors do that do not sync, then opens the store
    Editor,
}

/// A process that works while the disk records
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Work {
    pub(crate) job: Job,
    pub(crate) writer: Writer,
    pub(crate) path: PathBuf,
    /// Where acknowledgements go
    pub(crate) acks: PathBuf,
    /// How often to save
    pub(crate) times: u64,
    /// The size of the document, in bytes
    pub(crate) size: usize,
}

/// Does it. A save that fails is acknowledged as one that must never be seen, which is what a writer says with an error.
pub(crate) fn run(work: &Work) -> Result<()> {
    let acks = OpenOptions::new().write(true).open(&work.acks).context("the acknowledgements")?;
    match work.job {
        Job::Seed => {
            let store: Store<Generations> = Options::new().watch(None).open(&work.path)?;
            drop(store);
            acknowledge(&acks, "a 0")
        }
        Job::Migrate => {
            let store: Store<Later> = Options::new().watch(None).open(&work.path)?;
            drop(store);
            acknowledge(&acks, "migrated")
        }
        Job::Editor => {
            edit(work, 1)?;
            let store: Store<Generations> = Options::new().watch(None).open(&work.path)?;
            // It was served, so that others act on it from here on.
            acknowledge(&acks, "a 1")?;
            unrelated(&work.path)?;
            edit(work, 2)?;
            // What it asks for is there already, thanks to the editor; from here on it is the store's word.
            store.update_text(None, |text, _| Ok::<_, UpdateError>(text.to_owned()))?;
            acknowledge(&acks, "a 2")?;
            unrelated(&work.path)
        }
        Job::SaveA | Job::SaveB => {
            let open = work.writer.open::<Generations>(&work.path)?;
            for generation in 1..=work.times {
                let name = if work.job == Job::SaveA { "a" } else { "b" };
                let saved = open.save(|text| next(text, work.job, generation, work.size));
                match saved {
                    Ok(()) => {
                        acknowledge(&acks, &format!("{name} {generation}"))?;
                        // Every other time, so that states with and without its help are seen.
                        if generation % 2 == 1 {
                            unrelated(&work.path)?;
                        }
                    }
                    Err(error) => {
                        println!("{error:#}");
                        acknowledge(&acks, &format!("refused {name} {generation}"))?;
                    }
                }
            }
            Ok(())
        }
    }
}

fn edit(work: &Work, generation: u64) -> Result<()> {
    let beside = work.path.with_extension("json~");
    fs::write(&beside, Generations::new(generation, 0, work.size).text())?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o600))?;
    fs::rename(&beside, &work.path).context("an editor's rename")
}

/// Another program syncs a file of its own, which makes the file system write what it put off: where a save left out its
/// own sync, the new name may come to the disk without the content.
fn unrelated(path: &Path) -> Result<()> {
    let root = path.parent().and_then(Path::parent).unwrap_or(path);
    let mut file = OpenOptions::new().create(true).append(true).open(root.join("unrelated.log"))?;
    file.write_all(b"something else\n")?;
    file.sync_all().context("syncing an unrelated file")
}

fn next(text: &str, job: Job, generation: u64, size: usize) -> String {
    let now = Generations::of(text.as_bytes()).unwrap_or_default();
    let (a, b) = if job == Job::SaveA { (generation, now.b) } else { (now.a, generation) };
    Generations::new(a, b, size).text()
}

fn acknowledge(mut acks: &File, what: &str) -> Result<()> {
    // One write is one acknowledgement.
    acks.write_all(what.as_bytes()).context("acknowledging")
}

impl Work {
    /// A process that does it.
    pub(crate) fn command(&self) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("powercut-work").args([name(&self.job), name(&self.writer)]);
        command.arg(&self.path).arg(&self.acks).args([self.times.to_string(), self.size.to_string()]);
        Ok(command)
    }
}

/// As it is written on a command line.
pub(crate) fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
