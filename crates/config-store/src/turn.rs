//! Taking turns. Within a store, whoever waited longest is next. Between processes there is no queue: they poll for the
//! file lock, so a store that saves without a break lets go of it for long enough that a poll finds it free.

use std::time::{Duration, Instant};

/// How long one store may save without a break.
const STREAK: Duration = Duration::from_millis(200);

/// A break: longer than the longest pause between two polls for the file lock, which is 10 ms.
const BREAK: Duration = Duration::from_millis(15);

/// The turns of one store, which its threads take one after the other.
#[derive(Default)]
pub(crate) struct Turns {
    streak_began: Option<Instant>,
    last_ended: Option<Instant>,
}

impl Turns {
    /// A turn begins: how long to wait before the file lock is asked for.
    pub(crate) fn begin(&mut self, now: Instant) -> Duration {
        let goes_on = self.last_ended.is_some_and(|ended| now.saturating_duration_since(ended) < BREAK);
        match self.streak_began {
            Some(began) if goes_on && now.saturating_duration_since(began) >= STREAK => {
                self.streak_began = None;
                BREAK
            }
            Some(_) if goes_on => Duration::ZERO,
            _ => {
                self.streak_began = Some(now);
                Duration::ZERO
            }
        }
    }

    /// The turn is over.
    pub(crate) fn end(&mut self, now: Instant) {
        self.last_ended = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns of `length`, `gap` apart, for two seconds: the breaks that were taken.
    fn breaks(length: Duration, gap: Duration) -> usize {
        let (mut turns, start) = (Turns::default(), crate::clock::now());
        let (mut now, mut taken) = (start, 0);
        while now < start + Duration::from_secs(2) {
            let pause = turns.begin(now);
            taken += usize::from(pause == BREAK);
            now += pause + length;
            turns.end(now);
            now += gap;
        }
        taken
    }

    #[test]
    fn a_store_without_a_break_takes_one_again_and_again() {
        assert_eq!(breaks(Duration::from_millis(1), Duration::ZERO), 9);
        assert!(breaks(Duration::from_millis(60), Duration::ZERO) >= 6);
        assert!(breaks(Duration::from_secs(1), Duration::ZERO) >= 1);
    }

    #[test]
    fn one_that_rests_by_itself_takes_none() {
        assert_eq!(breaks(Duration::from_millis(60), BREAK), 0);
    }
}
