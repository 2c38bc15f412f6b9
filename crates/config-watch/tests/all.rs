//! Plays editors, administrators and Kubernetes, and waits for the hint.
#![expect(clippy::disallowed_methods, reason = "the tests write as other programs do, and measure real time")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what helps a test fails it in the same way as the test itself"
)]

mod watch {
    mod exhausted;
    mod lifecycle;
    mod links;
    mod poll_only;
    mod properties;
    mod quiet;
    mod saves;
    mod settle;
    mod support;
}
