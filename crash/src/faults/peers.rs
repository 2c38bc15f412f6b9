//! The same sweep over other ways of saving a file.

use anyhow::Result;
use serde::Serialize;

use super::order::{Disorder, disorders};
use super::report::faults;
use super::scenario::Scenario;
use super::trial::Subject;
use super::verdict::Sort;
use crate::writer::Writer;

/// How many faults are named.
const MOST_NAMED: usize = 6;

/// How a writer fares. Each number but the first is of combinations.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) combinations: usize,
    /// The file was neither the old content nor the new.
    pub(crate) partial: usize,
    /// The file had another content than the exit said.
    pub(crate) wrong_outcome: usize,
    /// A step of the save failed, and it was called a success.
    pub(crate) denied: usize,
    /// Which, for the first few of them.
    pub(crate) denied_by: Vec<String>,
    /// A temporary file was there after the next save.
    pub(crate) leftovers: usize,
    /// Others could read what was left at the end.
    pub(crate) wide: usize,
    pub(crate) syncs_file: bool,
    pub(crate) syncs_directory: bool,
}

/// Sweeps each and prints a row of it.
pub(crate) fn run(jobs: usize) -> Result<Vec<Peer>> {
    println!("\npeers, by the exit code alone:");
    println!(
        "{:18} {:>6} {:>7} {:>13} {:>17} {:>9} {:>9} {:>10} {:>15}",
        "writer",
        "combos",
        "partial",
        "wrong outcome",
        "failure called ok",
        "leftovers",
        "wide mode",
        "syncs file",
        "syncs directory"
    );
    let mut peers = Vec::new();
    for writer in [Writer::Store, Writer::AtomicWriteFile, Writer::TempfilePersist] {
        let peer = sweep(writer, jobs)?;
        println!(
            "{:18} {:>6} {:>7} {:>13} {:>17} {:>9} {:>9} {:>10} {:>15}",
            peer.name,
            peer.combinations,
            peer.partial,
            peer.wrong_outcome,
            peer.denied,
            peer.leftovers,
            peer.wide,
            if peer.syncs_file { "yes" } else { "no" },
            if peer.syncs_directory { "yes" } else { "no" }
        );
        peers.push(peer);
    }
    for Peer { name, denied_by, .. } in &peers {
        for fault in denied_by {
            println!("failure called ok by {name}: {fault}");
        }
    }
    Ok(peers)
}

fn sweep(writer: Writer, jobs: usize) -> Result<Peer> {
    let subject = Subject::record(Scenario::Writer(writer))?;
    let all = subject.combinations();
    let trials = subject.try_all(&all, jobs)?;
    let count =
        |sort| trials.iter().filter(|trial| trial.wrong.iter().any(|wrong| wrong.sort == sort)).count();
    let denied = all
        .iter()
        .zip(&trials)
        .filter(|(_, trial)| trial.wrong.iter().any(|wrong| wrong.sort == Sort::Denied));
    let denied_by = denied.take(MOST_NAMED).map(|(combination, _)| {
        let place = subject.calls.get(combination.index).map_or("", |call| call.place.as_str());
        format!("{} {place}, {}", combination.call, faults(combination))
    });
    let wrong = disorders(&subject.calls);
    Ok(Peer {
        name: subject.scenario.name(),
        combinations: trials.len(),
        partial: count(Sort::Partial),
        wrong_outcome: count(Sort::Outcome),
        denied: count(Sort::Denied),
        denied_by: denied_by.collect(),
        leftovers: count(Sort::Leftover),
        wide: count(Sort::Wide),
        syncs_file: !wrong.contains(&Disorder::NoSync),
        syncs_directory: !wrong.contains(&Disorder::NoDirectorySync),
    })
}
