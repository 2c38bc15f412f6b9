//! The acceptance criteria, a file each, by real processes.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test says why it fails")]

mod comments;
mod concurrent_saves;
mod deleted_and_back;
mod durability;
mod edit;
mod exit_codes;
mod first_run;
mod history;
mod kubernetes;
mod malformed_edit;
mod metrics;
mod migration;
mod mode;
mod operator;
mod own_say;
mod readme;
mod rename_over;
mod secrets;
mod snapshot_in_flight;
mod transcripts;
mod watch_terminal;
