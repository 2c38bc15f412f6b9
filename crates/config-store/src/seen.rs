//! When the file need not be read: its status is that of the last reading, and old enough to be believed.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use config_fs::Stamp;

use crate::clock;

/// A file that changed so shortly before it was read may change again without its status showing it.
const RACY: Duration = Duration::from_millis(20);

/// The same on file systems that count whole seconds.
const RACY_COARSE: Duration = Duration::from_secs(2);

/// What the path led to just before it was read.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    mark: Mark,
    /// Taken before the status was.
    wall: SystemTime,
    /// When this status was first seen.
    since: Instant,
    /// When it was last seen.
    now: Instant,
}

impl Seen {
    /// Opens nothing: an open is an event for those who watch the directory, and would lead to the next look.
    pub(crate) fn take(path: &Path) -> Self {
        let (now, wall) = (clock::now(), clock::wall());
        Self { mark: Mark::of(path), wall, since: now, now }
    }

    /// This, knowing how long the same status has been there.
    pub(crate) fn after(self, earlier: Option<&Self>) -> Self {
        let since = earlier.filter(|earlier| earlier.mark == self.mark).map_or(self.since, |same| same.since);
        Self { since, ..self }
    }

    /// Is the content what was read when `earlier` was taken?
    pub(crate) fn is_same(&self, earlier: &Self) -> bool {
        self.mark == earlier.mark && !earlier.is_racy()
    }

    /// Is this the status of what was read with `stamp`? A link that was swapped there and back while the file was read leads
    /// to the same status before and after, and another content was read in between.
    pub(crate) fn is_of(&self, stamp: Stamp) -> bool {
        matches!(self.mark, Mark::There { stamp: seen, .. } if seen == stamp)
    }

    /// The time from `earlier` to this.
    pub(crate) fn age_of(&self, earlier: &Self) -> Duration {
        self.now.saturating_duration_since(earlier.now)
    }

    /// Could the file have changed after it was read and still have this status?
    ///
    /// Not when its last change was long past by then. A change that seems to lie in the future says that a clock is
    /// wrong; then it counts how long the status has been the same.
    pub(crate) fn is_racy(&self) -> bool {
        let Mark::There { changed: (seconds, nanos), .. } = self.mark else { return false };
        let (Ok(seconds), Ok(nanos)) = (u64::try_from(seconds), u32::try_from(nanos)) else { return false };
        let window = if nanos == 0 { RACY_COARSE } else { RACY };
        let is_old = SystemTime::UNIX_EPOCH
            .checked_add(Duration::new(seconds, nanos))
            .is_some_and(|changed| self.wall.duration_since(changed).is_ok_and(|age| age >= window));
        !is_old && self.now.saturating_duration_since(self.since) < window
    }
}

/// No part of it is an identity: inode numbers are used again, and `cp -p` keeps the time of the last write. Together
/// they differ after any change that is not within one tick of the clock that stamps changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    There { stamp: Stamp, changed: (i64, i64) },
    NotThere(io::ErrorKind),
}

impl Mark {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(meta) => {
                Self::There { stamp: Stamp::of_metadata(&meta), changed: (meta.ctime(), meta.ctime_nsec()) }
            }
            Err(error) => Self::NotThere(error.kind()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Looked at `read_after` the change, the status seen first `known_for` before that.
    fn seen(changed: (i64, i64), read_after: f64, known_for: Duration) -> Seen {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(1000.5 + read_after);
        let since = clock::now();
        let stamp = Stamp::of_metadata(&fs::metadata("/").unwrap());
        let mark = Mark::There { stamp, changed };
        Seen { mark, wall, since, now: since + known_for }
    }

    #[test]
    fn a_status_is_believed_when_it_is_old() {
        let fine = (1000, 500_000_000);
        for (changed, read_after, known_for, is_racy) in [
            (fine, 0.0, Duration::ZERO, true),
            (fine, 0.019, Duration::ZERO, true),
            (fine, 0.021, Duration::ZERO, false),
            (fine, -3600.0, Duration::ZERO, true),
            (fine, -500.0, SECOND, false),
            ((1000, 0), 1.4, Duration::ZERO, true),
            ((1000, 0), 1.4, SECOND, true),
            ((1000, 0), 1.6, Duration::ZERO, false),
            ((1000, 0), -500.0, 2 * SECOND, false),
            ((-1, 1), -500.0, Duration::ZERO, false),
        ] {
            let seen = seen(changed, f64::max(read_after, -1000.0), known_for);
            assert_eq!(seen.is_racy(), is_racy, "{changed:?} {read_after} {known_for:?}");
        }
    }

    /// The status of one file, and the content of another: the link was swapped there and back in between.
    #[test]
    fn the_status_of_another_file_is_not_that_of_what_was_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["one", "two"] {
            fs::create_dir(path(name)).unwrap();
        }
        std::os::unix::fs::symlink("one", path("link")).unwrap();
        let seen = Seen::take(&path("link"));
        let stamp = |name: &str| Stamp::of_metadata(&fs::metadata(path(name)).unwrap());
        assert!(seen.is_of(stamp("one")) && !seen.is_of(stamp("two")));
        assert!(!Seen::take(&path("missing")).is_of(stamp("one")));
    }

    #[test]
    fn what_is_not_there_is_the_same_until_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        let (first, second) = (Seen::take(&path), Seen::take(&path));
        assert!(second.is_same(&first));
        fs::create_dir(&path).unwrap();
        let third = Seen::take(&path);
        assert!(!third.is_same(&second) && third.after(Some(&second)).since == third.since);
        assert!(Seen::take(&path).after(Some(&third)).since == third.since);
    }
}
