//! Flags that bind root as well: immutable and append-only, on ext4.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::device::{Device, Kind};
use super::judge::{Before, EPERM, judge, must_save, nothing_left};
use super::place::Place;
use super::system::{Ground, sh};
use super::tally::Tally;
use super::tried::Configctl;

/// Both flags, on the file and on its directory, with a lock file there and without.
pub(super) fn all(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let device = Device::new(ground, Kind::Ext4, "")?;
    let place = Place::on(&device.mounted.at, 1 << 10)?;
    let configctl = Configctl::new(ground);
    for flag in ["i", "a"] {
        for (what, at) in [("file", place.file()), ("directory", place.directory.clone())] {
            must_save(tally, &place, &configctl, "before there is a flag")?;
            let flagged = Flagged { place: &place, flag, at: &at };
            flagged.try_both(tally, &configctl, &format!("+{flag} on the {what}, locked before"))?;
            fs::remove_file(place.directory.join(".config.json.lock")).context("the lock file")?;
            flagged.try_both(tally, &configctl, &format!("+{flag} on the {what}, never locked"))?;
        }
    }
    Ok(())
}

struct Flagged<'a> {
    place: &'a Place,
    flag: &'a str,
    at: &'a Path,
}

impl Flagged<'_> {
    /// With the flag, and after it was taken off.
    fn try_both(&self, tally: &mut Tally, configctl: &Configctl, label: &str) -> Result<()> {
        self.change("+")?;
        let tried = self.save_twice(tally, configctl, label);
        // Before anything else: what has the flag cannot be removed.
        self.change("-")?;
        tried?;
        must_save(tally, self.place, configctl, &format!("after {label}"))?;
        let others = self.place.others()?;
        tally.check(others.is_empty(), || format!("after {label}: left over: {others:?}"));
        Ok(())
    }

    fn change(&self, sign: &str) -> Result<()> {
        sh("chattr", &[OsStr::new(&format!("{sign}{}", self.flag)), self.at.as_os_str()])
    }

    /// The second time, what the first one left may be in the way.
    fn save_twice(&self, tally: &mut Tally, configctl: &Configctl, label: &str) -> Result<()> {
        let place = self.place;
        for time in ["first", "second"] {
            let label = format!("{label}, {time} time");
            let before = Before::of(place)?;
            let tried = configctl.set(&place.file(), before.next)?;
            judge(tally, place, &before, &tried, &label, &[EPERM])?;
            tally.check(!tried.is_done(), || format!("{label}: saved all the same"));
            if self.flag == "a" && self.at == place.directory {
                // Names can be added there and none removed. What stays is swept when the flag is gone.
                tally.note("with a temporary file left over, swept later");
            } else {
                nothing_left(tally, place, &before, &tried, &label)?;
            }
            let got = configctl.run(&place.file(), &["get", "/retention/events_days"])?;
            tally.check(got.is_done(), || format!("{label}: not read: {}", got.stderr));
        }
        Ok(())
    }
}
