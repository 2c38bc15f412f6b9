//! The negative controls: saves that are not as they say must be caught, or all of this is blind.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::fill::Filler;
use super::judge::{Before, ENOSPC, judge, known, nothing_left};
use super::place::Place;
use super::system::Ground;
use super::tally::Tally;
use super::tried::Tried;

/// A save that truncates and writes in place, on a full disk.
pub(super) fn in_place(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let mounted = ground.tmpfs("control", "size=1m")?;
    let place = Place::on(&mounted.at, 40 << 10)?;
    Filler::in_directory(&mounted.at).leave(0)?;
    let before = Before::of(&place)?;
    // Longer than the old text, whose blocks the truncation gives back.
    let larger = Place::without_file(&place.directory, 60 << 10).text(before.next);
    let Err(error) = write_in_place(&place.file(), larger.as_bytes()) else {
        bail!("the control wrote to a full disk");
    };
    let errno = error.raw_os_error();
    let message = format!("{}: {error}", known(ENOSPC).1);
    let wrong = judged(&place, &before, &Tried { errno, message, ..failure() })?;
    tally.check(wrong.iter().any(|wrong| wrong.contains("was destroyed")), || {
        format!("blind: a file written in place on a full disk was not caught; found only {wrong:?}")
    });
    tally.note("in-place writer caught");
    Ok(())
}

/// A failure of which every word is right.
fn failure() -> Tried {
    Tried {
        exit: Some(1),
        saved: Some("no".to_owned()),
        step: Some("write".to_owned()),
        errno: Some(ENOSPC),
        message: format!("{}: (os error {ENOSPC})", known(ENOSPC).1),
        ..Tried::default()
    }
}

fn judged(place: &Place, before: &Before, tried: &Tried) -> Result<Vec<String>> {
    let mut seen = Tally::default();
    judge(&mut seen, place, before, tried, "control", &[ENOSPC])?;
    nothing_left(&mut seen, place, before, tried, "control")?;
    Ok(seen.wrong)
}

fn write_in_place(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Saves that did nothing, and said one thing that is not so.
pub(super) fn untrue(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let place = Place::new(&ground.directory("untrue")?, 1 << 10)?;
    let before = Before::of(&place)?;
    let honest = judged(&place, &before, &failure())?;
    tally.check(honest.is_empty(), || format!("an honest failure was taken for another: {honest:?}"));
    let untrue = [
        ("saved, and is not", Tried { exit: Some(0), ..Tried::default() }),
        (
            "saved and not durable, and is not there",
            Tried { exit: Some(6), saved: Some("not-durable".to_owned()), ..failure() },
        ),
        ("nothing of what is there", Tried { saved: None, ..failure() }),
        ("another errno", Tried { errno: Some(5), ..failure() }),
        ("no remedy", Tried { message: format!("(os error {ENOSPC})"), ..failure() }),
        ("no such step", Tried { step: Some("hope".to_owned()), ..failure() }),
        ("killed", Tried { exit: None, signal: Some(9), ..failure() }),
        ("panicked", Tried { exit: Some(101), stderr: "thread 'main' panicked".to_owned(), ..failure() }),
    ];
    for (what, tried) in &untrue {
        let wrong = judged(&place, &before, tried)?;
        tally.check(!wrong.is_empty(), || format!("blind: not caught: {what}"));
        tally.note("untrue outcomes caught");
    }
    let leftover = place.directory.join(".config.json.0123456789abcdef.tmp");
    fs::copy(place.file(), &leftover).context("a leftover")?;
    let wrong = judged(&place, &before, &failure())?;
    tally.check(wrong.len() == 1, || format!("blind: a leftover was not caught: {wrong:?}"));
    Ok(())
}
