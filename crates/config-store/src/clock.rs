//! The one place that reads a clock.
#![expect(clippy::disallowed_methods, reason = "the rim: everything else takes time as an argument")]

use std::time::{Instant, SystemTime};

pub(crate) fn now() -> Instant {
    Instant::now()
}

pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}
