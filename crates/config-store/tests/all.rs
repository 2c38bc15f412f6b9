//! Every test of the crate's public face in one binary, a module per topic. Tests need no privilege; as root, those
//! about permissions run in a child that gave it up.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what helps a test fails it in the same way as the test itself"
)]

mod store {
    mod child;
    mod comments;
    mod compile_fail;
    mod concurrency;
    mod edits;
    mod events;
    mod history;
    mod kept;
    mod lifecycle;
    mod messages;
    #[cfg(feature = "metrics")]
    mod metrics;
    mod migrate;
    mod observability;
    mod open;
    mod overlays;
    mod patience;
    mod permissions;
    mod readers;
    mod recorded;
    mod recovery;
    mod rejected;
    mod rollback;
    mod schemas;
    mod secrets;
    mod seed;
    mod selectors;
    mod status;
    #[cfg(feature = "stream")]
    mod streams;
    mod support;
    mod together;
    mod trust;
    mod update;
    mod update_outside;
    mod update_refused;
    mod verifiers;
}
