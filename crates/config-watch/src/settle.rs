//! When to hint, when to wake and when to arm: the pure part of the worker.
//!
//! Time is an argument, counted from any fixed moment, and never goes back. Nothing here reads a clock, a file or a
//! channel. It is public for the table tests and the fuzz target, and no part of what the crate promises.

use crate::{Cause, Next};
use std::time::Duration;

/// The shortest wait after arming failed. It doubles with each failure.
pub const MIN_BACK_OFF: Duration = Duration::from_secs(1);
/// The longest wait after arming failed.
pub const MAX_BACK_OFF: Duration = Duration::from_secs(30);
/// What a shorter wish in [`Next::Again`] counts as, so that a look cannot spin the worker.
pub const MIN_AGAIN: Duration = Duration::from_millis(1);

/// Inputs go in by what happened; out come the hint that is due and the time of the next wake-up.
///
/// The kernel's events arrive debounced, so an input is due at once: there is no window in here to wait out.
#[derive(Clone, Debug)]
pub struct Settle {
    poll: Duration,
    pending: Option<Cause>,
    poll_at: Duration,
    again_at: Option<Duration>,
    retry_at: Option<Duration>,
    back_off: Duration,
    /// When arming last succeeded, unless it has failed since.
    armed_at: Option<Duration>,
}

impl Settle {
    /// Nothing is pending; the first poll is due at time zero.
    pub fn new(poll: Duration) -> Self {
        Self {
            poll,
            pending: None,
            poll_at: Duration::ZERO,
            again_at: None,
            retry_at: None,
            back_off: MIN_BACK_OFF,
            armed_at: None,
        }
    }

    /// The kernel reported something.
    pub fn event(&mut self, _now: Duration) {
        self.raise(Cause::Event);
    }

    /// The caller asked for a look.
    pub fn manual(&mut self, _now: Duration) {
        self.raise(Cause::Manual);
    }

    /// The path was polled, and its status differed or not.
    pub fn polled(&mut self, now: Duration, changed: bool) {
        self.poll_at = now.saturating_add(self.poll);
        if changed {
            self.raise(Cause::Poll);
        }
    }

    /// The directories are armed. What happened before that went unreported, so a look is due.
    pub fn rearmed(&mut self, now: Duration) {
        self.armed_at = Some(now);
        self.retry_at = None;
        self.raise(Cause::Rearmed);
    }

    /// Some or all of the directories could not be armed.
    pub fn failed_to_arm(&mut self, now: Duration) {
        self.hold_off(now);
    }

    /// What was armed reported an error, and is not to be relied on any more.
    pub fn lost(&mut self, now: Duration) {
        if self.retry_at.is_none() {
            self.hold_off(now);
        }
    }

    /// The look returned.
    pub fn looked(&mut self, now: Duration, next: Next) {
        self.again_at = match next {
            Next::Wait => None,
            Next::Again(after) => Some(now.saturating_add(after.max(MIN_AGAIN))),
        };
    }

    /// Takes the hint that is due, if any. It makes an outstanding [`Next::Again`] void: the look that follows is one.
    pub fn due(&mut self, now: Duration) -> Option<Cause> {
        let again = self.again_at.filter(|&at| at <= now).map(|_| Cause::Again);
        let cause = self.pending.take().or(again)?;
        self.again_at = None;
        Some(cause)
    }

    /// Whether to arm now: when a back-off has run out, or when there is none and the directories `moved`.
    pub fn arm_due(&self, now: Duration, moved: bool) -> bool {
        self.retry_at.map_or(moved, |at| at <= now)
    }

    /// When there is next something to do without any further input: at the latest, to poll.
    pub fn wake(&self) -> Duration {
        if self.pending.is_some() {
            return Duration::ZERO;
        }
        let sooner = [self.again_at, self.retry_at].into_iter().flatten();
        sooner.fold(self.poll_at, Duration::min)
    }

    fn raise(&mut self, cause: Cause) {
        let known = self.pending.filter(|&known| rank(known) >= rank(cause));
        self.pending = Some(known.unwrap_or(cause));
    }

    /// Success alone does not end a back-off, only success that lasted. Otherwise an arming that breaks at once would be
    /// repeated at full speed.
    fn hold_off(&mut self, now: Duration) {
        if self.armed_at.take().is_some_and(|at| now.saturating_sub(at) >= MAX_BACK_OFF) {
            self.back_off = MIN_BACK_OFF;
        }
        self.retry_at = Some(now.saturating_add(self.back_off));
        self.back_off = self.back_off.saturating_mul(2).min(MAX_BACK_OFF);
    }
}

/// Which of several causes a hint names: what the caller did, then what may have been missed, then what was seen.
fn rank(cause: Cause) -> u8 {
    match cause {
        Cause::Again => 0,
        Cause::Poll => 1,
        Cause::Event => 2,
        Cause::Rearmed => 3,
        Cause::Manual => 4,
    }
}
