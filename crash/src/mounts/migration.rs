//! An older file, on a disk that is full: it stays until its copy and the new file are both there, and is served.

use std::fs;

use anyhow::{Context as _, Result};
use config_model::{Document, Fields, Migrations, Pointer, Problem, Problems, decode};
use config_store::{Options, Store};
use serde::{Deserialize, Serialize};

use super::fill::Filler;
use super::place::Place;
use super::system::Ground;
use super::tally::Tally;

/// Blocks that the copy of the old file takes, and those of the new file.
const NEEDED: u64 = 3 + 5;

/// The file in its second version. The first had no `more`, which does not fit where the old one did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Second {
    fill: String,
    more: String,
}

impl Document for Second {
    const VERSION: u32 = 2;

    fn seed() -> Self {
        Self { fill: String::new(), more: String::new() }
    }

    fn migrations() -> Migrations {
        Migrations::from_version(1).then(add_more)
    }

    fn check(&self, _problems: &mut Problems) {}
}

fn add_more(fields: &mut Fields) -> Result<(), Problem> {
    if !fields.contains_key("fill") {
        return Err(Problem::rule(Pointer::root().key("fill"), "must be there"));
    }
    fields.insert("more".to_owned(), "y".repeat(10_000).into());
    Ok(())
}

pub(super) fn on_full_tmpfs(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("migration", "size=1m")?;
    let place = Place::without_file(&Place::directory_on(&mounted.at)?, 0);
    let filler = Filler::in_directory(&mounted.at);
    let old = format!("{{\"version\": 1, \"fill\": \"{}\"}}\n", "x".repeat(10_000));
    for free in 0..=NEEDED + 1 {
        for name in place.others()? {
            fs::remove_file(place.directory.join(name)).context("a copy")?;
        }
        place.write_text(&old)?;
        filler.leave(free)?;
        let label = format!("{free} blocks free, {NEEDED} needed");
        let saved = migrate(tally, &place, &old, &label)?;
        tally.check(saved == (free >= NEEDED), || format!("{label}: saved: {saved}"));
        filler.remove()?;
        let saved = migrate(tally, &place, &old, &format!("{label}, after space was freed"))?;
        tally.check(saved, || format!("{label}: not saved after space was freed"));
    }
    Ok(())
}

/// Opens the file, and looks at what became of it. True if it is of the second version now.
fn migrate(tally: &mut Tally, place: &Place, old: &str, label: &str) -> Result<bool> {
    let store: Store<Second> = Options::new().watch(None).open(place.file()).context("it was not served")?;
    let now = fs::read_to_string(place.file()).context("the file after a migration")?;
    let copies = place.others()?;
    let whole = copies.iter().all(|name| {
        let is_copy = name.to_string_lossy().starts_with("config.json.v1-");
        is_copy && fs::read_to_string(place.directory.join(name)).is_ok_and(|copy| copy == old)
    });
    tally.check(whole && copies.len() <= 1, || format!("{label}: left over: {copies:?}"));
    let served = store.snapshot();
    tally.check(served.more.len() == 10_000, || format!("{label}: what is served was not migrated"));
    if now == old {
        tally.failed("ENOSPC", if copies.is_empty() { "copy" } else { "new file" });
        let warnings = store.status().warnings.join("; ");
        let is_clear = warnings.contains("(os error 28)") && warnings.contains("free some space");
        tally.check(is_clear, || format!("{label}: no word of it: {warnings}"));
        return Ok(false);
    }
    tally.saved();
    tally.check(copies.len() == 1, || format!("{label}: no copy of the old file"));
    let is_served = decode::<Second>(now.as_bytes()).is_ok_and(|decoded| decoded.document == *served);
    tally.check(is_served, || format!("{label}: what is there is not what is served"));
    Ok(true)
}
