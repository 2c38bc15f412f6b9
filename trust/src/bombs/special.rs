//! What is no file that anybody should read: a terabyte, and things that never end.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

/// Each with its name, made in `directory` where it has to be made.
pub(crate) fn places(directory: &Path) -> Result<Vec<(&'static str, PathBuf)>> {
    let sparse = directory.join("sparse.json");
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&sparse)?;
    file.set_len(1 << 40).context("a sparse file of 1 TiB")?;
    let fifo = directory.join("fifo.json");
    mkfifo(&fifo, Mode::S_IRUSR | Mode::S_IWUSR).context("a FIFO")?;
    Ok(vec![
        ("1 TiB, sparse", sparse),
        ("a FIFO that nobody writes to", fifo),
        ("/dev/zero", "/dev/zero".into()),
        ("/dev/urandom", "/dev/urandom".into()),
        ("a directory", directory.to_owned()),
    ])
}
