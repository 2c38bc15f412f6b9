//! Disks with exactly so many blocks free.

use anyhow::Result;

use super::device::{Device, Kind};
use super::fill::{BLOCK, Filler};
use super::judge::{ENOSPC, must_save, try_save};
use super::place::Place;
use super::system::{Ground, Mounted};
use super::tally::Tally;
use super::tried::Configctl;

/// More blocks than any save needs beyond those of its text.
const SPARE: u64 = 4;

pub(super) fn tmpfs_1_kib(ground: &Ground, tally: &mut Tally) -> Result<()> {
    on_tmpfs(ground, tally, 1 << 10)
}

pub(super) fn tmpfs_40_kib(ground: &Ground, tally: &mut Tally) -> Result<()> {
    on_tmpfs(ground, tally, 40 << 10)
}

pub(super) fn tmpfs_1_mib(ground: &Ground, tally: &mut Tally) -> Result<()> {
    on_tmpfs(ground, tally, 1 << 20)
}

/// A tmpfs counts exactly: a save is done if and only if its text fits beside the old one.
fn on_tmpfs(ground: &Ground, tally: &mut Tally, size: usize) -> Result<()> {
    // Room for what is kept of each save, too.
    let mounted = ground.tmpfs("full", "size=64m")?;
    let place = Place::on(&mounted.at, size)?;
    let (configctl, filler) = (Configctl::new(ground), Filler::in_directory(&mounted.at));
    must_save(tally, &place, &configctl, "before it is full")?;
    let needed = (size as u64).div_ceil(BLOCK);
    for free in levels(needed) {
        filler.leave(free)?;
        let label = format!("{free} blocks free");
        let tried = try_save(tally, &place, &configctl, &label, &[ENOSPC])?;
        tally.check(tried.is_done() == (free >= needed), || {
            format!("{label}, {needed} needed: exit {:?}: {}", tried.exit, tried.stderr)
        });
    }
    // From full to free, with nothing done about the file.
    filler.leave(0)?;
    try_save(tally, &place, &configctl, "full again", &[ENOSPC])?;
    filler.remove()?;
    tally.must_have_failed("ENOSPC");
    must_save(tally, &place, &configctl, "after space was freed")
}

/// All levels where few are needed. Among many, each at both ends, and every third in the middle, which are all alike.
fn levels(needed: u64) -> impl Iterator<Item = u64> {
    let is_tried =
        move |free: &u64| needed < 32 || *free <= 8 || *free + 8 >= needed || free.is_multiple_of(3);
    (0..=needed + SPARE).filter(is_tried)
}

pub(super) fn ext4(ground: &Ground, tally: &mut Tally) -> Result<()> {
    on_device(ground, tally, Kind::Ext4)
}

pub(super) fn xfs(ground: &Ground, tally: &mut Tally) -> Result<()> {
    on_device(ground, tally, Kind::Xfs)
}

pub(super) fn btrfs(ground: &Ground, tally: &mut Tally) -> Result<()> {
    on_device(ground, tally, Kind::Btrfs)
}

/// What else a file system keeps in its blocks is its own affair: a save is done, or it says that the disk is full.
fn on_device(ground: &Ground, tally: &mut Tally, kind: Kind) -> Result<()> {
    let device = Device::new(ground, kind, "")?;
    for size in [1 << 10, 40 << 10, 1 << 20] {
        full_device(ground, tally, &device.mounted, size)?;
    }
    tally.must_have_failed("ENOSPC");
    Ok(())
}

fn full_device(ground: &Ground, tally: &mut Tally, mounted: &Mounted, size: usize) -> Result<()> {
    let place = Place::on(&mounted.at, size)?;
    let (configctl, filler) = (Configctl::new(ground), Filler::in_directory(&mounted.at));
    must_save(tally, &place, &configctl, "before it is full")?;
    let needed = (size as u64).div_ceil(BLOCK);
    let some = |free: &u64| needed < 32 || *free <= 2 || free.is_multiple_of(64) || *free + 2 >= needed;
    for free in (0..=needed + SPARE).filter(some) {
        filler.leave(free)?;
        let label = format!("{size} bytes, {free} blocks free");
        try_save(tally, &place, &configctl, &label, &[ENOSPC])?;
    }
    filler.remove()?;
    must_save(tally, &place, &configctl, &format!("{size} bytes, after space was freed"))
}
