//! How often to look, and by which means.

use std::{ops::RangeInclusive, time::Duration};

/// How a [`Watch`](crate::Watch) watches. The defaults keep the promise of one second.
///
/// Values out of bounds are clamped, not refused: a watch that is a little slower than asked is better than none.
///
/// ```
/// use std::time::Duration;
///
/// use config_watch::Options;
///
/// let on_a_network = Options::default().native(false).poll(Duration::from_secs(1));
/// # let _: Options = on_a_network;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    debounce: Duration,
    poll: Duration,
    native: bool,
}

impl Options {
    /// Bounds of [`debounce`](Self::debounce).
    pub const DEBOUNCE: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(5);
    /// Bounds of [`poll`](Self::poll).
    pub const POLL: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_mins(1);

    /// How long kernel events are gathered before they become one hint. Default 250 ms.
    #[must_use]
    pub fn debounce(mut self, window: Duration) -> Self {
        self.debounce = clamp(window, &Self::DEBOUNCE);
        self
    }

    /// How often the path is checked by `stat`, whatever the kernel reports. Default 400 ms. This bounds how late a
    /// change can be hinted at, so more than about 800 ms gives up the promise of one second.
    #[must_use]
    pub fn poll(mut self, interval: Duration) -> Self {
        self.poll = clamp(interval, &Self::POLL);
        self
    }

    /// Whether to ask the kernel for events at all. Default true. With false the poll does everything, which is just as
    /// good on a network file system, where the kernel does not hear of what other machines do.
    #[must_use]
    pub fn native(mut self, native: bool) -> Self {
        self.native = native;
        self
    }

    pub(crate) fn debounce_window(&self) -> Duration {
        self.debounce
    }

    pub(crate) fn poll_interval(&self) -> Duration {
        self.poll
    }

    pub(crate) fn is_native(&self) -> bool {
        self.native
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { debounce: Duration::from_millis(250), poll: Duration::from_millis(400), native: true }
    }
}

fn clamp(value: Duration, bounds: &RangeInclusive<Duration>) -> Duration {
    value.clamp(*bounds.start(), *bounds.end())
}
