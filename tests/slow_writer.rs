//! A writer that takes more than half a second is given time: nobody hears of half a file.

use std::time::Duration;

use acceptance::configctl::Watching;
use acceptance::place::{Place, with_alias};

/// Longer than a store waits before it reports a file that may be half written.
const SILENCE: Duration = Duration::from_millis(2500);

#[test]
fn a_slow_writer_is_given_time() {
    let place = Place::with(&with_alias("good"));
    let (watching, _) = Watching::start(&place.file());
    let next = with_alias("slow");
    let (first, _) = next.split_at(next.len() / 2);
    place.write(first);
    // Half of it is there for 600 ms; nobody hears of it.
    assert_eq!(watching.next_within(Duration::from_millis(600)), None);
    place.write(&next);
    let accepted = watching.next();
    assert_eq!(accepted["event"], "accepted", "{accepted}");
    assert_eq!(watching.next_within(SILENCE), None);
}
