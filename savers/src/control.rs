//! Whether the matrix would notice: a save that is missed, a file that is spoken of before it is done, and how long an
//! announcement takes.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, bail, ensure};

use crate::peers::Peer;
use crate::style::Style;
use crate::trial::{self, CameTo, Saves};
use crate::watcher::Who;

/// One rename is all that those who watch the file or its directory can hear of.
static RENAMED: Style = Style::script("one rename", "cp $NEW next.json; mv next.json conf/config.json");

/// Three times as long as the store is patient.
static UNFINISHED: Style = Style::script(
    "half for 3 s",
    "head -c 80 $NEW > conf/config.json; sleep 3; tail -c +81 $NEW >> conf/config.json",
);

/// A debouncer with 250 ms that announced a single event sooner than this after it was not measured as it is.
const AT_LEAST: Duration = Duration::from_millis(200);

/// Tries what must be noticed.
pub(crate) fn check() -> Result<()> {
    let [missed, measured, hasty] = thread::scope(|scope| {
        let tried = [
            (&RENAMED, Who::Peer(Peer::MiniFile)),
            (&RENAMED, Who::Peer(Peer::MiniDirectory)),
            (&UNFINISHED, Who::Ours),
        ];
        tried.map(|(style, who)| scope.spawn(move || saves(style, who))).map(|thread| match thread.join() {
            Ok(saves) => saves,
            Err(_) => Err(anyhow!("a control panicked")),
        })
    });
    let [_, second] = missed?.latencies;
    ensure!(
        second.is_none(),
        "a watch of a file that was replaced announced the next one: no miss would be noticed"
    );
    let [first, _] = measured?.latencies;
    ensure!(
        first.is_some_and(|latency| latency >= AT_LEAST),
        "what a debouncer holds back for 250 ms was measured as {first:?}: no latency can be believed"
    );
    ensure!(
        !hasty?.wrong.is_empty(),
        "half a file for 3 s was not reported: no hasty report would be noticed"
    );
    println!("controls: a missed save, a report of half a file, and a late announcement are noticed");
    Ok(())
}

fn saves(style: &'static Style, who: Who) -> Result<Saves> {
    match trial::run(style, who).came_to {
        CameTo::Saves(saves) => Ok(saves),
        CameTo::Skipped(why) | CameTo::Broken(why) => bail!("the control {:?} with {who}: {why}", style.name),
    }
}
