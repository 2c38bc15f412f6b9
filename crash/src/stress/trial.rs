//! One load on one writer, from an empty directory to what it came to.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use config_store::{Options, Store};

use super::account::Account;
use super::counters::Counters;
use super::counts::{Counts, Totals, name};
use super::end::End;
use super::place::Place;
use super::readers::{decode, read_file, take_snapshots};
use super::resident::Resident;
use super::slot::Slot;
use super::{Load, joined};
use crate::writer::Writer;

/// Loads `writer` and says what came of it. An error is none of the writer's, except where it could not go on.
pub(crate) fn run(writer: Writer, load: &Load, seed: u64) -> Result<Totals> {
    let place = Place::new()?;
    let counts = Counts::default();
    let store = Store::open(place.path()).context("the first file")?;
    // Others have no store that could watch their file.
    let resident = (writer == Writer::Store).then(|| Resident::start(store, &counts)).transpose()?;
    let trial = Trial { writer, load, seed, place: &place, counts: &counts, resident: resident.as_ref() };
    let (accounts, own) = trial.run()?;
    if let Some(resident) = resident {
        resident.finish(own, &place, &counts)?;
        recover(&place, &counts)?;
    }
    let mut totals = Totals::new(writer, load, seed, counts);
    settle(&mut totals, &place, accounts)?;
    Ok(totals)
}

/// The load itself.
struct Trial<'a> {
    writer: Writer,
    load: &'a Load,
    seed: u64,
    place: &'a Place,
    counts: &'a Counts,
    resident: Option<&'a Resident>,
}

impl<'a> Trial<'a> {
    /// The accounts of all threads of each slot, and that of the resident.
    fn run(&self) -> Result<(Vec<Vec<Account>>, Account)> {
        let (place, counts) = (self.place, self.counts);
        let end = End::after(Duration::from_secs(self.load.seconds));
        let mut random = fastrand::Rng::with_seed(self.seed);
        thread::scope(|scope| {
            let end = &end;
            let mut readers: Vec<_> =
                (0..self.load.readers).map(|_| scope.spawn(move || read_file(place, counts, end))).collect();
            if let Some(resident) = self.resident {
                readers.extend((0..self.load.readers).map(|_| {
                    scope.spawn(move || {
                        take_snapshots(&resident.store, counts, end);
                        Ok(())
                    })
                }));
            }
            let slots: Vec<_> = (0..self.load.processes)
                .map(|number| self.slot(number, end, random.fork()))
                .map(|slot| scope.spawn(move || slot.keep().inspect_err(|_| end.declare())))
                .collect();
            let random = random.fork();
            let own = self.resident.map(|resident| scope.spawn(move || resident.save(counts, end, random)));
            self.report(end);
            // All of them end before anything is made of it: the directory goes when this returns.
            let slots: Vec<_> = slots.into_iter().map(|slot| joined(slot.join())).collect();
            let own = own.map_or_else(|| Ok(Account::default()), |own| joined(own.join()));
            end.declare();
            let readers: Vec<_> = readers.into_iter().map(|reader| joined(reader.join())).collect();
            readers.into_iter().collect::<Result<()>>()?;
            Ok((slots.into_iter().collect::<Result<_>>()?, own?))
        })
    }

    fn slot(&self, number: usize, end: &'a End, random: fastrand::Rng) -> Slot<'a> {
        let accounts = vec![Account::default(); self.load.threads];
        Slot { number, writer: self.writer, place: self.place, counts: self.counts, end, random, accounts }
    }

    /// Says how it goes until the time is up.
    fn report(&self, end: &End) {
        let in_place = stderr().is_terminal();
        let every = Duration::from_secs(if in_place { 1 } else { 5 });
        loop {
            end.wait(every.min(end.left()));
            if end.left().is_zero() {
                break;
            }
            let (seconds, counts) = (end.elapsed().as_secs(), self.counts);
            let (saved, kills, reads) = (counts.acknowledged.get(), counts.kills.get(), counts.reads.get());
            let name = name(self.writer);
            let line =
                format!("{name}: {seconds} s, {saved} updates acknowledged, {kills} kills, {reads} reads");
            // Whether anybody sees it does not matter.
            if in_place {
                write!(stderr(), "\r{line}\x1b[K").ok();
            } else {
                writeln!(stderr(), "{line}").ok();
            }
        }
        if in_place {
            write!(stderr(), "\r\x1b[K").ok();
        }
    }
}

/// One more open after the load, with something to recover: then nothing is left and the lock can be had at once.
fn recover(place: &Place, counts: &Counts) -> Result<()> {
    place.plant_dead()?;
    let store: Store<Counters> = Options::new().watch(None).open(place.path()).context("one more open")?;
    if place.lock()?.is_none() {
        counts.note("nobody saves, and yet the lock cannot be had".to_owned());
    }
    drop(store);
    Ok(())
}

/// What the file says of the accounts, and what is beside it.
fn settle(totals: &mut Totals, place: &Place, accounts: Vec<Vec<Account>>) -> Result<()> {
    totals.unacknowledged = accounts.iter().flatten().map(Account::surplus).sum();
    match decode(place.path()) {
        Ok(on_disk) => {
            for (slot, accounts) in accounts.into_iter().enumerate() {
                for (thread, mut account) in accounts.into_iter().enumerate() {
                    let now = on_disk.get(&Counters::name(slot, thread));
                    totals.lost += account.lost(now);
                    if let Err(what) = account.found(now) {
                        totals.unaccounted += 1;
                        totals.findings.push(format!("worker {slot}, thread {thread}, at the end: {what}"));
                    }
                }
            }
            let there = totals.acknowledged + totals.unacknowledged;
            if on_disk.total() != there {
                totals.findings.push(format!("{there} updates should be there, {} are", on_disk.total()));
            }
        }
        Err(rejection) => {
            totals.lost = totals.acknowledged;
            totals.partial += 1;
            totals.findings.push(format!("at the end: {rejection}"));
        }
    }
    let left = place.left_over()?;
    totals.left_over = u64::try_from(left.len())?;
    totals.findings.extend(left.iter().take(3).map(|name| format!("left over: {}", name.to_string_lossy())));
    if !place.is_untouched() {
        totals.findings.push("a file that belongs to nobody here was touched".to_owned());
    }
    Ok(())
}
