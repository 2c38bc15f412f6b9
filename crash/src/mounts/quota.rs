//! A quota that is used up, on btrfs, whose quotas bind root too.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::device::{Device, Kind};
use super::fill::BLOCK;
use super::judge::{EDQUOT, must_save, try_save};
use super::place::Place;
use super::system::{Ground, sh};
use super::tally::Tally;
use super::tried::Configctl;

/// Pieces are taken away until so many saves were done.
const ENOUGH: usize = 3;

pub(super) fn btrfs(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let device = Device::new(ground, Kind::Btrfs, "")?;
    let volume = device.mounted.at.join("volume");
    sh("btrfs", &[OsStr::new("subvolume"), OsStr::new("create"), volume.as_os_str()])?;
    sh("btrfs", &[OsStr::new("quota"), OsStr::new("enable"), device.mounted.at.as_os_str()])?;
    sh("btrfs", &[OsStr::new("qgroup"), OsStr::new("limit"), OsStr::new("2M"), volume.as_os_str()])?;
    let place = Place::on(&volume, 40 << 10)?;
    let configctl = Configctl::new(ground);
    must_save(tally, &place, &configctl, "far from the limit")?;
    let mut pieces = use_up(&volume)?;
    let mut done = 0;
    while done < ENOUGH {
        let label = format!("{} pieces there", pieces.len());
        let tried = try_save(tally, &place, &configctl, &label, &[EDQUOT])?;
        done += usize::from(tried.is_done());
        let Some(piece) = pieces.pop() else {
            bail!("no save was done with nothing else in the quota");
        };
        fs::remove_file(piece).context("taking a piece away")?;
        // It counts until this.
        sh("sync", &[OsStr::new("--file-system"), volume.as_os_str()])?;
    }
    tally.must_have_failed("EDQUOT");
    Ok(())
}

/// Files of four blocks, which btrfs does not keep in its trees, until no more are allowed.
fn use_up(volume: &Path) -> Result<Vec<PathBuf>> {
    let mut pieces = Vec::new();
    loop {
        let path = volume.join(format!("piece-{}", pieces.len()));
        match write_piece(&path) {
            Ok(()) => pieces.push(path),
            Err(error) if error.kind() == ErrorKind::QuotaExceeded => return Ok(pieces),
            Err(error) => return Err(error).context("using up the quota"),
        }
    }
}

fn write_piece(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(&vec![b'#'; 4 * usize::try_from(BLOCK).unwrap_or_default()])?;
    file.sync_all()
}
