//! What the cases came to, for people and for programs.
#![expect(clippy::disallowed_methods, reason = "a report need not outlast a power loss")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// How many failed checks of a case are printed. All of them are in the JSON.
const MOST_PRINTED: usize = 5;

/// What one case came to.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) line: String,
    pub(super) checks: u64,
    pub(super) wrong: Vec<String>,
    pub(super) skipped: Option<String>,
}

/// What all of them came to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    cases: Vec<Finding>,
    /// Is there a case that was asked for and not skipped?
    #[serde(skip)]
    any_ran: bool,
}

impl Report {
    /// Prints its line at once: a run takes minutes.
    pub(super) fn add(&mut self, is_asked_for: bool, finding: Finding) {
        let Finding { title, line, wrong, skipped, .. } = &finding;
        match skipped {
            Some(why) => println!("mounts: {title}: SKIPPED: {why}"),
            None => println!("mounts: {title}: {line}, {} wrong", wrong.len()),
        }
        let mut printed = 0;
        for same in wrong.chunk_by(|one, other| one == other).take(MOST_PRINTED) {
            let times = if same.len() > 1 { format!(" ({} times)", same.len()) } else { String::new() };
            println!("  wrong: {}{times}", same.first().map_or("", |what| what.trim_end()));
            printed += same.len();
        }
        if printed < wrong.len() {
            println!("  wrong: {} more; `--json FILE` has them all", wrong.len() - printed);
        }
        self.any_ran |= is_asked_for && skipped.is_none();
        self.cases.push(finding);
    }

    pub(super) fn any_ran(&self) -> bool {
        self.any_ran
    }

    pub(super) fn wrong(&self) -> usize {
        self.cases.iter().map(|case| case.wrong.len()).sum()
    }

    pub(super) fn print(&self) {
        let checks: u64 = self.cases.iter().map(|case| case.checks).sum();
        let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for case in &self.cases {
            if let Some(why) = &case.skipped {
                skipped.entry(why).or_default().push(case.name);
            }
        }
        let count: usize = skipped.values().map(Vec::len).sum();
        let reasons: Vec<String> =
            skipped.iter().map(|(why, names)| format!("{why}: {}", names.join(", "))).collect();
        let reasons = if count == 0 { String::new() } else { format!(" ({})", reasons.join("; ")) };
        let (cases, wrong) = (self.cases.len(), self.wrong());
        println!("mounts: {cases} cases, {checks} checks, {wrong} wrong, {count} skipped{reasons}");
        println!("mounts: not covered: NFS and other network file systems, FUSE");
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("the report")?;
        fs::write(path, text + "\n").with_context(|| path.display().to_string())
    }
}
