//! Any sequence of inputs to the watch's debounce, against a model that remembers everything: no hint is lost, none comes
//! from nowhere, and the worker always has a time to wake up.

#![no_main]

use std::time::Duration;

use config_watch::settle::{MAX_BACK_OFF, MIN_AGAIN, MIN_BACK_OFF, Settle};
use config_watch::{Cause, Next};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

/// What can happen to it.
enum Input {
    Event,
    Manual,
    Polled { changed: bool },
    Rearmed,
    FailedToArm,
    Lost,
    Look { again_after: Option<Duration> },
    Pass,
}

fn input(chances: &mut Unstructured<'_>) -> Result<Input> {
    Ok(match chances.int_in_range(0..=7)? {
        0 => Input::Event,
        1 => Input::Manual,
        2 => Input::Polled { changed: chances.arbitrary()? },
        3 => Input::Rearmed,
        4 => Input::FailedToArm,
        5 => Input::Lost,
        6 => Input::Look { again_after: if chances.arbitrary()? { Some(wait(chances)?) } else { None } },
        _ => Input::Pass,
    })
}

/// Lengths of time at which something could go wrong, and any other.
fn wait(chances: &mut Unstructured<'_>) -> Result<Duration> {
    Ok(match chances.int_in_range(0..=5)? {
        0 => Duration::ZERO,
        1 => Duration::from_nanos(chances.arbitrary::<u16>()?.into()),
        2 => Duration::from_millis(chances.arbitrary::<u16>()?.into()),
        3 => Duration::from_secs(chances.arbitrary::<u32>()?.into()),
        4 => Duration::MAX / 2,
        _ => Duration::MAX,
    })
}

/// What is owed: as simple as can be.
#[derive(Default)]
struct Owed {
    causes: Vec<Cause>,
    again_at: Option<Duration>,
    retry_at: Option<Duration>,
}

fuzz_target!(|bytes: &[u8]| {
    let mut chances = Unstructured::new(bytes);
    let _ = run(&mut chances);
});

fn run(chances: &mut Unstructured<'_>) -> Result<()> {
    let poll = wait(chances)?;
    let (mut settle, mut owed) = (Settle::new(poll), Owed::default());
    let (mut now, mut polled_at) = (Duration::ZERO, None::<Duration>);
    while !chances.is_empty() {
        now = now.saturating_add(wait(chances)?);
        match input(chances)? {
            Input::Event => {
                settle.event(now);
                owed.causes.push(Cause::Event);
            }
            Input::Manual => {
                settle.manual(now);
                owed.causes.push(Cause::Manual);
            }
            Input::Polled { changed } => {
                settle.polled(now, changed);
                polled_at = Some(now);
                owed.causes.extend(changed.then_some(Cause::Poll));
            }
            Input::Rearmed => {
                settle.rearmed(now);
                owed.retry_at = None;
                owed.causes.push(Cause::Rearmed);
            }
            Input::FailedToArm => {
                settle.failed_to_arm(now);
                owed.retry_at = Some(backed_off(&settle, now));
            }
            Input::Lost => {
                settle.lost(now);
                if owed.retry_at.is_none() {
                    owed.retry_at = Some(backed_off(&settle, now));
                }
            }
            Input::Look { again_after } => {
                let next = again_after.map_or(Next::Wait, Next::Again);
                settle.looked(now, next);
                owed.again_at = again_after.map(|after| now.saturating_add(after.max(MIN_AGAIN)));
            }
            Input::Pass => {}
        }
        check(&mut settle, &mut owed, now, chances.arbitrary()?, polled_at.map(|at| at.saturating_add(poll)));
    }
    Ok(())
}

/// When arming is tried again: between the shortest and the longest back-off from now.
fn backed_off(settle: &Settle, now: Duration) -> Duration {
    let (soonest, latest) = (now.saturating_add(MIN_BACK_OFF), now.saturating_add(MAX_BACK_OFF));
    let before = soonest.saturating_sub(Duration::from_nanos(1));
    assert!(soonest == Duration::MAX || !settle.arm_due(before, true), "tried again too soon");
    assert!(settle.arm_due(latest, false), "never tried again");
    // The model has no doubling of its own: what it is, between these two, is read off.
    let mut at = soonest;
    while !settle.arm_due(at, false) {
        at = at.saturating_add(MIN_BACK_OFF);
    }
    at
}

fn check(settle: &mut Settle, owed: &mut Owed, now: Duration, take: bool, poll_at: Option<Duration>) {
    for moved in [false, true] {
        assert_eq!(settle.arm_due(now, moved), owed.retry_at.map_or(moved, |at| at <= now));
    }
    let wake = settle.wake();
    let again_is_due = owed.again_at.is_some_and(|at| at <= now);
    assert!(owed.causes.is_empty() || wake <= now, "a hint waits and nobody wakes");
    for due in [owed.again_at, owed.retry_at, Some(poll_at.unwrap_or_default())].into_iter().flatten() {
        assert!(wake <= due, "it sleeps over something");
    }
    if !take {
        return;
    }
    match settle.due(now) {
        None => assert!(owed.causes.is_empty() && !again_is_due, "a hint was lost"),
        Some(Cause::Again) => assert!(owed.causes.is_empty() && again_is_due, "a hint from nowhere"),
        Some(cause) => assert!(owed.causes.contains(&cause), "a hint from nowhere"),
    }
    if !owed.causes.is_empty() || again_is_due {
        *owed = Owed { retry_at: owed.retry_at, ..Owed::default() };
    }
    assert_eq!(settle.due(now), None, "one hint for all that was owed");
}
