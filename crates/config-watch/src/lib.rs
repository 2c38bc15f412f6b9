#![doc = include_str!("../README.md")]
//!
//! # How it works
//!
//! One thread owns everything. Kernel events, debounced, only set a flag for it. Every 400 ms, and whenever it is woken,
//! it asks `stat` about the path, and follows the path anew to see whether the directories on the way are still the ones
//! that are armed, and open to the same users as before. When they are others, it builds a new set of watches, and only then drops the old one.
//!
//! What to wait for and when is decided by a state machine without a clock, [`settle`]. The rest is input and output.
//!
//! # What a look has to bear
//!
//! - **Hints without news.** One save may be hinted at by the poll and again by its event. Opening or reading the file is
//!   an event too, as notify 8 subscribes to `IN_OPEN` ([notify#612]) and the debouncer hides the kind. So the look's own
//!   reading is followed by a hint, and **a look that reads every time it is called never comes to rest**. It must
//!   compare the file's status first, and open the file only when that has changed or is too young to tell.
//! - **Half a file.** A hint may come in the middle of a slow write, or in the moment between an editor's renaming the
//!   old file away and creating the new one. Return [`Next::Again`] to look once more soon.
//! - **A missing hint about nothing.** No hint is promised for a change that is undone before anyone looks.
//!
//! [notify#612]: https://github.com/notify-rs/notify/pull/612

#![forbid(unsafe_code)]

mod arm;
mod fingerprint;
mod health;
mod hint;
mod hops;
mod log;
mod mailbox;
mod options;
#[doc(hidden)]
pub mod settle;
mod watch;
mod worker;

pub use health::{Health, Mode};
pub use hint::{Cause, Hint, Next};
pub use options::Options;
pub use watch::{StartError, Watch};
