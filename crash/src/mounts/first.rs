//! First files and inodes, on a disk that is full.

use std::fs;

use anyhow::{Context as _, Result};

use super::fill::Filler;
use super::judge::{ENOSPC, judge_message, must_save, try_save};
use super::place::Place;
use super::system::Ground;
use super::tally::Tally;
use super::tried::Configctl;

/// A first file is written whole or not at all.
pub(super) fn seed(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("seed", "size=1m")?;
    let place = Place::without_file(&Place::directory_on(&mounted.at)?, 0);
    let (configctl, filler) = (Configctl::new(ground), Filler::in_directory(&mounted.at));
    for free in 0..4 {
        filler.leave(free)?;
        let label = format!("{free} blocks free");
        let tried = configctl.run(&place.file(), &["init", "--no-schema"])?;
        tally.outcome(&tried);
        tally.check(tried.is_done() == (free > 0), || format!("{label}: {}", tried.stderr));
        tally.check(tried.is_done() == place.file().exists(), || format!("{label}: {}", tried.stderr));
        tally.check(place.others()?.is_empty(), || format!("{label}: left over"));
        if tried.is_done() {
            let shown = configctl.run(&place.file(), &["validate"])?;
            tally.check(shown.is_done(), || format!("{label}: {}", shown.stderr));
            fs::remove_file(place.file()).context("the first file")?;
        } else {
            tally.check(tried.saved.as_deref() == Some("no"), || format!("{label}: {}", tried.stderr));
            judge_message(tally, &tried, &label, &[ENOSPC]);
        }
    }
    Ok(())
}

/// No inode for the lock file, none for the temporary file, and one for both.
pub(super) fn inodes(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("inodes", "size=1m,nr_inodes=16")?;
    let place = Place::on(&mounted.at, 1 << 10)?;
    let configctl = Configctl::new(ground);
    let mut takers = Vec::new();
    for number in 0.. {
        let path = mounted.at.join(format!("taker-{number}"));
        match fs::create_dir(&path) {
            Ok(()) => takers.push(path),
            Err(error) if error.raw_os_error() == Some(ENOSPC) => break,
            Err(error) => return Err(error).context("taking inodes"),
        }
    }
    tally.check(takers.len() < 16, || "the inodes were not used up".to_owned());
    for free in 0..3 {
        let tried = try_save(tally, &place, &configctl, &format!("{free} inodes free"), &[ENOSPC])?;
        tally.check(tried.is_done() == (free > 1), || format!("{free} inodes free: {}", tried.stderr));
        tally.check(tried.is_done() || tried.message.contains("inodes"), || {
            format!("no word of inodes: {}", tried.message)
        });
        fs::remove_dir(takers.pop().context("an inode to free")?).context("freeing an inode")?;
    }
    must_save(tally, &place, &configctl, "after inodes were freed")
}
