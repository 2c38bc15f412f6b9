//! File systems that are not like others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result};

use super::device::{Device, Kind};
use super::fill::Filler;
use super::judge::{Before, ENOSPC, EOPNOTSUPP, EPERM, judge_message, must_save, try_save};
use super::place::Place;
use super::system::{Ground, Mounted};
use super::tally::Tally;
use super::tried::Configctl;

/// An image's file below, a container's empty layer above it: also with that layer full.
pub(super) fn overlay(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let lower = ground.tmpfs("lower", "size=1m")?;
    let upper = ground.tmpfs("upper", "size=1m")?;
    let below = Place::new(&lower.at, 40 << 10)?;
    let first = fs::read(below.file()).context("the file below")?;
    let (layer, work) = (upper.at.join("layer"), upper.at.join("work"));
    for directory in [&layer, &work] {
        fs::create_dir(directory).context("a layer")?;
    }
    let directories =
        format!("lowerdir={},upperdir={},workdir={}", lower.at.display(), layer.display(), work.display());
    let merged =
        Mounted::new(&["-t", "overlay", "-o", &directories, "overlay"], &ground.directory("merged")?)?;
    let place = Place::without_file(&merged.at, 40 << 10);
    let (configctl, filler) = (Configctl::new(ground), Filler::in_directory(&upper.at));
    for free in 0..16 {
        filler.leave(free)?;
        try_save(tally, &place, &configctl, &format!("overlay, {free} blocks free"), &[ENOSPC])?;
    }
    filler.remove()?;
    must_save(tally, &place, &configctl, "overlay, after space was freed")?;
    tally.must_have_failed("ENOSPC");
    let now = fs::read(below.file()).context("the file below")?;
    tally.check(now == first, || "the file below was changed".to_owned());
    tally.check(below.others()?.is_empty(), || format!("left below: {:?}", below.others()));
    Ok(())
}

/// No modes and no owners. A file that others may read after it was "saved privately" has to be spoken of.
pub(super) fn vfat(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let device = Device::new(ground, Kind::Vfat, "")?;
    let place = Place::on(&device.mounted.at, 1 << 10)?;
    let before = Before::of(&place)?;
    let tried = Configctl::new(ground).set(&place.file(), before.next)?;
    tally.outcome(&tried);
    let days = place.days(&fs::read(place.file()).context("the file")?);
    let saved = days == Some(before.next);
    tally.check(saved == tried.is_done(), || format!("exit {:?}, days {days:?}", tried.exit));
    if !tried.is_done() {
        judge_message(tally, &tried, "vfat", &[EPERM, EOPNOTSUPP]);
    }
    let mode = fs::metadata(place.file()).context("its mode")?.permissions().mode() & 0o777;
    tally.note(&format!("file with mode {mode:o}"));
    tally.check(!saved || mode == 0o600 || tried.stderr.contains("warning"), || {
        format!("saved with mode {mode:o}, and not a word about it")
    });
    tally.check(place.others()?.is_empty(), || "left over".to_owned());
    Ok(())
}

pub(super) fn careful_options(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let device = Device::new(ground, Kind::Ext4, "noexec,nosuid,nodev,sync,dirsync")?;
    let configctl = Configctl::new(ground);
    for size in [1 << 10, 40 << 10] {
        let place = Place::on(&device.mounted.at, size)?;
        for time in 0..10 {
            must_save(tally, &place, &configctl, &format!("{size} bytes, the {time}th time"))?;
        }
    }
    Ok(())
}
