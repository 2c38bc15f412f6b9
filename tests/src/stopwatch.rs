//! How long something took.
#![expect(clippy::disallowed_methods, reason = "a test that measures real processes reads the real clock")]

use std::time::{Duration, Instant};

/// Started when what is measured begins.
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since then.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
