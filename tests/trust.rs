//! Who may change the file, and what bytes are believed: the rows of the policy and the threats behind them, by real
//! processes of the superuser and of an ordinary user. `docs/trust-tests.md` says which test holds which.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test says why it fails")]

#[path = "trust/believed.rs"]
mod believed;
#[path = "trust/beside.rs"]
mod beside;
#[path = "trust/directories.rs"]
mod directories;
#[path = "trust/doctor.rs"]
mod doctor;
#[path = "trust/editing.rs"]
mod editing;
#[path = "trust/links.rs"]
mod links;
#[path = "trust/mending.rs"]
mod mending;
#[path = "trust/modes.rs"]
mod modes;
#[path = "trust/operators.rs"]
mod operators;
#[path = "trust/owners.rs"]
mod owners;
#[path = "trust/planted.rs"]
mod planted;
#[path = "trust/readers.rs"]
mod readers;
#[path = "trust/regular.rs"]
mod regular;
#[path = "trust/remedies.rs"]
mod remedies;
#[path = "trust/support.rs"]
mod support;
