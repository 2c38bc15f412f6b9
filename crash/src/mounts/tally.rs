//! What a case counted.

use std::collections::BTreeMap;

use super::judge::known;
use super::tried::Tried;

/// Checks, what failed of them, and what the saves came to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) checks: u64,
    pub(super) wrong: Vec<String>,
    saved: u64,
    /// By what they failed for, then by the step at which they did.
    failed: BTreeMap<String, BTreeMap<String, u64>>,
    notes: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.checks += 1;
        if !holds {
            self.wrong.push(what());
        }
    }

    pub(super) fn outcome(&mut self, tried: &Tried) {
        if tried.is_done() {
            self.saved += 1;
            return;
        }
        let why = match (tried.signal, tried.errno) {
            (Some(signal), _) => format!("killed by signal {signal}"),
            (None, Some(errno)) => match known(errno) {
                (_, "") => format!("errno {errno}"),
                (name, _) => name.to_owned(),
            },
            (None, None) => format!("exit {}", tried.exit.unwrap_or_default()),
        };
        let unknown = if tried.signal.is_some() { "at some step" } else { "before the save" };
        self.failed(&why, tried.step.as_deref().unwrap_or(unknown));
    }

    pub(super) fn saved(&mut self) {
        self.saved += 1;
    }

    pub(super) fn failed(&mut self, why: &str, step: &str) {
        let steps = self.failed.entry(why.to_owned()).or_default();
        *steps.entry(step.to_owned()).or_default() += 1;
    }

    /// Something else that is worth a number.
    pub(super) fn note(&mut self, what: &str) {
        *self.notes.entry(what.to_owned()).or_default() += 1;
    }

    /// A case that never met what it is about has shown nothing.
    pub(super) fn must_have_failed(&mut self, why: &str) {
        let met = self.failed.contains_key(why);
        self.check(met, || format!("not one save failed with {why}"));
    }

    /// As [`must_have_failed`](Self::must_have_failed), of what was noted.
    pub(super) fn must_have_noted(&mut self, what: &str) {
        let met = self.notes.contains_key(what);
        self.check(met, || format!("nothing was {what}"));
    }

    /// In one line: `270 saves: 257 ENOSPC (create-temporary 7, write 250), 13 saved`.
    pub(super) fn line(&self) -> String {
        let failed: u64 = self.failed.values().flat_map(BTreeMap::values).sum();
        let mut parts: Vec<String> = Vec::new();
        for (why, steps) in &self.failed {
            let each: Vec<_> = steps.iter().map(|(step, count)| format!("{step} {count}")).collect();
            parts.push(format!("{} {why} ({})", steps.values().sum::<u64>(), each.join(", ")));
        }
        parts.push(format!("{} saved", self.saved));
        parts.extend(self.notes.iter().map(|(what, count)| format!("{count} {what}")));
        format!("{} saves: {}", self.saved + failed, parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted_by_errno_and_step() {
        let mut tally = Tally::default();
        for step in ["write", "create-temporary", "write"] {
            let step = Some(step.to_owned());
            tally.outcome(&Tried { exit: Some(1), errno: Some(28), step, ..Tried::default() });
        }
        tally.outcome(&Tried { exit: Some(0), ..Tried::default() });
        assert_eq!(tally.line(), "4 saves: 3 ENOSPC (create-temporary 1, write 2), 1 saved");
    }
}
