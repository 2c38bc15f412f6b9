//! The two clocks: the wall clock, which the times of the file system are of, and the one that is never set.
#![expect(clippy::disallowed_methods, reason = "what is measured here is real time")]

use std::time::{Duration, Instant, SystemTime};

/// The time by the clock of the file system's times.
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// From one moment to a later one; nothing when a clock was set back.
pub(crate) fn between(earlier: SystemTime, later: SystemTime) -> Duration {
    later.duration_since(earlier).unwrap_or_default()
}

/// A moment by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    wall: SystemTime,
    steady: Instant,
}

impl Moment {
    /// Of three readings of both clocks the one with the least time between them: on a busy machine, a thread may have
    /// to wait there.
    pub(crate) fn now() -> Self {
        let read = || {
            let steady = Instant::now();
            let moment = Self { wall: now(), steady };
            (steady.elapsed(), moment)
        };
        let (first, others) = (read(), [read(), read()]);
        others.into_iter().fold(first, |best, other| if other.0 < best.0 { other } else { best }).1
    }

    /// By the clock of the file system's times.
    pub(crate) fn wall(self) -> SystemTime {
        self.wall
    }

    /// How long ago it was, whatever the wall clock says.
    pub(crate) fn elapsed(self) -> Duration {
        self.steady.elapsed()
    }

    /// How far the wall clock was set forward or back since.
    pub(crate) fn skew(self) -> Duration {
        let now = Self::now();
        let steady = now.steady.saturating_duration_since(self.steady);
        let wall = now.wall.duration_since(self.wall);
        wall.map_or_else(|back| back.duration() + steady, |wall| wall.abs_diff(steady))
    }
}
