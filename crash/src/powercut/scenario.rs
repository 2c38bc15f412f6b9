//! What is saved while the disk records, and what every state of the disk must then hold.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use config_model::Document as _;
use config_store::{Options, Store};

use super::later::Later;
use super::work::{Job, Work};
use crate::generations::Generations;
use crate::writer::Writer;

/// What is done while the disk records
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scenario {
    /// Updates of 1 KiB
    Update,
    /// The first file, in directories that are made for it
    Seed,
    /// A file of the version before: a copy is kept, and it is rewritten
    Migration,
    /// Updates through a symlink into another directory
    Symlink,
    /// Two processes that update at the same time
    TwoProcesses,
    /// One update of 10 MB
    Large,
    /// The disk refuses one write of the content, with EIO
    WriteError,
    /// An editor renames without any fsync; then the store is opened, which acts on what it found
    Editor,
    /// After a power cut in an update, the next start and update are cut too
    Recovery,
}

/// Saves a process makes in one recording.
const TIMES: u64 = 6;
/// Where the most states are looked at.
const MANY_TIMES: u64 = 12;

impl Scenario {
    pub(crate) const ALL: &[Self] = &[
        Self::Update,
        Self::Seed,
        Self::Migration,
        Self::Symlink,
        Self::TwoProcesses,
        Self::Large,
        Self::WriteError,
        Self::Editor,
        Self::Recovery,
    ];

    /// Bytes of the document.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Large => 10_000_000,
            // Too large for btrfs to keep it among its metadata, whose loss would end the file system.
            Self::WriteError | Self::Editor => 16 << 10,
            _ => 1 << 10,
        }
    }

    /// The path that writers use.
    pub(crate) fn path(self, root: &Path) -> PathBuf {
        match self {
            Self::Seed => root.join("new/service/config.json"),
            Self::Symlink => root.join("links/config.json"),
            _ => root.join("service/config.json"),
        }
    }

    /// The file itself.
    pub(crate) fn target(self, root: &Path) -> PathBuf {
        if self == Self::Symlink { root.join("service/config.json") } else { self.path(root) }
    }

    /// What is there before the recording.
    pub(crate) fn prepare(self, root: &Path) -> Result<()> {
        let directory = root.join("service");
        fs::create_dir(&directory)?;
        private(&directory.join("notes.txt"), b"nobody's business\n")?;
        if self != Self::Seed {
            private(&self.target(root), Generations::new(0, 0, self.size()).text().as_bytes())?;
        }
        if self == Self::Symlink {
            fs::create_dir(root.join("links"))?;
            symlink("../service/config.json", self.path(root))?;
        }
        Ok(())
    }

    /// The processes that work, all at the same time.
    pub(crate) fn works(self, writer: Writer, root: &Path, acks: &Path) -> Vec<Work> {
        let (jobs, times): (&[Job], u64) = match self {
            Self::Seed => (&[Job::Seed], 1),
            Self::Migration => (&[Job::Migrate], 1),
            Self::TwoProcesses => (&[Job::SaveA, Job::SaveB], TIMES),
            Self::Editor => (&[Job::Editor], 1),
            Self::Large => (&[Job::SaveA], 1),
            Self::WriteError => (&[Job::SaveA], 2),
            Self::Update => (&[Job::SaveA], MANY_TIMES),
            Self::Symlink | Self::Recovery => (&[Job::SaveA], TIMES),
        };
        let work = |job: &Job| Work {
            job: *job,
            writer,
            path: self.path(root),
            acks: acks.to_owned(),
            times,
            size: self.size(),
        };
        jobs.iter().map(work).collect()
    }

    /// The start after the cut, and the next save: without a hand's turn, and nothing else is left or lost.
    pub(crate) fn recover(self, root: &Path) -> Result<()> {
        let path = self.path(root);
        let before = fs::read(&path).ok();
        if self == Self::Migration {
            let store: Store<Later> = Options::new().watch(None).open(&path).context("the next start")?;
            store.update(|_| ()).context("the next update")?;
        } else {
            let store: Store<Generations> =
                Options::new().watch(None).open(&path).context("the next start")?;
            let served = store.snapshot();
            let expected = before.as_deref().and_then(Generations::of).unwrap_or_else(Generations::seed);
            ensure!(*served == expected, "what was served after the next start is not what was on disk");
            let next = expected.next_a();
            store.update(|now| *now = next.clone()).context("the next update")?;
            let saved = fs::read(&path).ok().as_deref().and_then(Generations::of);
            ensure!(saved == Some(next), "the next update was acknowledged and is not there");
        }
        Ok(())
    }
}

fn private(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    Ok(())
}
