//! The store of this process, which lives as long as the load does and saves as well.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use config_store::Store;

use super::account::Account;
use super::counters::Counters;
use super::counts::Counts;
use super::end::End;
use super::place::Place;
use super::readers::decode;

/// Its counter. It is never killed, so that this is exact.
const NAME: &str = "resident";
/// The longest pause between two saves. A store that saves without one leaves the lock to others only now and then, and
/// a worker that never has it is killed for nothing.
const PAUSE: u64 = 20_000;
const LOOKS: usize = 1000;

/// A store that watches the file and saves now and then.
pub(crate) struct Resident {
    pub(crate) store: Store<Counters>,
    descriptors: usize,
    account: Account,
}

impl Resident {
    /// Saves once, so that every descriptor is open that a save leaves open.
    pub(crate) fn start(store: Store<Counters>, counts: &Counts) -> Result<Self> {
        let mut resident = Self { store, descriptors: 0, account: Account::default() };
        save(&resident.store, &mut resident.account, counts)?;
        resident.descriptors = descriptors()?;
        Ok(resident)
    }

    /// Saves until the time is up; what it then knows of its counter.
    pub(crate) fn save(&self, counts: &Counts, end: &End, mut random: fastrand::Rng) -> Result<Account> {
        let mut account = self.account.clone();
        while !end.left().is_zero() && !end.wait(Duration::from_micros(random.u64(..PAUSE))) {
            save(&self.store, &mut account, counts)?;
        }
        Ok(account)
    }

    /// After the load: the next save needs no help, and nothing is open that was not before. Then the store goes.
    pub(crate) fn finish(self, mut account: Account, place: &Place, counts: &Counts) -> Result<()> {
        save(&self.store, &mut account, counts)?;
        let now = descriptors()?;
        if now > self.descriptors {
            counts.note(format!("{} descriptors were open before, {now} are after", self.descriptors));
        }
        let on_disk = decode(place.path()).map_err(|rejection| anyhow!("{rejection}"))?;
        judge(account.found(on_disk.get(NAME)), counts);
        Ok(())
    }
}

fn save(store: &Store<Counters>, account: &mut Account, counts: &Counts) -> Result<()> {
    let saved = store.update(|counters| {
        counters.count(NAME);
    });
    let saved = saved.context("a save by the store of this process")?;
    counts.acknowledged.add(1);
    judge(account.saved(saved.get(NAME)), counts);
    Ok(())
}

fn judge(judged: Result<(), String>, counts: &Counts) {
    if let Err(what) = judged {
        counts.find(&counts.unaccounted, format!("the store of this process: {what}"));
    }
}

/// The fewest that are open in a number of looks: the watch opens some for a moment at a time.
fn descriptors() -> Result<usize> {
    let mut fewest = usize::MAX;
    for _ in 0..LOOKS {
        fewest = fewest.min(fs::read_dir("/dev/fd").context("the open descriptors")?.count());
        thread::yield_now();
    }
    Ok(fewest)
}
