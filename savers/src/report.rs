//! What the matrix showed, for people and for programs, and whether it is good enough.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::trial::{CameTo, PROMISE, Saves, Trial};

/// What is aimed at.
const REACH_MEDIAN: Duration = Duration::from_millis(300);
const REACH_MAX: Duration = Duration::from_millis(800);

/// All that was tried.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) ours: Vec<Sweep>,
    pub(crate) peers: Vec<Sweep>,
}

/// All styles, tried once with one watcher.
#[derive(Debug)]
pub(crate) struct Sweep {
    pub(crate) title: String,
    pub(crate) trials: Vec<Trial>,
}

impl Report {
    /// Who saw how much, side by side, and what each missed.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "{:<45}{:>12}{:>17}{:>18}{:>12}{:>9}\n",
            "", "seen", "missed the first", "missed the second", "median", "max"
        );
        let all = self.ours.iter().chain(&self.peers);
        for sweep in all.clone() {
            let [first, second] = [sweep.missed(0), sweep.missed(1)].map(|missed| missed.len());
            let tried = 2 * sweep.saves().count();
            let seen = format!("{} of {tried}", tried - first - second);
            let (median, max) = (shown(sweep.median()), shown(sweep.max().map(|(latency, _)| latency)));
            text += &format!("{:<45}{seen:>12}{first:>17}{second:>18}{median:>12}{max:>9}\n", sweep.title);
        }
        for sweep in all {
            for (which, save) in ["first", "second"].iter().zip(0..) {
                let missed = sweep.missed(save);
                if !missed.is_empty() {
                    text += &format!("{} missed the {which} save of: {}\n", sweep.title, missed.join("; "));
                }
            }
        }
        text
    }

    /// Writes everything for programs.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let sweeps = |sweeps: &[Sweep]| sweeps.iter().map(Sweep::json).collect::<Vec<_>>();
        let text = format!("{:#}\n", json!({"ours": sweeps(&self.ours), "peers": sweeps(&self.peers)}));
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(|| path.display().to_string())
    }

    /// Only the store is judged: that no save is missed or announced late, and that nothing is said that is not so.
    pub(crate) fn judge(&self) -> Result<Outcome> {
        if self.ours.iter().all(|sweep| sweep.saves().count() == 0 && sweep.broken() == 0) {
            return Ok(Outcome::Skipped("none of the styles can be tried here".to_owned()));
        }
        let count = |of: fn(&Sweep) -> usize| self.ours.iter().map(of).sum::<usize>();
        let late =
            self.ours.iter().flat_map(Sweep::latencies).filter(|(latency, _)| *latency > PROMISE).count();
        let missed = count(|sweep| sweep.missed(0).len() + sweep.missed(1).len());
        let wrong = count(Sweep::wrong);
        let broken = count(Sweep::broken) + self.peers.iter().map(Sweep::broken).sum::<usize>();
        if missed + late + wrong + broken > 0 {
            bail!(
                "{missed} saves missed, {late} announced after more than {PROMISE:?}, {wrong} styles with wrong \
                   announcements, {broken} styles that could not be tried to their end; see above"
            );
        }
        Ok(Outcome::Passed)
    }
}

impl Sweep {
    fn saves(&self) -> impl Iterator<Item = (&'static str, &Saves)> {
        self.trials.iter().filter_map(|trial| match &trial.came_to {
            CameTo::Saves(saves) => Some((trial.style.name, saves)),
            _ => None,
        })
    }

    fn latencies(&self) -> impl Iterator<Item = (Duration, &'static str)> {
        self.saves()
            .flat_map(|(name, saves)| saves.latencies.iter().flatten().map(move |latency| (*latency, name)))
    }

    /// The styles whose first (0) or second (1) save was not announced.
    fn missed(&self, save: usize) -> Vec<&'static str> {
        let missed = |saves: &Saves| saves.latencies.get(save).is_some_and(Option::is_none);
        self.saves().filter(|(_, saves)| missed(saves)).map(|(name, _)| name).collect()
    }

    fn wrong(&self) -> usize {
        self.saves().filter(|(_, saves)| !saves.wrong.is_empty()).count()
    }

    fn skipped(&self) -> usize {
        self.trials.iter().filter(|trial| matches!(trial.came_to, CameTo::Skipped(_))).count()
    }

    fn broken(&self) -> usize {
        self.trials.iter().filter(|trial| matches!(trial.came_to, CameTo::Broken(_))).count()
    }

    fn median(&self) -> Option<Duration> {
        let mut latencies: Vec<Duration> = self.latencies().map(|(latency, _)| latency).collect();
        latencies.sort_unstable();
        latencies.get(latencies.len() / 2).copied()
    }

    fn max(&self) -> Option<(Duration, &'static str)> {
        self.latencies().max()
    }

    fn is_within_reach(&self) -> bool {
        self.median().is_some_and(|median| median <= REACH_MEDIAN)
            && self.max().is_some_and(|(max, _)| max <= REACH_MAX)
            && self.missed(0).is_empty()
            && self.missed(1).is_empty()
    }

    fn json(&self) -> Value {
        let millis = |latency: Option<Duration>| latency.map(|latency| latency.as_secs_f64() * 1000.0);
        let trials = self.trials.iter().map(|trial| match &trial.came_to {
            CameTo::Saves(saves) => json!({
                "style": trial.style.name, "latencies_ms": saves.latencies.map(millis), "wrong": saves.wrong,
                "given_up": saves.given_up,
            }),
            CameTo::Skipped(why) => json!({"style": trial.style.name, "skipped": why}),
            CameTo::Broken(why) => json!({"style": trial.style.name, "broken": why}),
        });
        json!({"watcher": self.title, "trials": trials.collect::<Vec<_>>()})
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<41}", self.style.name)?;
        match &self.came_to {
            CameTo::Saves(saves) => {
                for latency in saves.latencies {
                    write!(
                        f,
                        "{:>9}",
                        latency.map_or_else(|| "MISSED".to_owned(), |latency| shown(Some(latency)))
                    )?;
                }
                saves.wrong.iter().try_for_each(|wrong| write!(f, "  WRONG: {wrong}"))?;
                saves.given_up.iter().try_for_each(|threads| write!(f, "  (threads: {threads})"))?;
            }
            CameTo::Skipped(why) => write!(f, "  SKIPPED: {why}")?,
            CameTo::Broken(why) => write!(f, "  BROKEN: {why}")?,
        }
        self.repeated.iter().try_for_each(|why| write!(f, "  (tried again: {why})"))
    }
}

/// The totals.
impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let styles = self.saves().count();
        let missed = self.missed(0).len() + self.missed(1).len();
        let (seen, tried) = (2 * styles - missed, 2 * styles);
        write!(f, "{}: {styles} styles x 2: seen {seen} of {tried}, missed {missed}", self.title)?;
        write!(f, ", wrong {}, skipped {}, broken {}", self.wrong(), self.skipped(), self.broken())?;
        let repeated: usize = self.trials.iter().map(|trial| trial.repeated.len()).sum();
        if repeated > 0 {
            write!(f, ", tried again {repeated}, as the machine stood still")?;
        }
        let Some((max, style)) = self.max() else { return Ok(()) };
        write!(f, "; latency median {}, max {} ({style})", shown(self.median()), shown(Some(max)))?;
        let reach = if self.is_within_reach() { "met" } else { "NOT met" };
        write!(f, "; reach (median <= {REACH_MEDIAN:?}, max <= {REACH_MAX:?}, none missed): {reach}")
    }
}

fn shown(latency: Option<Duration>) -> String {
    latency.map_or_else(|| "-".to_owned(), |latency| format!("{} ms", latency.as_millis()))
}
