//! The poll's memory: what `stat` last said about the path, and about whom the directories on the way to it are open to.

use crate::hops::{Access, Hops};
use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Two writes closer together than the clock of the file system ticks leave the same times. Linux stamps files with a
/// clock that ticks every 1 to 10 ms.
const FINE_TICK: Duration = Duration::from_millis(20);

/// FAT keeps two seconds, some old or network file systems one: such a change time has no fraction.
const COARSE_TICK: Duration = Duration::from_secs(2);

/// What a poll found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// As before.
    Same,
    /// As before, but the last change was so fresh that a later one may have left no trace.
    Unsettled,
    /// Not as before.
    Changed,
}

/// Compares a path's status with the one before.
#[derive(Debug)]
pub(crate) struct Poller {
    path: PathBuf,
    last: Fingerprint,
    fresh: bool,
    access: Vec<Access>,
}

impl Poller {
    /// Takes the status that the first [`poll`](Self::poll) compares with. `now` is the time before the call.
    pub(crate) fn new(path: PathBuf, now: SystemTime) -> Self {
        let (last, access) = (Fingerprint::of(&path), Hops::walk(&path).access().to_vec());
        Self { path, last, fresh: last.is_fresh(now), access }
    }

    /// Looks at the path, following links. It opens nothing, so it raises no events. `now` is the time before the call, and
    /// `access` that of the directories on the way, of which no status of the file tells.
    pub(crate) fn poll(&mut self, now: SystemTime, access: &[Access]) -> Seen {
        let found = Fingerprint::of(&self.path);
        let seen = match (found == self.last && access == self.access, self.fresh) {
            (false, _) => Seen::Changed,
            (true, true) => Seen::Unsettled,
            (true, false) => Seen::Same,
        };
        self.last = found;
        self.fresh = found.is_fresh(now);
        access.clone_into(&mut self.access);
        seen
    }
}

/// No part of it is an identity: an inode number is reused, `cp -p` keeps the modification time. Together they differ
/// after any change that is not within one tick of the change time, which no program can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fingerprint {
    There { device: u64, inode: u64, size: u64, modified: (i64, i64), changed: (i64, i64) },
    NotThere(io::ErrorKind),
}

impl Fingerprint {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(metadata) => Self::There {
                device: metadata.dev(),
                inode: metadata.ino(),
                size: metadata.size(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
                changed: (metadata.ctime(), metadata.ctime_nsec()),
            },
            Err(error) => Self::NotThere(error.kind()),
        }
    }

    fn is_fresh(self, now: SystemTime) -> bool {
        let Self::There { changed: (seconds, nanos), .. } = self else {
            return false;
        };
        let (Ok(seconds), Ok(nanos)) = (u64::try_from(seconds), u32::try_from(nanos)) else {
            return false;
        };
        let tick = if nanos == 0 { COARSE_TICK } else { FINE_TICK };
        let Some(changed) = UNIX_EPOCH.checked_add(Duration::new(seconds, nanos)) else {
            return false;
        };
        match now.duration_since(changed) {
            Ok(age) => age <= tick,
            // `now` was read before the status, so a change in between is ahead of it. Further ahead is another machine's
            // clock, and would stay fresh for as long as that is wrong.
            Err(ahead) => ahead.duration() <= COARSE_TICK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(changed: (i64, i64)) -> Fingerprint {
        Fingerprint::There { device: 1, inode: 2, size: 3, modified: (0, 0), changed }
    }

    #[test]
    fn fresh_is_within_one_tick_or_a_little_ahead() {
        let at = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        for (changed, now, fresh) in [
            ((100, 500_000_000), 100_510, true),
            ((100, 500_000_000), 100_521, false),
            ((100, 500_000_000), 100_490, true),
            ((100, 500_000_000), 98_600, true),
            ((100, 500_000_000), 98_400, false),
            ((100, 0), 101_900, true),
            ((100, 0), 102_001, false),
            ((-1, 0), 0, false),
        ] {
            assert_eq!(there(changed).is_fresh(at(now)), fresh, "{changed:?} at {now}");
        }
        assert!(!Fingerprint::NotThere(io::ErrorKind::NotFound).is_fresh(at(0)));
    }

    #[test]
    fn a_poll_right_after_a_change_is_repeated_once_it_has_aged() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.json");
        let long_ago = UNIX_EPOCH;
        let mut poller = Poller::new(file.clone(), long_ago);
        let access = poller.access.clone();
        assert_eq!(poller.poll(long_ago, &access), Seen::Same);
        #[expect(clippy::disallowed_methods, reason = "the test plays the editor")]
        fs::write(&file, "{}").unwrap();
        let metadata = fs::metadata(&file).unwrap();
        let changed = UNIX_EPOCH + Duration::new(metadata.ctime().cast_unsigned(), 0);
        assert_eq!(
            poller.poll(changed + Duration::from_nanos(metadata.ctime_nsec().cast_unsigned()), &access),
            Seen::Changed
        );
        assert_eq!(poller.poll(changed + Duration::from_secs(9), &access), Seen::Unsettled);
        assert_eq!(poller.poll(changed + Duration::from_secs(9), &access), Seen::Same);
    }
}
