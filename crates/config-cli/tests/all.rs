//! What people read: every kind of output, as it is printed.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "all/diagnostics.rs"]
mod diagnostics;
#[path = "all/help.rs"]
mod help;
#[path = "all/json.rs"]
mod json;
#[path = "all/messages.rs"]
mod messages;
#[path = "all/output.rs"]
mod output;
#[path = "all/pages.rs"]
mod pages;
#[path = "all/place.rs"]
mod place;
#[path = "all/printing.rs"]
mod printing;
#[path = "all/schema.rs"]
mod schema;
