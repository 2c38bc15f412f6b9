//! The document that is counted up: one counter for each thread, and one that all share.

use std::collections::BTreeMap;

use config_model::{Document, Pointer, Problem, Problems};
use serde::{Deserialize, Serialize};

/// A lost update shows as a counter that is too small; a mixture of two documents as a sum that is not the total.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counters {
    total: u64,
    each: BTreeMap<String, u64>,
}

/// The file as those see it who write text.
#[derive(Serialize, Deserialize)]
struct Text {
    version: u32,
    #[serde(flatten)]
    counters: Counters,
}

impl Counters {
    /// The name of the counter of a thread in the process of a slot.
    pub(crate) fn name(slot: usize, thread: usize) -> String {
        format!("{slot}-{thread}")
    }

    /// Counts `own` and the total up by one, and gives what `own` counts now.
    pub(crate) fn count(&mut self, own: &str) -> u64 {
        self.total += 1;
        let own = self.each.entry(own.to_owned()).or_default();
        *own += 1;
        *own
    }

    /// [`count`](Self::count) on the text of a file: the new text. `None` when the text is no such document.
    pub(crate) fn count_in_text(text: &str, own: &str) -> Option<(String, u64)> {
        let mut text: Text = serde_json::from_str(text).ok()?;
        let now = text.counters.count(own);
        Some((serde_json::to_string_pretty(&text).ok()? + "\n", now))
    }

    pub(crate) fn get(&self, own: &str) -> u64 {
        self.each.get(own).copied().unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_document_count_alike() {
        let seed = "{\"version\": 1, \"total\": 0, \"each\": {}}";
        let (text, now) = Counters::count_in_text(seed, "0-1").unwrap();
        assert_eq!(now, 1);
        let mut counters = Counters::default();
        counters.count("0-1");
        assert_eq!(serde_json::from_str::<Counters>(&text).unwrap(), counters);
        assert_eq!(Counters::count_in_text(&text[..text.len() / 2], "0-1"), None);
    }
}
