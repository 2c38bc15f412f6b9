//! Other users: their leftovers, their lock files, and what an ACL gives them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::judge::{EACCES, must_save, try_save};
use super::place::Place;
use super::system::{Ground, sh};
use super::tally::Tally;
use super::tried::Configctl;

/// `nobody`.
const OTHER: u32 = 65_534;
const AS_OTHER: [&str; 6] = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

/// A directory such as `/tmp`, where nobody can remove what is another's.
pub(super) fn sticky(ground: &Ground, tally: &mut Tally) -> Result<()> {
    ground.need_root("another user")?;
    let mounted = ground.tmpfs("sticky", "size=1m")?;
    let place = Place::on(&mounted.at, 1 << 10)?;
    fs::set_permissions(&place.directory, fs::Permissions::from_mode(0o1777))
        .context("a sticky directory")?;
    chown(place.file(), Some(OTHER), Some(OTHER)).context("another's file")?;
    let leftover = place.directory.join(".config.json.0123456789abcdef.tmp");
    fs::copy(place.file(), &leftover).context("root's leftover")?;
    let configctl = Configctl::under(ground, &AS_OTHER);
    for _ in 0..3 {
        must_save(tally, &place, &configctl, "beside root's leftover")?;
    }
    tally.check(leftover.exists(), || "another user's leftover was removed".to_owned());
    // Where nobody else can be first, root takes its own away, and leaves the file's owner able to go on.
    fs::set_permissions(&place.directory, fs::Permissions::from_mode(0o700)).context("a closed directory")?;
    chown(&place.directory, Some(OTHER), Some(OTHER)).context("another's directory")?;
    must_save(tally, &place, &Configctl::trusting(ground), "by root")?;
    tally.check(!leftover.exists(), || "root's own leftover is still there".to_owned());
    must_save(tally, &place, &configctl, "by its owner after root")?;
    let lock = place.directory.join(".config.json.lock");
    chown(&lock, Some(0), Some(0)).context("root's lock file")?;
    let tried = try_save(tally, &place, &configctl, "root's lock file", &[EACCES])?;
    tally.check(!tried.is_done(), || "saved without the lock".to_owned());
    Ok(())
}

/// A default ACL gives every new file to another user; the mode of a save takes it back.
pub(super) fn default_acl(ground: &Ground, tally: &mut Tally) -> Result<()> {
    ground.need_root("another user")?;
    let mounted = ground.tmpfs("acl", "size=1m")?;
    let directory = Place::directory_on(&mounted.at)?;
    sh("setfacl", &[OsStr::new("-d"), OsStr::new("-m"), OsStr::new("u:65534:rw"), directory.as_os_str()])?;
    let control = directory.join("control");
    fs::copy("/proc/self/comm", &control).context("a file that the ACL gives away")?;
    fs::set_permissions(&control, fs::Permissions::from_mode(0o660)).context("its mode")?;
    tally.check(can_read(&control), || "blind: the ACL gives nothing away".to_owned());
    fs::remove_file(&control).context("the control")?;
    let place = Place::new(&directory, 1 << 10)?;
    let configctl = Configctl::new(ground);
    must_save(tally, &place, &configctl, "under a default ACL")?;
    let lock = directory.join(".config.json.lock");
    for path in [place.file(), lock] {
        tally.check(!can_read(&path), || format!("another user can read {}", path.display()));
        let mode = fs::metadata(&path).context("its mode")?.permissions().mode() & 0o777;
        tally.check(mode == 0o600, || format!("{} has mode {mode:o}", path.display()));
    }
    Ok(())
}

/// What is saved is private whatever umask the process was started with.
pub(super) fn umask(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("umask", "size=1m")?;
    for mask in ["0000", "0077", "0777"] {
        let place = Place::on(&mounted.at, 1 << 10)?;
        let umask = format!("umask {mask}; exec \"$0\" \"$@\"");
        let configctl = Configctl::under(ground, &["sh", "-c", &umask]);
        must_save(tally, &place, &configctl, &format!("umask {mask}"))?;
        let lock = fs::File::open(place.directory.join(".config.json.lock")).and_then(|lock| lock.metadata());
        let mode = lock.context("the lock file")?.permissions().mode() & 0o777;
        tally.check(mode == 0o600, || format!("umask {mask}: the lock file has mode {mode:o}"));
        fs::remove_file(place.directory.join(".config.json.lock")).context("the lock file")?;
    }
    Ok(())
}

/// Can the other user?
fn can_read(path: &Path) -> bool {
    let [setpriv, arguments @ ..] = AS_OTHER;
    let mut all: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    all.extend([OsStr::new("cat"), path.as_os_str()]);
    sh(setpriv, &all).is_ok()
}
