//! A mount that turns read-only, or a disk that goes, while a store saves on and on.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result};

use super::device::{Device, Kind};
use super::judge::{EIO, EROFS, EUCLEAN, known};
use super::live::{on_disk, open, until_failure, wait_for, wait_for_failure};
use super::place::Place;
use super::system::{Ground, sh};
use super::tally::Tally;

/// Saves before something happens to the disk, so that it does in the middle of one.
const SAVES: u64 = 20;
const ROUNDS: u64 = 5;
/// A remount waits for nobody: it is refused while a file is open for writing.
const MOST_REMOUNTS: usize = 10_000;

/// By an administrator: `mount -o remount,ro`.
pub(super) fn remounted(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let device = Device::new(ground, Kind::Ext4, "")?;
    let place = Place::without_file(&Place::directory_on(&device.mounted.at)?, 0);
    let file = place.file();
    let store = open(&file)?;
    for _ in 0..ROUNDS {
        let (last, why) = thread::scope(|scope| {
            let said = until_failure(scope, &store);
            let last = wait_for(&said, SAVES)?;
            remount_read_only(&device)?;
            wait_for_failure(&said, last)
        })?;
        tally.failed("EROFS", "while a store saves");
        tally.check(why.contains("os error 30"), || format!("no EROFS: {why}"));
        tally.check(why.contains("read-write"), || {
            format!("EROFS without \"read-write\" as the remedy: {why}")
        });
        let now = on_disk(&file)?;
        tally.check(now == last, || format!("{last} was saved last, {now} is there: {why}"));
        tally.check(store.snapshot().a == last, || format!("{} is served", store.snapshot().a));
        tally.check(store.reload().is_ok(), || "a read-only file could not be read".to_owned());
        let reopened = open(&file);
        tally.check(reopened.is_ok(), || format!("not opened read-only: {:?}", reopened.err()));
        device.mounted.remount("remount,rw")?;
        let saved = store.update(|generation| *generation = generation.next_a());
        tally.check(saved.is_ok(), || format!("mounted read-write again: {:?}", saved.err()));
        tally.saved();
        tally.check(place.others()?.is_empty(), || "left over".to_owned());
    }
    Ok(())
}

fn remount_read_only(device: &Device) -> Result<()> {
    let mut refused = None;
    for _ in 0..MOST_REMOUNTS {
        match device.mounted.remount("remount,ro") {
            Ok(()) => return Ok(()),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.context("no remount was tried")?)
}

/// By the kernel, on an error of the file system: nothing waits for a save then.
pub(super) fn kernel_error(ground: &Ground, tally: &mut Tally) -> Result<()> {
    cut_short(ground, tally, Kind::Ext4, "errors=remount-ro", |device| {
        let trigger = format!("/sys/fs/ext4/{}/trigger_fs_error", device.loop_name()?);
        let mut file = OpenOptions::new().write(true).open(trigger).context("an error of ext4")?;
        file.write_all(b"1").context("an error of ext4")
    })
}

pub(super) fn shut_down_ext4(ground: &Ground, tally: &mut Tally) -> Result<()> {
    cut_short(ground, tally, Kind::Ext4, "", shut_down)
}

pub(super) fn shut_down_xfs(ground: &Ground, tally: &mut Tally) -> Result<()> {
    cut_short(ground, tally, Kind::Xfs, "", shut_down)
}

/// As when the disk is pulled out: nothing that is not in the journal yet will be.
fn shut_down(device: &Device) -> Result<()> {
    let at: &Path = &device.mounted.at;
    sh("xfs_io", &[OsStr::new("-x"), OsStr::new("-c"), OsStr::new("shutdown"), at.as_os_str()])
}

fn cut_short(
    ground: &Ground,
    tally: &mut Tally,
    kind: Kind,
    options: &str,
    cut: impl Fn(&Device) -> Result<()>,
) -> Result<()> {
    let mut device = Device::new(ground, kind, options)?;
    let place = Place::without_file(&Place::directory_on(&device.mounted.at)?, 0);
    let file = place.file();
    drop(open(&file)?);
    for _ in 0..ROUNDS {
        let store = open(&file)?;
        let (last, why) = thread::scope(|scope| {
            let said = until_failure(scope, &store);
            let last = wait_for(&said, SAVES)?;
            cut(&device)?;
            wait_for_failure(&said, last)
        })?;
        drop(store);
        let errnos = [EROFS, EIO, EUCLEAN];
        let errno = errnos.into_iter().find(|errno| why.contains(&format!("(os error {errno})")));
        tally.failed(errno.map_or("another error", |errno| known(errno).0), "while a store saves");
        tally.check(has_remedy(&why), || format!("no remedy: {why}"));
        device = device.again()?;
        let now = on_disk(&file)?;
        let uncertain = ["has the new content", "either the old content or the new"];
        let may_be_there = uncertain.iter().any(|said| why.contains(said));
        tally.check(now == last || (may_be_there && now == last + 1), || {
            format!("{last} was saved last, {now} is there after a new mount: {why}")
        });
        let store = open(&file)?;
        let saved = store.update(|generation| *generation = generation.next_a());
        tally.check(saved.is_ok(), || format!("mounted again: {:?}", saved.err()));
        tally.saved();
        tally.check(place.others()?.is_empty(), || "left over".to_owned());
    }
    Ok(())
}

fn has_remedy(why: &str) -> bool {
    why.contains("os error") && ["read-write", "dmesg"].iter().any(|remedy| why.contains(remedy))
}
