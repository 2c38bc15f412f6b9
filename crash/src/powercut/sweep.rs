//! One recording, and every state of the disk that was planned from it, mounted and judged.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::disk::{Disk, Fs};
use super::log::Recorded;
use super::plan::{Planned, Wish};
use super::scenario::Scenario;
use super::verdict::{Bad, Promised, judge, judge_leftovers};
use super::work::name;
use crate::generations::Generations;
use crate::writer::Writer;

/// How many bad states are shown.
const EXAMPLES: usize = 3;
/// States of a second cut for each state of the first.
const SECOND_CUTS: usize = 12;

/// What came of one writer in one scenario on one file system.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) fs: String,
    pub(crate) scenario: String,
    pub(crate) writer: String,
    pub(crate) recorded: Recorded,
    pub(crate) planned: Planned,
    /// States that were mounted and judged, second cuts included.
    pub(crate) judged: usize,
    /// States that break a promise.
    pub(crate) broken: usize,
    /// What is wrong with states; one may have more than one thing.
    pub(crate) bad: BTreeMap<Bad, usize>,
    pub(crate) examples: Vec<String>,
}

impl Row {
    fn judged(&mut self, state: &str, verdicts: Vec<(Bad, String)>) {
        self.judged += 1;
        // That a temporary file stays is no broken promise of those that do not make it.
        let ours = self.writer == "store";
        self.broken += usize::from(verdicts.iter().any(|(bad, _)| ours || *bad != Bad::Leftover));
        for (bad, why) in verdicts {
            *self.bad.entry(bad).or_default() += 1;
            if self.examples.len() < EXAMPLES {
                self.examples.push(format!("{state}: {bad:?} {why}"));
            }
        }
    }

    /// Did a control break what it is there to break? A mount that fails would be another matter.
    pub(crate) fn shows(&self, what: &[Bad]) -> bool {
        let other = self.bad.keys().any(|bad| !what.contains(bad) && *bad != Bad::Leftover);
        !other && what.iter().any(|bad| self.bad.contains_key(bad))
    }
}

/// A disk, and what is done on it.
struct Sweep {
    disk: Disk,
    scenario: Scenario,
    writer: Writer,
    row: Row,
}

/// Records the scenario and goes through the states.
pub(crate) fn sweep(fs: Fs, scenario: Scenario, writer: Writer, wish: Wish) -> Result<Row> {
    let directory = tempfile::tempdir()?;
    let disk = Disk::start(fs, directory.path())?;
    let row = Row {
        fs: fs.name().to_owned(),
        scenario: name(&scenario),
        writer: name(&writer),
        recorded: Recorded::default(),
        planned: Planned::default(),
        judged: 0,
        broken: 0,
        bad: BTreeMap::new(),
        examples: Vec::new(),
    };
    let mut sweep = Sweep { disk, scenario, writer, row };
    sweep.record()?;
    if scenario == Scenario::Recovery {
        sweep.all_twice(wish)?;
    } else {
        sweep.all(wish)?;
    }
    Ok(sweep.row)
}

impl Sweep {
    fn record(&mut self) -> Result<()> {
        self.disk.mount()?;
        self.scenario.prepare(self.disk.root())?;
        self.disk.unmount()?;
        self.disk.mount()?;
        self.disk.record()?;
        if self.scenario == Scenario::WriteError {
            self.disk.fail_once("\"version\": 1,\n  \"a\": 1,")?;
        }
        let works = self.scenario.works(self.writer, self.disk.root(), &self.disk.acks());
        let mut children = Vec::new();
        for work in works {
            children.push(work.command()?.stdout(Stdio::null()).spawn().context("starting a worker")?);
        }
        for mut child in children {
            let status = child.wait()?;
            ensure!(status.success(), "a worker ended with {status}");
        }
        self.row.recorded = self.disk.stop()?;
        ensure!(self.row.recorded.unfailed == 0, "the write that was to fail never came");
        self.disk.unmount()
    }

    fn all(&mut self, wish: Wish) -> Result<()> {
        self.row.planned = self.disk.plan(wish)?;
        let mut last = Vec::new();
        for number in 0..self.row.planned.states {
            let (state, acknowledged) = self.disk.show(number)?;
            let verdicts = self.look(&Promised::of(&acknowledged));
            self.disk.unmount()?;
            self.row.judged(&state, verdicts);
            last = acknowledged;
        }
        if self.scenario == Scenario::WriteError && self.writer == Writer::Store {
            ensure!(
                last.iter().any(|ack| ack == "refused a 1"),
                "the failed write was acknowledged: {last:?}"
            );
        }
        Ok(())
    }

    /// Cuts the recovery of each state as well.
    fn all_twice(&mut self, wish: Wish) -> Result<()> {
        let first = Wish { states: wish.states.div_ceil(SECOND_CUTS), ..wish };
        self.row.planned = self.disk.plan(first)?;
        for number in 0..self.row.planned.states {
            let (state, acknowledged) = self.disk.show(number)?;
            let promised = Promised::of(&acknowledged);
            self.disk.mount()?;
            let verdict = judge(self.scenario, self.disk.root(), &promised);
            self.row.judged(&state, verdict.err().map(|bad| (bad, String::new())).into_iter().collect());
            self.recover_and_acknowledge(&promised).with_context(|| format!("recovering {state}"))?;
            self.disk.push()?;
            self.disk.unmount()?;
            let second = Wish { states: SECOND_CUTS, seed: wish.seed + number as u64, ..wish };
            for number in 0..self.disk.plan(second)?.states {
                let (again, later) = self.disk.show(number)?;
                let promised: Vec<String> = acknowledged.iter().chain(&later).cloned().collect();
                let verdicts = self.look(&Promised::of(&promised));
                self.disk.unmount()?;
                self.row.judged(&format!("{state}, then {again}"), verdicts);
            }
            self.disk.pop()?;
        }
        Ok(())
    }

    /// A start, after which what it found is as good as acknowledged; and an update.
    fn recover_and_acknowledge(&self, promised: &Promised) -> Result<()> {
        let mut acks = OpenOptions::new().write(true).open(self.disk.acks())?;
        let path = self.scenario.path(self.disk.root());
        let open = Writer::Store.open::<Generations>(&path)?;
        let found = Generations::of(&fs::read(&path)?).context("the file is no generation")?;
        ensure!(found.a >= promised.newest("a"), "the start went back to {} of {promised:?}", found.a);
        acks.write_all(format!("a {}", found.a).as_bytes())?;
        open.save(|_| found.next_a().text())?;
        acks.write_all(format!("a {}", found.a + 1).as_bytes())?;
        Ok(())
    }

    /// The file as it is, then the next start and save, then what is left over.
    fn look(&mut self, promised: &Promised) -> Vec<(Bad, String)> {
        if let Err(why) = self.disk.mount() {
            return vec![(Bad::Unusable, format!("({why:#})"))];
        }
        let root = self.disk.root().to_owned();
        let mut verdicts = Vec::new();
        let before = judge(self.scenario, &root, promised);
        verdicts.extend(before.err().map(|bad| (bad, String::new())));
        if self.writer == Writer::Store {
            let recovered = self.scenario.recover(&root);
            verdicts.extend(recovered.err().map(|why| (Bad::NoRecovery, format!("({why:#})"))));
        } else {
            // A writer that cannot save over what is there leaves it, which is then seen.
            self.writer.replace_all(&self.scenario.path(&root), self.scenario.size()).ok();
        }
        verdicts.extend(judge_leftovers(self.scenario, &root).err().map(|bad| (bad, String::new())));
        verdicts
    }
}
