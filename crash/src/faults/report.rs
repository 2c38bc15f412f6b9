//! What was wrong, with how to see it again; and the totals as JSON.
#![expect(clippy::disallowed_methods, reason = "the report is no config file")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::table::Totals;
use super::trial::{self, Combination, Place, Subject, Trial};

/// How many combinations of one cause are named.
const MOST_NAMED: usize = 6;

/// Prints what was wrong, by cause, each with one command that shows it in a directory made for that.
pub(crate) fn wrong(subject: &Subject, all: &[Combination], trials: &[Trial]) -> Result<()> {
    let mut causes: BTreeMap<(String, String), Vec<&Combination>> = BTreeMap::new();
    for (combination, trial) in all.iter().zip(trials) {
        for wrong in &trial.wrong {
            let place = subject.calls.get(combination.index).map_or("", |call| call.place.as_str());
            let call = format!("{} {place}", combination.call);
            causes.entry((call, wrong.text.clone())).or_default().push(combination);
        }
    }
    for ((call, text), combinations) in &causes {
        println!("WRONG: {}: {call}: {text}", subject.scenario.name());
        let named: Vec<String> =
            combinations.iter().take(MOST_NAMED).map(|combination| faults(combination)).collect();
        let more = combinations.len().saturating_sub(named.len());
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        println!("  with {}{more}", named.join("; "));
        if let Some(first) = combinations.first() {
            println!("  again: {}", command(subject, first)?);
        }
    }
    Ok(())
}

/// What was done to the program.
pub(crate) fn faults(combination: &Combination) -> String {
    match combination.file_limit {
        Some(limit) => format!("files of at most {limit} bytes"),
        None => combination.injections.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "),
    }
}

fn command(subject: &Subject, combination: &Combination) -> Result<String> {
    let root = Place::kept(subject.scenario)?;
    let trace = root.with_file_name("trace");
    let words =
        trial::strace(subject.scenario, &root, &trace, &combination.injections, combination.file_limit)?;
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    Ok(words.join(" "))
}

pub(crate) fn write(path: &Path, totals: &Totals) -> Result<()> {
    let text = serde_json::to_string_pretty(totals)? + "\n";
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
