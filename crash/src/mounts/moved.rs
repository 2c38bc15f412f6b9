//! A directory in whose place another one is put, in the middle of a save.
//!
//! What can be claimed: an acknowledged save is in the directory that the path led to at some moment of the save. One
//! that was not is nowhere. A directory that goes between the last look at the path and the rename takes the save
//! with it: it had been there.
#![expect(clippy::disallowed_methods, reason = "moving directories about is what this is for")]

use std::fs;
use std::hint;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use config_store::Store;

use super::live::open;
use super::system::Ground;
use super::tally::Tally;
use crate::generations::Generations;

const ROUNDS: u64 = 1500;
/// Turns of an empty loop, about as long as a save takes.
pub(super) const LONGEST_PAUSE: u32 = 60_000;

/// The directory that the path leads through, and one that stands ready to take its place.
struct Stage {
    live: PathBuf,
    spare: PathBuf,
    aside: PathBuf,
    /// Counted up before and after each swap: odd while one is under way.
    swaps: AtomicU64,
}

impl Stage {
    fn new(mounted: &Path) -> Result<Self> {
        let under = |name: &str| mounted.join(name);
        let swaps = AtomicU64::new(0);
        let stage = Self { live: under("live"), spare: under("spare"), aside: under("aside"), swaps };
        for directory in [&stage.spare, &stage.live] {
            fs::create_dir(directory).context("a directory")?;
            drop(open(&directory.join("config.json"))?);
        }
        Ok(stage)
    }

    fn swap(&self) -> Result<()> {
        self.swaps.fetch_add(1, Ordering::SeqCst);
        fs::rename(&self.live, &self.aside).context("taking the directory away")?;
        fs::rename(&self.spare, &self.live).context("putting another in its place")?;
        fs::rename(&self.aside, &self.spare).context("keeping the first")?;
        self.swaps.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

pub(super) fn replaced(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("moved", "size=8m")?;
    let stage = Stage::new(&mounted.at)?;
    let store = open(&stage.live.join("config.json"))?;
    thread::scope(|scope| {
        let (go, told) = mpsc::channel();
        let (done, swapped) = mpsc::channel();
        let stage = &stage;
        scope.spawn(move || {
            for pause in told {
                for _ in 0..pause {
                    hint::spin_loop();
                }
                if done.send(stage.swap()).is_err() {
                    return;
                }
            }
        });
        for round in 1..=ROUNDS {
            let before = stage.swaps.load(Ordering::SeqCst);
            go.send(fastrand::u32(..LONGEST_PAUSE)).map_err(|_| anyhow!("nobody swaps"))?;
            let saved = store.update(|generation| *generation = mark(generation, round)).map(drop);
            let is_undisturbed = stage.swaps.load(Ordering::SeqCst) == before;
            swapped.recv().context("a swap")??;
            let saved = saved.map_err(anyhow::Error::new);
            let at = Round { round, is_undisturbed };
            at.check(tally, stage, saved)?;
        }
        Ok::<(), anyhow::Error>(())
    })?;
    tally.must_have_noted("swapped in the middle");
    at_rest(tally, &store, &stage.live, "after the last swap")
}

/// The round is in the text, so that no other save wrote the same.
pub(super) fn mark(generation: &Generations, round: u64) -> Generations {
    Generations::new(generation.a + 1, round, 1024)
}

/// One save during which, or after which, the directory was swapped.
struct Round {
    round: u64,
    is_undisturbed: bool,
}

impl Round {
    fn check(&self, tally: &mut Tally, stage: &Stage, saved: Result<()>) -> Result<()> {
        let round = self.round;
        let holds = |directory: &Path| holds(directory, round);
        // The swap is over: what was live when the save began is the spare now.
        let (in_new, in_old) = (holds(&stage.live)?, holds(&stage.spare)?);
        if !self.is_undisturbed {
            tally.note("swapped in the middle");
        }
        match saved {
            Ok(()) => {
                tally.saved();
                tally.check(in_new || in_old, || format!("{round}: acknowledged, and nowhere"));
                tally.check(!self.is_undisturbed || in_old, || {
                    format!("{round}: acknowledged before the swap, and not where the path led")
                });
                if in_old && !self.is_undisturbed {
                    tally.note("saved where the path led until then");
                }
            }
            Err(error) => {
                let text = format!("{error:#}");
                tally.failed("not saved", kind(&text));
                tally.check(kind(&text) != "another error", || format!("{round}: {text}"));
                tally.check(!in_new && !in_old, || {
                    format!("{round}: said not to be saved, and there: {text}")
                });
                tally.check(!self.is_undisturbed, || format!("{round}: failed before the swap: {text}"));
            }
        }
        for directory in [&stage.live, &stage.spare] {
            let place = super::place::Place::without_file(directory, 0);
            tally.check(place.others()?.is_empty(), || {
                format!("{round}: left over in {}", directory.display())
            });
        }
        Ok(())
    }
}

/// Is what the directory holds the save of this round?
fn holds(directory: &Path, round: u64) -> Result<bool> {
    let text = fs::read(directory.join("config.json")).context("the file")?;
    let generation = Generations::of(&text).context("a file that is no generation")?;
    Ok(generation.b == round)
}

/// What is claimed exactly: a directory that was replaced before the last look at the path, which comes after the edit,
/// does not get the save. The one in its place does.
pub(super) fn replaced_after_read(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("replaced", "size=8m")?;
    let stage = Stage::new(&mounted.at)?;
    let store = open(&stage.live.join("config.json"))?;
    for round in 1..=50 {
        let mut swapped = None;
        let saved = store.update(|generation| {
            swapped.get_or_insert_with(|| stage.swap());
            *generation = mark(generation, round);
        });
        swapped.context("no edit")??;
        tally.check(saved.is_ok(), || format!("{round}: {:?}", saved.err()));
        tally.saved();
        tally.check(holds(&stage.live, round)?, || {
            format!("{round}: acknowledged, and not where the path leads")
        });
        tally.check(!holds(&stage.spare, round)?, || format!("{round}: saved where nobody reads"));
    }
    Ok(())
}

pub(super) fn kind(text: &str) -> &'static str {
    let kinds = [
        ("no directory", "no directory"),
        ("no file", "no file"),
        ("was removed", "directory removed"),
        ("another program removed", "temporary file removed"),
        ("over and over", "kept changing"),
    ];
    kinds.iter().find(|(part, _)| text.contains(part)).map_or("another error", |(_, kind)| kind)
}

pub(super) fn at_rest(tally: &mut Tally, store: &Store<Generations>, live: &Path, label: &str) -> Result<()> {
    let saved = store.update(|generation| *generation = mark(generation, u64::MAX));
    tally.check(saved.is_ok(), || format!("{label}: {:?}", saved.err()));
    tally.check(holds(live, u64::MAX)?, || format!("{label}: acknowledged, and not there"));
    Ok(())
}
