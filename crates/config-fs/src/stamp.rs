//! A cheap identity, to know when a file need not be read.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

use crate::sys::Meta;

/// What the file system says of a file without its content being read: device, inode, size, and the times of the last
/// change of content (mtime) and of anything (ctime), in nanoseconds.
///
/// Different stamps: look again. Equal stamps: the content is *probably* the same. Times come from the kernel's
/// clock tick (a few milliseconds, less since Linux 6.13) and inodes are used again, so two saves of one size within
/// a tick may have one stamp. Do not rely on a stamp whose [`changed_at`](Self::changed_at) is only moments old.
///
/// ```
/// use config_fs::Stamp;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// let before = Stamp::of_metadata(&std::fs::metadata(&path)?);
/// std::fs::write(&path, "{ }")?;
/// let after = Stamp::of_metadata(&std::fs::metadata(&path)?);
/// assert!(before != after && after.size() == 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    dev: u64,
    ino: u64,
    size: u64,
    mtime: (i64, u32),
    ctime: (i64, u32),
}

impl Stamp {
    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When anything of the file last changed (ctime), by the clock of the machine that holds it. Unlike mtime,
    /// no program can set it.
    pub fn changed_at(&self) -> SystemTime {
        let (seconds, nanoseconds) = self.ctime;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let second = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        second
            .and_then(|second| second.checked_add(Duration::from_nanos(nanoseconds.into())))
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// The stamp of a file by what `std::fs::metadata` says of its path, without opening it.
    pub fn of_metadata(metadata: &Metadata) -> Self {
        let nanoseconds = |part: i64| u32::try_from(part).unwrap_or(0);
        Self {
            dev: metadata.dev(),
            ino: metadata.ino(),
            size: metadata.size(),
            mtime: (metadata.mtime(), nanoseconds(metadata.mtime_nsec())),
            ctime: (metadata.ctime(), nanoseconds(metadata.ctime_nsec())),
        }
    }

    pub(crate) fn of(meta: &Meta) -> Self {
        Self { dev: meta.dev, ino: meta.ino, size: meta.size, mtime: meta.mtime, ctime: meta.ctime }
    }

    /// This content, after a rename changed the ctime of the file to that of `renamed`.
    ///
    /// Size and mtime stay: if someone wrote into the file since, they differ from what the file system says now, and
    /// the next look reads it.
    pub(crate) fn renamed(self, renamed: &Meta) -> Self {
        Self { ctime: renamed.ctime, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(ctime: (i64, u32)) -> SystemTime {
        Stamp { dev: 1, ino: 2, size: 3, mtime: (0, 0), ctime }.changed_at()
    }

    #[test]
    fn times_before_and_after_the_epoch() {
        assert_eq!(changed((1, 5)), SystemTime::UNIX_EPOCH + Duration::new(1, 5));
        assert_eq!(changed((-1, 1)), SystemTime::UNIX_EPOCH - Duration::new(0, 999_999_999));
        assert!(changed((i64::MIN, 0)) < changed((i64::MAX, 999_999_999)), "no panic at either end");
    }
}
