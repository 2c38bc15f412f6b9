//! The document that is counted up: one counter for each thread, and one that all share.

use std::collections::BTreeMap;

use config_model::{Document, Pointer, Problem, Problems};
use serde::{Deserialize, Serialize};

/// A lost update shows as a total that is too small; a mixture of two documents as a sum that is not the total.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counters {
    total: u64,
    each: BTreeMap<String, u64>,
}

impl Counters {
    pub(crate) fn count(&mut self, own: &str) {
        self.total += 1;
        *self.each.entry(own.to_owned()).or_default() += 1;
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    pub(crate) fn sum(&self) -> u64 {
        self.each.values().sum()
    }
}

impl Document for Counters {
    const VERSION: u32 = 1;

    fn seed() -> Self {
        Self::default()
    }

    fn check(&self, problems: &mut Problems) {
        if self.sum() != self.total {
            problems.push(Problem::rule(Pointer::root().key("total"), "must be the sum of `each`"));
        }
    }
}
