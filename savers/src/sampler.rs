//! When a save was done.
//!
//! The end of a program is too late: an editor has saved long before it ends. So a thread asks for the status of the path
//! every millisecond (a `stat` opens nothing, and raises no event), and notes when it changed: a write, a rename over it,
//! another directory or link on the way. The moment of a change is the file's own change time where that is recent,
//! else, when an older file was brought to the path, the last sample before. Both are at most too early, by some
//! milliseconds, so that a latency is rather measured too long than too short.
//!
//! A thread that sleeps for a millisecond and wakes after a second says that the machine stood still, and nobody could
//! have announced anything meanwhile. That is noted too.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use anyhow::{Result, anyhow};

use crate::clock::Moment;

const INTERVAL: Duration = Duration::from_millis(1);

/// The clock that stamps files ticks every 1 to 10 ms.
const TICK: Duration = Duration::from_millis(10);

/// A gap between samples that is longer is no mere wait for a processor.
const LONGEST_GAP: Duration = Duration::from_millis(100);

/// What the samples showed.
#[derive(Debug, Default)]
pub(crate) struct Sampled {
    /// When the path changed, in order.
    pub(crate) changes: Vec<SystemTime>,
    /// How long the machine stood still, in all.
    pub(crate) stood_still: Duration,
}

/// A path that is being sampled.
#[derive(Debug)]
pub(crate) struct Sampler {
    stop: Sender<()>,
    thread: JoinHandle<Sampled>,
}

impl Sampler {
    /// From now on.
    pub(crate) fn start(path: PathBuf) -> Self {
        let (stop, stopped) = channel();
        let mut last = Status::of(&path);
        let mut before = Moment::now();
        let thread = thread::spawn(move || {
            let mut sampled = Sampled::default();
            // A wait that ends for another reason than its time is the order to stop, after a last sample.
            let mut is_last = false;
            loop {
                let gap = before.elapsed();
                sampled.stood_still += if gap > LONGEST_GAP { gap } else { Duration::ZERO };
                let now = Moment::now();
                let status = Status::of(&path);
                if status != last {
                    sampled.changes.push(status.moment(before.wall()));
                    last = status;
                }
                if is_last {
                    return sampled;
                }
                before = now;
                is_last = stopped.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout);
            }
        });
        Self { stop, thread }
    }

    /// Until now.
    pub(crate) fn stop(self) -> Result<Sampled> {
        drop(self.stop);
        self.thread.join().map_err(|_| anyhow!("the thread that samples the path panicked"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    There { device: u64, inode: u64, size: u64, modified: (i64, i64), changed: (i64, i64) },
    NotThere,
}

impl Status {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(status) => Self::There {
                device: status.dev(),
                inode: status.ino(),
                size: status.size(),
                modified: (status.mtime(), status.mtime_nsec()),
                changed: (status.ctime(), status.ctime_nsec()),
            },
            Err(_) => Self::NotThere,
        }
    }

    /// When it became so, seen first after the sample at this time.
    fn moment(self, sampled: SystemTime) -> SystemTime {
        let Self::There { changed: (seconds, nanos), .. } = self else { return sampled };
        let (Ok(seconds), Ok(nanos)) = (u64::try_from(seconds), u32::try_from(nanos)) else { return sampled };
        let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanos));
        changed.filter(|changed| *changed + TICK >= sampled).unwrap_or(sampled)
    }
}
