//! The guide's Rust compiles, and runs where it ends by itself.

#[doc = include_str!("../../docs/guide/axum.md")]
pub struct Axum;

#[doc = include_str!("../../docs/guide/editing.md")]
pub struct Editing;

#[doc = include_str!("../../docs/guide/history.md")]
pub struct History;

#[doc = include_str!("../../docs/guide/metrics.md")]
pub struct Metrics;

#[doc = include_str!("../../docs/guide/nfs.md")]
pub struct Nfs;

#[doc = include_str!("../../docs/guide/schema.md")]
pub struct Schema;
