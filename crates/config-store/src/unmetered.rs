//! In place of `meters.rs` where the cargo feature `metrics` is off: counts nothing, and takes no room.
#![expect(clippy::unused_self, reason = "the same calls as where something is counted")]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::rejection::RejectionKind;

pub(crate) enum Reload {
    Accepted,
    Restored,
    Unchanged,
}

pub(crate) struct Meters;

impl Meters {
    pub(crate) fn new() -> Self {
        Self
    }
    pub(crate) fn note(&self, _: Reload) {}
    pub(crate) fn note_rejection(&self, _: RejectionKind) {}
    pub(crate) fn succeeded(&self, _: SystemTime) {}
    pub(crate) fn tell(&self, _: &Arc<str>, _: usize) {}
}

pub(crate) fn register(_: &Arc<str>) {}
pub(crate) fn updated(_: &Arc<str>, _: &'static str, _: Duration) {}
