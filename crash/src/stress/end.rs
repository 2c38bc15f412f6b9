//! When a load is over; the one clock of this tool.
#![expect(clippy::disallowed_methods, reason = "a load for so many seconds reads the clock")]

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The end of a load: first the time is up and the writers end, then it is over and so do those who watch them.
pub(crate) struct End {
    began: Instant,
    until: Instant,
    over: Mutex<bool>,
    changed: Condvar,
}

pub(crate) fn now() -> Instant {
    Instant::now()
}

impl End {
    pub(crate) fn after(time: Duration) -> Self {
        let began = now();
        Self { began, until: began + time, over: Mutex::new(false), changed: Condvar::new() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Until the time is up; none when it was declared over before.
    pub(crate) fn left(&self) -> Duration {
        if *self.flag() { Duration::ZERO } else { self.until.saturating_duration_since(now()) }
    }

    pub(crate) fn declare(&self) {
        *self.flag() = true;
        self.changed.notify_all();
    }

    /// Waits until it is over, at most this long; whether it is.
    pub(crate) fn wait(&self, most: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.flag(), most, |over| !*over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn flag(&self) -> MutexGuard<'_, bool> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
