//! Every test of the crate in one binary, a module per topic: a real store, and real edits of its file.
#![expect(clippy::unwrap_used, reason = "what helps a test fails it in the same way as the test itself")]

mod tower {
    #[cfg(feature = "axum")]
    mod extractor;
    mod layer;
    mod support;
}
