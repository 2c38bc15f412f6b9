//! A file that takes all the space there is, or all but so many blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The block of every file system here.
pub(super) const BLOCK: u64 = 4096;

/// What fills a file system, outside of the config file's directory.
pub(super) struct Filler {
    path: PathBuf,
}

impl Filler {
    pub(super) fn in_directory(directory: &Path) -> Self {
        Self { path: directory.join("filler") }
    }

    /// Fills to the last block, then frees so many of its own.
    pub(super) fn leave(&self, blocks: u64) -> Result<()> {
        let file = self.fill()?;
        let length = file.metadata().context("the filler")?.len();
        file.set_len(length.saturating_sub(blocks * BLOCK)).context("freeing blocks")?;
        file.sync_all().context("freeing blocks")
    }

    /// Writes until the kernel takes no more, large pieces first.
    fn fill(&self) -> Result<File> {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).context("the filler")?;
        for size in [256 * BLOCK, BLOCK] {
            let piece = vec![b'#'; usize::try_from(size)?];
            loop {
                match file.write_all(&piece).and_then(|()| file.sync_data()) {
                    Ok(()) => {}
                    Err(error)
                        if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) =>
                    {
                        break;
                    }
                    Err(error) => return Err(error).context("filling"),
                }
            }
        }
        Ok(file)
    }

    pub(super) fn remove(&self) -> Result<()> {
        fs::remove_file(&self.path).context("removing the filler")
    }
}
