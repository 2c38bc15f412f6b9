//! What a sweep came to, for people and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::errnos::errnos;
use super::matrix::Matrix;
use super::order::Part;
use super::trial::{Combination, Subject, Trial};
use super::verdict::{Ended, Fault};

/// How many runs ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Ends {
    pub(crate) not_saved: usize,
    pub(crate) saved: usize,
    pub(crate) not_durable: usize,
    pub(crate) unknown: usize,
    pub(crate) killed: usize,
    /// Those above with which something was wrong.
    pub(crate) wrong: usize,
}

/// How many combinations were tried, by what was done to the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Kinds {
    pub(crate) once: usize,
    pub(crate) ever: usize,
    pub(crate) pairs: usize,
    pub(crate) kills: usize,
}

/// One scenario's part of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Swept {
    pub(crate) name: String,
    pub(crate) calls: usize,
    pub(crate) combinations: usize,
    pub(crate) kinds: Kinds,
    pub(crate) ends: Ends,
    /// What is wrong with the order of a save's calls.
    pub(crate) disorders: Vec<String>,
    pub(crate) matrix: Matrix,
}

/// All of it.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub(crate) scenarios: Vec<Swept>,
    pub(crate) calls: usize,
    pub(crate) combinations: usize,
    pub(crate) kinds: Kinds,
    pub(crate) ends: Ends,
    pub(crate) matrix: Matrix,
    pub(crate) controls: Vec<super::controls::Control>,
    pub(crate) peers: Vec<super::peers::Peer>,
}

impl Ends {
    pub(crate) fn count(&mut self, trial: &Trial) {
        *match trial.ended {
            Ended::NotSaved => &mut self.not_saved,
            Ended::Saved => &mut self.saved,
            Ended::NotDurable => &mut self.not_durable,
            Ended::Unknown => &mut self.unknown,
            Ended::Killed => &mut self.killed,
        } += 1;
        self.wrong += usize::from(!trial.wrong.is_empty());
    }

    fn add(&mut self, other: &Self) {
        self.not_saved += other.not_saved;
        self.saved += other.saved;
        self.not_durable += other.not_durable;
        self.unknown += other.unknown;
        self.killed += other.killed;
        self.wrong += other.wrong;
    }

    fn cells(&self) -> String {
        let cell = |count: usize| if count == 0 { "-".to_owned() } else { count.to_string() };
        format!(
            "{:>9} {:>6} {:>11} {:>8} {:>7} {:>6}",
            cell(self.not_saved),
            cell(self.saved),
            cell(self.not_durable),
            cell(self.unknown),
            cell(self.killed),
            cell(self.wrong)
        )
    }
}

impl Kinds {
    fn count(&mut self, combination: &Combination) {
        *match combination.fault {
            _ if combination.injections.len() > 1 => &mut self.pairs,
            Fault::Kill { .. } => &mut self.kills,
            Fault::Error { ever: true, .. } | Fault::NothingWritten { ever: true } => &mut self.ever,
            Fault::Error { .. } | Fault::NothingWritten { .. } | Fault::Pair(_) => &mut self.once,
        } += 1;
    }

    fn add(&mut self, other: &Self) {
        self.once += other.once;
        self.ever += other.ever;
        self.pairs += other.pairs;
        self.kills += other.kills;
    }
}

impl Swept {
    pub(crate) fn of(subject: &Subject, all: &[Combination], trials: &[Trial]) -> Self {
        let mut swept = Self {
            name: subject.scenario.name(),
            calls: subject.calls.len(),
            combinations: trials.len(),
            kinds: Kinds::default(),
            ends: Ends::default(),
            disorders: Vec::new(),
            matrix: Matrix::default(),
        };
        for (combination, trial) in all.iter().zip(trials) {
            swept.kinds.count(combination);
            swept.ends.count(trial);
            swept.matrix.count(combination);
        }
        swept
    }
}

impl Totals {
    pub(crate) fn add(&mut self, swept: Swept) {
        self.calls += swept.calls;
        self.combinations += swept.combinations;
        self.kinds.add(&swept.kinds);
        self.ends.add(&swept.ends);
        self.matrix.add(&swept.matrix);
        self.scenarios.push(swept);
    }

    /// The one line of it.
    pub(crate) fn line(&self) -> String {
        let Kinds { once, ever, pairs, kills } = self.kinds;
        format!(
            "faults: {} scenarios, {} calls, {} combinations ({once} errors once, {ever} for ever, {pairs} pairs, \
             {kills} kills), {} wrong",
            self.scenarios.len(),
            self.calls,
            self.combinations,
            self.ends.wrong
        )
    }
}

/// A row per call, in their order; calls of the same name and place share one.
pub(crate) fn table(subject: &Subject, all: &[Combination], trials: &[Trial]) -> String {
    let mut rows: Vec<(String, usize, Ends)> = Vec::new();
    let mut row_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows_by_call = Vec::new();
    for (index, call) in subject.calls.iter().enumerate() {
        let part = match subject.part(index) {
            Part::Save(step) => format!("  [{step}]"),
            Part::MakeDirectory => "  [make-directory]".to_owned(),
            Part::Output | Part::Elsewhere => String::new(),
        };
        let only_killed = errnos(&call.name, &call.arguments).is_none();
        let mark = if only_killed { " *" } else { "" };
        let label = format!("{}{mark} {}{part}", call.name, call.place);
        let row = *row_of.entry(label.clone()).or_insert(rows.len());
        if row == rows.len() {
            rows.push((label, 0, Ends::default()));
        }
        rows_by_call.push(row);
    }
    for (combination, trial) in all.iter().zip(trials) {
        let row = rows_by_call.get(combination.index).and_then(|row| rows.get_mut(*row));
        if let Some((_, combinations, ends)) = row {
            *combinations += 1;
            ends.count(trial);
        }
    }
    let width = rows.iter().map(|(label, ..)| label.len()).max().unwrap_or_default();
    let mut text = format!(
        "{:width$} {:>6} {:>9} {:>6} {:>11} {:>8} {:>7} {:>6}\n",
        format!("{}: {} calls", subject.scenario.name(), subject.calls.len()),
        "combos",
        "not saved",
        "saved",
        "not durable",
        "unknown",
        "killed",
        "wrong"
    );
    for (label, combinations, ends) in &rows {
        writeln!(text, "{label:width$} {combinations:>6} {}", ends.cells()).ok();
    }
    text
}
