//! Waiting for a condition, never for a while.
#![expect(clippy::disallowed_methods, reason = "a test that drives real processes lives in real time")]

use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Longer than anything here takes on a loaded machine: what is still not there then will not come.
pub const LONG: Duration = Duration::from_secs(30);

/// The first answer of `look` that is something.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < LONG, "not within {LONG:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The wall clock, which the file system's times are of.
pub fn now() -> SystemTime {
    SystemTime::now()
}
