//! The one place that reads a clock.
#![expect(clippy::disallowed_methods, reason = "the rim: everything else takes time as an argument")]

use std::time::{Duration, Instant, SystemTime};

pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Keeps away for a while, so that others get a turn.
pub(crate) fn pause(length: Duration) {
    if !length.is_zero() {
        std::thread::sleep(length);
    }
}

pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}
