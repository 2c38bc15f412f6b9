#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "axum")]
mod extract;
mod layer;
mod request;

pub use layer::{SnapshotLayer, SnapshotService};
pub use request::{MissingLayer, RequestConfig};
