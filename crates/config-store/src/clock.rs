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

/// As in `2026-11-26T15:21:00Z`, for people.
pub(crate) fn readable(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Of the Gregorian calendar, in years that begin with March: 400 of them have 146,097 days.
    let (era, day) = ((days + 719_468) / 146_097, (days + 719_468) % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * march_month + 2) / 5 + 1, (march_month + 2) % 12 + 1);
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_date() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_708_609, "2026-11-26T15:56:49Z"),
        ] {
            assert_eq!(readable(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), date);
        }
    }
}
