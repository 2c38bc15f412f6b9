//! What a load comes to: counted while it runs, and put together when it is over.

use std::collections::HashSet;
use std::ffi::OsString;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum as _;
use serde::Serialize;

use crate::writer::Writer;

/// How many findings are kept word for word. A broken writer makes thousands of the same.
const MOST_FINDINGS: usize = 20;

/// A number that many threads count up.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a load has come to so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) acknowledged: Count,
    pub(crate) failed_saves: Count,
    pub(crate) kills: Count,
    pub(crate) kills_while_opening: Count,
    pub(crate) kills_after_a_save: Count,
    pub(crate) reads: Count,
    pub(crate) snapshots: Count,
    pub(crate) partial: Count,
    pub(crate) out_of_order: Count,
    pub(crate) too_wide: Count,
    pub(crate) unaccounted: Count,
    dead: Mutex<HashSet<OsString>>,
    findings: Mutex<Vec<String>>,
}

impl Counts {
    /// Something that does not hold, and its count.
    pub(crate) fn find(&self, count: &Count, what: String) {
        count.add(1);
        self.note(what);
    }

    /// Something that does not hold and has no count of its own.
    pub(crate) fn note(&self, what: String) {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        if findings.len() < MOST_FINDINGS {
            findings.push(what);
        }
    }

    /// Temporary files whose makers are dead. Two may see the same before the next save removes it.
    pub(crate) fn see_dead(&self, names: Vec<OsString>) {
        self.dead.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
    }
}

/// What a load came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Totals {
    pub(crate) writer: String,
    pub(crate) seed: u64,
    pub(crate) seconds: u64,
    pub(crate) processes: usize,
    pub(crate) threads: usize,
    pub(crate) acknowledged: u64,
    /// Acknowledged updates that are not in the file.
    pub(crate) lost: u64,
    /// Saves found in the file that a kill kept from being acknowledged.
    pub(crate) unacknowledged: u64,
    pub(crate) failed_saves: u64,
    pub(crate) kills: u64,
    /// Between the start of a worker's program and its first sight of the file.
    pub(crate) kills_while_opening: u64,
    /// Of a worker that had saved.
    pub(crate) kills_after_a_save: u64,
    /// Temporary files seen under the lock, so that whoever made them was dead.
    pub(crate) dead_files: usize,
    pub(crate) reads: u64,
    pub(crate) snapshots: u64,
    /// Readings that were no whole, valid document.
    pub(crate) partial: u64,
    pub(crate) out_of_order: u64,
    pub(crate) too_wide: u64,
    /// Counters that stood where they could not, when a process was started again, saved, or at the end.
    pub(crate) unaccounted: u64,
    pub(crate) left_over: u64,
    /// What did not hold, in words; the first of them.
    pub(crate) findings: Vec<String>,
}

impl Totals {
    /// With nothing yet in `lost`, `unacknowledged` and `left_over`, which the file says.
    pub(crate) fn new(writer: Writer, load: &super::Load, seed: u64, counts: Counts) -> Self {
        let dead = counts.dead.into_inner().unwrap_or_else(PoisonError::into_inner);
        let findings = counts.findings.into_inner().unwrap_or_else(PoisonError::into_inner);
        Self {
            writer: name(writer),
            seed,
            seconds: load.seconds,
            processes: load.processes,
            threads: load.threads,
            acknowledged: counts.acknowledged.get(),
            lost: 0,
            unacknowledged: 0,
            failed_saves: counts.failed_saves.get(),
            kills: counts.kills.get(),
            kills_while_opening: counts.kills_while_opening.get(),
            kills_after_a_save: counts.kills_after_a_save.get(),
            dead_files: dead.len(),
            reads: counts.reads.get(),
            snapshots: counts.snapshots.get(),
            partial: counts.partial.get(),
            out_of_order: counts.out_of_order.get(),
            too_wide: counts.too_wide.get(),
            unaccounted: counts.unaccounted.get(),
            left_over: 0,
            findings,
        }
    }

    /// Did anything not hold?
    pub(crate) fn is_broken(&self) -> bool {
        let broken = [
            self.lost,
            self.failed_saves,
            self.partial,
            self.out_of_order,
            self.too_wide,
            self.unaccounted,
            self.left_over,
        ];
        !self.findings.is_empty() || broken.iter().any(|count| *count > 0)
    }
}

/// The name that the command line knows a writer by.
pub(crate) fn name(writer: Writer) -> String {
    writer.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
