//! What holds for any sequence of inputs, with a clock that the test owns.

use config_watch::{
    Cause, Next,
    settle::{MAX_BACK_OFF, MIN_AGAIN, MIN_BACK_OFF, Settle},
};
use proptest::prelude::*;
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
enum Input {
    Event,
    Manual,
    Changed,
    Rearmed,
    Failed,
    Lost,
    Nothing,
}

/// An input, how long after the one before, and what the look would answer.
fn steps() -> impl Strategy<Value = Vec<(u64, Input, Next)>> {
    let input = prop_oneof![
        Just(Input::Event),
        Just(Input::Manual),
        Just(Input::Changed),
        Just(Input::Rearmed),
        Just(Input::Failed),
        Just(Input::Lost),
        Just(Input::Nothing),
    ];
    let next = prop_oneof![
        Just(Next::Wait),
        (0_u64..2000).prop_map(|millis| Next::Again(Duration::from_millis(millis))),
        Just(Next::Again(Duration::MAX)),
    ];
    prop::collection::vec((0_u64..3000, input, next), 1..60)
}

fn feed(settle: &mut Settle, now: Duration, input: Input) -> Option<Cause> {
    match input {
        Input::Event => settle.event(now),
        Input::Manual => settle.manual(now),
        Input::Changed => settle.polled(now, true),
        Input::Rearmed => settle.rearmed(now),
        Input::Failed => settle.failed_to_arm(now),
        Input::Lost => settle.lost(now),
        Input::Nothing => {}
    }
    match input {
        Input::Event => Some(Cause::Event),
        Input::Manual => Some(Cause::Manual),
        Input::Changed => Some(Cause::Poll),
        Input::Rearmed => Some(Cause::Rearmed),
        Input::Failed | Input::Lost | Input::Nothing => None,
    }
}

proptest! {
    /// Every input is followed by its hint at once; nothing else is, but for a look-again that is due; and no hint comes
    /// twice.
    #[test]
    fn hints_have_reasons_and_reasons_have_hints(steps in steps()) {
        let mut settle = Settle::new(Duration::from_millis(400));
        let mut now = Duration::ZERO;
        let mut again: Option<Duration> = None;
        for (millis, input, next) in steps {
            now += Duration::from_millis(millis);
            let raised = feed(&mut settle, now, input);
            let again_is_due = again.is_some_and(|at| at <= now);
            let expected = raised.or(again_is_due.then_some(Cause::Again));
            if raised.is_some() {
                prop_assert!(settle.wake() <= now);
            }
            prop_assert_eq!(settle.due(now), expected);
            prop_assert_eq!(settle.due(now), None);
            if expected.is_some() {
                settle.looked(now, next);
                again = match next {
                    Next::Wait => None,
                    Next::Again(after) => Some(now.saturating_add(after.max(MIN_AGAIN))),
                };
            }
            if let Some(at) = again {
                prop_assert!(settle.wake() <= at);
            }
        }
    }

    /// A worker that sleeps until the wake-up polls often enough, and never wakes without something to do.
    #[test]
    fn sleeping_until_the_wake_up_is_enough(steps in steps(), poll in 10_u64..2000) {
        let poll = Duration::from_millis(poll);
        let mut settle = Settle::new(poll);
        let mut now = Duration::ZERO;
        let mut polled = now;
        for (_, input, next) in steps {
            feed(&mut settle, now, input);
            settle.polled(now, false);
            prop_assert!(now.saturating_sub(polled) <= poll);
            polled = now;
            if settle.arm_due(now, false) {
                settle.rearmed(now);
            }
            if settle.due(now).is_some() {
                settle.looked(now, next);
            }
            let wake = settle.wake();
            prop_assert!(wake > now, "it would spin");
            now = wake;
        }
    }

    /// A move is a reason to arm unless an attempt has just failed; then it takes 1 to 30 seconds.
    #[test]
    fn the_back_off_is_bounded(steps in steps()) {
        let mut settle = Settle::new(Duration::from_millis(400));
        let mut now = Duration::ZERO;
        let mut holds = false;
        for (millis, input, _) in steps {
            now += Duration::from_millis(millis);
            let fresh = matches!(input, Input::Failed) || (matches!(input, Input::Lost) && !holds);
            feed(&mut settle, now, input);
            holds = (holds || fresh) && !matches!(input, Input::Rearmed);
            if fresh {
                let early = now + MIN_BACK_OFF.saturating_sub(Duration::from_nanos(1));
                prop_assert!(!settle.arm_due(early, true));
            }
            if holds {
                prop_assert!(settle.arm_due(now + MAX_BACK_OFF, false));
            } else {
                prop_assert!(settle.arm_due(now, true));
                prop_assert!(!settle.arm_due(now + MAX_BACK_OFF, false));
            }
        }
    }
}
