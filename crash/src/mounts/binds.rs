//! Bind mounts: a single file, which cannot be renamed over, and a directory.

use anyhow::{Context as _, Result};

use super::judge::{EBUSY, must_save, try_save};
use super::place::Place;
use super::system::{Ground, Mounted};
use super::tally::Tally;
use super::tried::Configctl;

pub(super) fn file(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("bound-file", "size=1m")?;
    let (from, configctl) = (Place::on(&mounted.at, 1 << 10)?, Configctl::new(ground));
    let at = mounted.at.join("at");
    std::fs::create_dir(&at).context("where it is mounted")?;
    let place = Place::new(&at, 1 << 10)?;
    let bound = Mounted::bind(&from.file(), &place.file())?;
    for _ in 0..3 {
        let tried = try_save(tally, &place, &configctl, "a bound file", &[EBUSY])?;
        tally.check(!tried.is_done(), || "a mount point was renamed over".to_owned());
        let step = tried.step.as_deref();
        tally.check(step == Some("rename"), || format!("a bound file: step {step:?}: {}", tried.stderr));
        let got = configctl.run(&place.file(), &["get", "/retention/events_days"])?;
        tally.check(got.is_done(), || format!("a bound file was not read: {}", got.stderr));
    }
    // Where it comes from it can be saved, and is then no longer what is mounted.
    must_save(tally, &from, &configctl, "where the bound file comes from")?;
    drop(bound);
    must_save(tally, &place, &configctl, "after the mount is gone")
}

pub(super) fn directory(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("bound-directory", "size=1m")?;
    let (from, configctl) = (Place::on(&mounted.at, 1 << 10)?, Configctl::new(ground));
    let at = mounted.at.join("at");
    std::fs::create_dir(&at).context("where it is mounted")?;
    let _bound = Mounted::bind(&from.directory, &at)?;
    let place = Place::without_file(&at, 1 << 10);
    must_save(tally, &place, &configctl, "through a bound directory")?;
    must_save(tally, &from, &configctl, "beside a bound directory")?;
    must_save(tally, &place, &configctl, "through it again")
}

/// A read-only bind mount of a directory that others may write: reading works, and saving says what to do.
pub(super) fn read_only(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("bound-read-only", "size=1m")?;
    let (from, configctl) = (Place::on(&mounted.at, 1 << 10)?, Configctl::new(ground));
    let at = mounted.at.join("at");
    std::fs::create_dir(&at).context("where it is mounted")?;
    let bound = Mounted::bind(&from.directory, &at)?;
    bound.remount("remount,bind,ro")?;
    let place = Place::without_file(&at, 1 << 10);
    for label in ["read-only, no lock file", "read-only, with a lock file"] {
        let tried = try_save(tally, &place, &configctl, label, &[super::judge::EROFS])?;
        tally.check(!tried.is_done(), || format!("{label}: saved"));
        let got = configctl.run(&place.file(), &["get", "/retention/events_days"])?;
        tally.check(got.is_done(), || format!("{label}: not read: {}", got.stderr));
        // Makes the lock file.
        must_save(tally, &from, &configctl, "beside a read-only mount")?;
    }
    bound.remount("remount,bind,rw")?;
    must_save(tally, &place, &configctl, "mounted read-write again")
}
