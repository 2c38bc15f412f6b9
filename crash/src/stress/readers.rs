//! Those who watch while others save.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use config_store::{Options, Rejection, Store};

use super::counters::Counters;
use super::counts::Counts;
use super::end::End;
use super::place::Place;

/// Between two readings. One that never rested would take the processors from those that it watches.
const PAUSE: Duration = Duration::from_micros(200);
/// Taken without a pause: a snapshot costs nanoseconds.
const SNAPSHOTS: u64 = 256;

/// Reads the file until it is over. It is always there, whole, valid, private, and never goes back.
pub(crate) fn read_file(place: &Place, counts: &Counts, end: &End) -> Result<()> {
    let mut last = 0;
    while !end.wait(PAUSE) {
        match decode(place.path()) {
            Ok(now) if now.total() < last => {
                counts
                    .find(&counts.out_of_order, format!("a reader saw {last} updates, then {}", now.total()));
                last = now.total();
            }
            Ok(now) => last = now.total(),
            Err(rejection) => counts.find(&counts.partial, format!("a reader: {rejection}")),
        }
        counts.reads.add(1);
        for wide in place.too_wide()? {
            counts.find(&counts.too_wide, wide);
        }
    }
    Ok(())
}

/// What the file says. The schema's rule, that the sum is the total, is checked by the reading.
pub(crate) fn decode(path: &Path) -> Result<Counters, Rejection> {
    Options::<Counters>::new().read(path).map(|reading| reading.document)
}

/// Takes snapshots until it is over. They never go back either, nor do their generations.
pub(crate) fn take_snapshots(store: &Store<Counters>, counts: &Counts, end: &End) {
    let mut last = (0, 0);
    while !end.wait(PAUSE) {
        for _ in 0..SNAPSHOTS {
            let snapshot = store.snapshot();
            let now = (snapshot.generation(), snapshot.total());
            if now.0 < last.0 || now.1 < last.1 || snapshot.sum() != snapshot.total() {
                let what = format!("a snapshot: generation and total were {last:?}, then {now:?}");
                counts.find(&counts.out_of_order, what);
            }
            last = now;
        }
        counts.snapshots.add(SNAPSHOTS);
    }
}
