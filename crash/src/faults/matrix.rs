//! Calls by errors: how often each was tried, over all scenarios.

use std::collections::BTreeMap;

use serde::Serialize;

use super::trial::{Combination, Effect};

/// Runs, by system call and by what was made of it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Matrix(BTreeMap<String, BTreeMap<&'static str, usize>>);

impl Matrix {
    pub(crate) fn count(&mut self, combination: &Combination) {
        for injection in &combination.injections {
            let effect = match injection.effect {
                Effect::Error(errno) => errno.name,
                Effect::Nothing => "returns-0",
                Effect::Kill => "SIGKILL",
            };
            *self.0.entry(injection.call.clone()).or_default().entry(effect).or_default() += 1;
        }
        if combination.file_limit.is_some() {
            *self.0.entry(combination.call.clone()).or_default().entry("short").or_default() += 1;
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (call, effects) in &other.0 {
            let row = self.0.entry(call.clone()).or_default();
            for (effect, runs) in effects {
                *row.entry(*effect).or_default() += runs;
            }
        }
    }

    /// A line for each call.
    pub(crate) fn text(&self) -> String {
        let mut text = "calls by errors, in runs over all scenarios:\n".to_owned();
        for (call, effects) in &self.0 {
            let cells: Vec<String> =
                effects.iter().map(|(effect, runs)| format!("{effect} {runs}")).collect();
            text += &format!("  {call:12} {}\n", cells.join(", "));
        }
        text
    }
}
