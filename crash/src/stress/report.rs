//! What is said of the loads, and what makes the tool fail.
#![expect(
    clippy::disallowed_methods,
    reason = "a report is written anew by every run, and is no config file"
)]

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use super::counts::{Totals, name};
use crate::writer::Writer;

/// All that a run found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) store: Totals,
    /// Writers that must not come through.
    pub(crate) controls: Vec<Totals>,
    /// Other crates, and the store for as long; empty when they were not asked for.
    pub(crate) peers: Vec<Totals>,
}

impl Report {
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))
    }

    /// An error when the store did not hold, or a control did.
    pub(crate) fn judge(&self) -> Result<()> {
        let ours = self.peers.iter().filter(|peer| peer.writer == name(Writer::Store));
        for totals in [&self.store].into_iter().chain(ours) {
            if totals.is_broken() {
                bail!(
                    "the store did not hold; `--seed {}` repeats the kills:\n{}",
                    totals.seed,
                    totals.findings.join("\n")
                );
            }
        }
        for control in &self.controls {
            if !is_caught(control) {
                bail!("this tool is blind: it did not notice what {} does wrong", control.writer);
            }
        }
        Ok(())
    }
}

/// Did a control show what is wrong with it?
pub(crate) fn is_caught(control: &Totals) -> bool {
    if control.writer == name(Writer::NoLock) {
        control.lost > 0
    } else {
        control.partial > 0 || control.failed_saves > 0
    }
}

pub(crate) fn line(totals: &Totals) -> String {
    let Totals { seed, seconds, processes, threads, acknowledged, kills, .. } = totals;
    let there = if totals.lost == 0 && totals.unaccounted == 0 { " and all there" } else { "" };
    format!(
        "stress: seed {seed}, {seconds} s, {processes} processes x {threads} threads, \
         {acknowledged} updates acknowledged{there} (and {} that a kill kept from being acknowledged), \
         {kills} kills ({} while opening, {} after a save), {} dead temporary files seen, \
         {} reads and {} snapshots, {} out of order, {} too widely readable, \
         {} lost, {} partial, {} left over",
        totals.unacknowledged,
        totals.kills_while_opening,
        totals.kills_after_a_save,
        totals.dead_files,
        totals.reads,
        totals.snapshots,
        totals.out_of_order,
        totals.too_wide,
        totals.lost,
        totals.partial,
        totals.left_over,
    )
}

pub(crate) fn control(control: &Totals) -> String {
    let caught = if is_caught(control) { "caught" } else { "NOT CAUGHT" };
    format!(
        "control {}: {caught}, {} of {} acknowledged updates lost, {} partial readings, {} failed saves",
        control.writer, control.lost, control.acknowledged, control.partial, control.failed_saves
    )
}

/// A table of the peers, and what it does not say.
pub(crate) fn table(peers: &[Totals]) -> String {
    let mut text = format!(
        "\n{:<20}{:>14}{:>9}{:>9}{:>15}{:>11}{:>8}\n",
        "", "acknowledged", "lost", "partial", "failed saves", "left over", "kills"
    );
    for Totals { writer, acknowledged, lost, partial, failed_saves, left_over, kills, .. } in peers {
        text += &format!(
            "{writer:<20}{acknowledged:>14}{lost:>9}{partial:>9}{failed_saves:>15}{left_over:>11}{kills:>8}\n"
        );
    }
    text + "Neither crate claims to keep other writers out, or to remove what a killed process left: a program of \
            several processes has to. Where nobody waits for a lock, more is acknowledged, and then lost.\n"
}
