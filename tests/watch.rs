//! A watch that cannot die: what is no news stays silent, and whatever befalls the watch, the next edit is served and
//! the status says what is wrong meanwhile. Each test prints what it saw, with `--nocapture`.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test says why it fails")]

#[path = "watch/clock.rs"]
mod clock;
#[path = "watch/crowd.rs"]
mod crowd;
#[path = "watch/exhausted.rs"]
mod exhausted;
#[path = "watch/hangup.rs"]
mod hangup;
#[path = "watch/idle.rs"]
mod idle;
#[path = "watch/layout.rs"]
mod layout;
#[path = "watch/namespace.rs"]
mod namespace;
#[path = "watch/noise.rs"]
mod noise;
#[path = "watch/overflow.rs"]
mod overflow;
#[path = "watch/silence.rs"]
mod silence;
#[path = "watch/unmounted.rs"]
mod unmounted;
#[path = "watch/unreadable.rs"]
mod unreadable;
