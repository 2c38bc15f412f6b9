//! A directory that is removed in the middle of a save.
#![expect(clippy::disallowed_methods, reason = "moving directories about is what this is for")]

use std::fs;
use std::hint;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context as _, Error, Result, anyhow};
use config_store::Store;

use super::live::open;
use super::moved::{LONGEST_PAUSE, at_rest, kind, mark};
use super::system::Ground;
use super::tally::Tally;
use crate::generations::Generations;

const ROUNDS: u64 = 300;

/// It is never made again by a save, and never served from: what is missing is said to be.
pub(super) fn removed(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("removed", "size=8m")?;
    let (live, spare) = (mounted.at.join("live"), mounted.at.join("spare"));
    fs::create_dir(&live).context("a directory")?;
    let store = open(&live.join("config.json"))?;
    for round in 1..=ROUNDS {
        let (saved, is_undisturbed) = save_while_removed(&store, &live, round)?;
        if !is_undisturbed {
            tally.note("removed in the middle");
        }
        match saved {
            Ok(()) => tally.saved(),
            Err(error) => {
                let text = format!("{error:#}");
                tally.failed("not saved", kind(&text));
                tally.check(!is_undisturbed, || format!("{round}: failed before it was removed: {text}"));
                tally.check(kind(&text) != "another error", || format!("{round}: {text}"));
            }
        }
        tally.check(!live.exists(), || format!("{round}: a save made the directory again"));
        let missing = store.update(|generation| *generation = mark(generation, round));
        tally.check(missing.is_err(), || format!("{round}: saved where there is no directory"));
        fs::create_dir(&spare).context("a directory")?;
        drop(open(&spare.join("config.json"))?);
        fs::rename(&spare, &live).context("the directory back")?;
        at_rest(tally, &store, &live, "with the directory back")?;
    }
    tally.must_have_noted("removed in the middle");
    Ok(())
}

/// What came of the save, and whether it was over before the removal began.
fn save_while_removed(store: &Store<Generations>, live: &Path, round: u64) -> Result<(Result<()>, bool)> {
    let began = AtomicBool::new(false);
    thread::scope(|scope| {
        let remover = scope.spawn(|| {
            for _ in 0..fastrand::u32(..LONGEST_PAUSE) {
                hint::spin_loop();
            }
            began.store(true, Ordering::SeqCst);
            // What a save makes meanwhile is in the way.
            while fs::remove_dir_all(live).is_err() && live.exists() {}
        });
        let saved = store.update(|generation| *generation = mark(generation, round));
        let is_undisturbed = !began.load(Ordering::SeqCst);
        remover.join().map_err(|_| anyhow!("the remover panicked"))?;
        Ok((saved.map(drop).map_err(Error::new), is_undisturbed))
    })
}
