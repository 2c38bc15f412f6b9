//! A style, tried: two saves, each from idle, with one process watching over both.

use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};

use crate::clock::{self, Moment};
use crate::document::GENERATIONS;
use crate::sampler::{Sampled, Sampler};
use crate::scene::Scene;
use crate::style::Style;
use crate::watcher::{Watcher, Who};

/// What is promised: a save is announced within this time.
pub(crate) const PROMISE: Duration = Duration::from_secs(1);

/// How often a style is tried while the machine stands still for so long that the promise could not be kept.
const MOST_TRIES: usize = 3;

/// A save that is not announced within this time was missed.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long a watcher says nothing before it is idle: two polls of the store, and more than any debounce here.
const IDLE: Duration = Duration::from_millis(800);

/// A wall clock that was set by more than this during a save does not say when it was done.
const MOST_SKEW: Duration = Duration::from_millis(100);

/// On top of that at random up to one poll, so that no save falls always into the same moment between two polls.
const JITTER_MS: u64 = 400;

/// A style, and what came of it.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) style: &'static Style,
    pub(crate) came_to: CameTo,
    /// Why it was tried again: each time that the machine stood still.
    pub(crate) repeated: Vec<String>,
}

/// What came of a style.
#[derive(Debug)]
pub(crate) enum CameTo {
    /// It was tried.
    Saves(Saves),
    /// It cannot be tried here, and why.
    Skipped(String),
    /// It could not be tried to its end, and why: the tool, or what it uses, is at fault.
    Broken(String),
}

/// Both saves of a style.
#[derive(Debug)]
pub(crate) struct Saves {
    /// From the end of each save to the moment it was announced; `None` when it was not.
    pub(crate) latencies: [Option<Duration>; 2],
    /// What was announced that was not so.
    pub(crate) wrong: Vec<String>,
    /// What the watcher was doing when a save was given up.
    pub(crate) given_up: Vec<String>,
}

/// Tries a style.
pub(crate) fn run(style: &'static Style, who: Who) -> Trial {
    let mut repeated = Vec::new();
    let came_to = match style.lacks() {
        Some(why) => CameTo::Skipped(why),
        None => loop {
            match saves(style, who) {
                Ok(saves) => break CameTo::Saves(saves),
                Err(error) if error.is::<StoodStill>() && repeated.len() + 1 < MOST_TRIES => {
                    repeated.push(error.to_string());
                }
                Err(error) => break CameTo::Broken(format!("{error:#}")),
            }
        },
    };
    Trial { style, came_to, repeated }
}

/// Nothing can be said of a save: without the time for which the machine stood still, it was not even waited for.
#[derive(Debug)]
struct StoodStill(Duration);

impl fmt::Display for StoodStill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the machine stood still for {} ms", self.0.as_millis())
    }
}

impl Error for StoodStill {}

fn saves(style: &'static Style, who: Who) -> Result<Saves> {
    let scene = Scene::new(style)?;
    let mut watcher = Watcher::start(who, &scene.file())?;
    let [first, second, third] = GENERATIONS;
    let mut given_up = Vec::new();
    let mut save = |old, new| save(&scene, &mut watcher, old, new, &mut given_up);
    let latencies = [save(first, second)?, save(second, third)?];
    watcher.settle(IDLE)?;
    Ok(Saves { latencies, wrong: std::mem::take(&mut watcher.wrong), given_up })
}

/// Saves once, from idle. From its end, counted is the last change of the path's status before the announcement.
fn save(
    scene: &Scene,
    watcher: &mut Watcher,
    old: u64,
    new: u64,
    given_up: &mut Vec<String>,
) -> Result<Option<Duration>> {
    watcher.settle(IDLE + Duration::from_millis(fastrand::u64(..JITTER_MS)))?;
    let start = Moment::now();
    let sampler = Sampler::start(scene.file());
    scene.save(old, new)?;
    let announced = watcher.announced(new, DEADLINE)?;
    if announced.is_none() {
        // Before anything here opens the file, which is an event.
        given_up.push(watcher.threads());
    }
    let Sampled { changes, stood_still } = sampler.stop()?;
    let skew = start.skew();
    ensure!(skew < MOST_SKEW, "the clock was set by {skew:?} meanwhile: nothing can be measured by it");
    let found = scene.generation().context("reading what was saved")?;
    ensure!(found == new, "it did not save {new}: there is {found}");
    ensure!(!changes.is_empty(), "it did not change the file's status");
    let latency = announced.map(|announced| latency(&changes, announced));
    let waited = latency.unwrap_or(DEADLINE);
    if waited > PROMISE && waited.saturating_sub(stood_still) <= PROMISE {
        bail!(StoodStill(stood_still));
    }
    Ok(latency)
}

fn latency(changes: &[SystemTime], announced: SystemTime) -> Duration {
    let end = changes.iter().rfind(|change| **change <= announced);
    end.map_or(Duration::ZERO, |end| clock::between(*end, announced))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_announcement_is_not_what_was_announced() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let changes = [at(100), at(200), at(900)];
        assert_eq!(latency(&changes, at(450)), Duration::from_millis(250));
        assert_eq!(latency(&changes, at(1000)), Duration::from_millis(100));
        assert_eq!(latency(&changes, at(50)), Duration::ZERO);
    }
}
