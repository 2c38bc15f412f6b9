//! What the guide shows is what there is.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test says why it fails")]

mod guide {
    mod failures;
    mod manifests;
    mod pages;
}
