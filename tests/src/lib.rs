//! What the acceptance tests share: the real programs, as a user would start them.
#![forbid(unsafe_code)]
// Whatever goes wrong in here is a test that fails, with a reason.
#![expect(
    clippy::missing_panics_doc,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says why it fails"
)]

pub mod configctl;
pub mod gateway;
#[cfg(doctest)]
pub mod guide;
pub mod logged;
pub mod page;
pub mod persona;
pub mod place;
pub mod programs;
pub mod stopwatch;
pub mod system;
pub mod time;
pub mod transcript;
pub mod vi;

/// The README's example compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
