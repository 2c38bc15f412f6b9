//! Limits of the process: the size of files, and how many are open.

use std::fs;

use anyhow::{Context as _, Result};

use super::fill::Filler;
use super::judge::{Before, EFBIG, EMFILE, judge, must_save, nothing_left};
use super::place::Place;
use super::system::Ground;
use super::tally::Tally;
use super::tried::Configctl;
use crate::generations::Generations;

/// Below what `configctl` needs to start, the loader says so, and nothing else is to be heard.
const LOADER: i32 = 127;

/// With its signal at its default, which ends a process that does nothing about it, and ignored.
pub(super) fn file_size(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("size", "size=1m")?;
    let place = Place::on(&mounted.at, 40 << 10)?;
    for limit in [0, 512, 20_480, 40_959, 40_960] {
        let limited = format!("--fsize={limit}");
        for (signal, wrapper) in [
            ("SIGXFSZ at its default", vec!["prlimit", &limited]),
            ("SIGXFSZ ignored", vec!["prlimit", &limited, "env", "--ignore-signal=XFSZ"]),
        ] {
            let configctl = Configctl::under(ground, &wrapper);
            let label = format!("{limit} bytes at most, {signal}");
            let before = Before::of(&place)?;
            let tried = configctl.set(&place.file(), before.next)?;
            judge(tally, &place, &before, &tried, &label, &[EFBIG])?;
            nothing_left(tally, &place, &before, &tried, &label)?;
            let fits = limit >= 40_960;
            tally.check(tried.is_done() == fits, || format!("{label}: {}", tried.stderr));
            must_save(tally, &place, &Configctl::new(ground), &format!("after {label}"))?;
            tally.check(place.others()?.is_empty(), || format!("after {label}: not swept"));
        }
    }
    Ok(())
}

/// From too few descriptors to start with, to enough.
pub(super) fn open_files(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("files", "size=1m")?;
    let place = Place::on(&mounted.at, 1 << 10)?;
    let mut enough = 0;
    for limit in 3..32 {
        let limited = format!("--nofile={limit}");
        let configctl = Configctl::under(ground, &["prlimit", &limited]);
        let label = format!("{limit} open files at most");
        let before = Before::of(&place)?;
        let tried = configctl.set(&place.file(), before.next)?;
        if tried.exit == Some(LOADER) && tried.stderr.contains("shared librar") {
            tally.note("not started by the loader");
            tally.check(before.is_still(&place)?, || format!("{label}: the old content is gone"));
            continue;
        }
        judge(tally, &place, &before, &tried, &label, &[EMFILE])?;
        nothing_left(tally, &place, &before, &tried, &label)?;
        enough += u32::from(tried.is_done());
        tally.check(enough == 0 || tried.is_done(), || {
            format!("{label}: fewer were enough: {}", tried.stderr)
        });
        if enough == 4 {
            break;
        }
    }
    tally.check(enough > 0, || "no number of open files was enough".to_owned());
    Ok(())
}

/// A store that lives on has as many descriptors after saves that failed as before them.
pub(super) fn descriptors(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("descriptors", "size=1m")?;
    let directory = Place::directory_on(&mounted.at)?;
    let filler = Filler::in_directory(&mounted.at);
    let store = super::live::open(&directory.join("config.json"))?;
    let large = |generation: &mut Generations| *generation = Generations::new(generation.a + 1, 0, 8 << 10);
    store.update(large).context("before it is full")?;
    filler.leave(0)?;
    let open = || Ok::<_, anyhow::Error>(fs::read_dir("/proc/self/fd").context("/proc/self/fd")?.count());
    let before = open()?;
    for _ in 0..50 {
        match store.update(large) {
            Ok(_) => tally.check(false, || "saved on a full disk".to_owned()),
            Err(_) => tally.failed("ENOSPC", "a store that lives on"),
        }
        let now = open()?;
        tally.check(now == before, || format!("{before} descriptors before a failed save, {now} after it"));
    }
    filler.remove()?;
    let saved = store.update(large);
    tally.check(saved.is_ok(), || format!("after space was freed: {:?}", saved.err()));
    tally.saved();
    Ok(())
}
