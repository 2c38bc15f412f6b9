//! What the store says by `tracing`. Each event has a name and fields that stay: `observability.md` lists them, and a test holds
//! both together. A secret is in none of them: problems name places, and never what stands there.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use config_fs::{Concern, shown};
use config_model::Problems;

use crate::changes::Cause;
use crate::recovery::Recovered;
use crate::rejection::{Rejection, chain};
use crate::revision::Revision;
use crate::snapshot::Snapshot;
use crate::update::UpdateError;

/// Which store says so.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// What the program calls it, if it does.
    pub(crate) name: Option<&'a str>,
    /// The file, as it was asked for.
    pub(crate) path: &'a Path,
}

/// `say!(level, "event", origin, { fields }, "message")`.
macro_rules! say {
    ($level:ident, $event:literal, $origin:expr, { $($fields:tt)* }, $($message:tt)+) => {
        tracing::$level!(
            name: $event,
            target: "config_store",
            { event = $event, store = $origin.name, path = %shown($origin.path), $($fields)* },
            $($message)+
        )
    };
}

pub(crate) fn opened<D>(origin: Origin<'_>, served: &Snapshot<D>, cause: Cause) {
    let (revision, bytes) = (served.revision(), served.bytes());
    say!(info, "opened", origin, { %cause, %revision, bytes }, "config opened");
}

pub(crate) fn closed(origin: Origin<'_>) {
    say!(debug, "closed", origin, {}, "config closed");
}

pub(crate) fn accepted<D>(origin: Origin<'_>, served: &Snapshot<D>, cause: Cause) {
    let (revision, generation, bytes) = (served.revision(), served.generation(), served.bytes());
    let warnings = served.warnings().len();
    say!(info, "accepted", origin, { %cause, %revision, generation, bytes, warnings }, "config accepted");
}

pub(crate) fn restored(origin: Origin<'_>, revision: Revision) {
    say!(info, "restored", origin, { %revision }, "config restored");
}

pub(crate) fn unchanged(origin: Origin<'_>, revision: Revision) {
    say!(debug, "unchanged", origin, { %revision }, "config read, nothing is new");
}

pub(crate) fn rejected(origin: Origin<'_>, rejection: &Rejection) {
    let revision = match rejection {
        Rejection::Invalid { revision, .. } => Some(tracing::field::display(*revision)),
        _ => None,
    };
    let (kind, problems) = (rejection.kind().name(), rejection.problems().map(Problems::len));
    say!(
        warn, "rejected", origin, { kind, revision, problems },
        "config rejected, the one before stays: {rejection}"
    );
}

pub(crate) fn updated(origin: Origin<'_>, revision: Revision, took: Duration) {
    say!(debug, "updated", origin, { %revision, seconds = took.as_secs_f64() }, "config updated");
}

/// Whoever asked for the update is told too, and may have to do with it: a log hears of what the place is to blame for.
pub(crate) fn update_failed(origin: Origin<'_>, why: Option<&UpdateError>, outcome: &str, took: Duration) {
    let seconds = took.as_secs_f64();
    match why {
        Some(error) if error.is_of_the_place() => {
            let error = chain(error);
            say!(warn, "update_failed", origin, { outcome, seconds }, "config not updated: {error}");
        }
        Some(error) => {
            let error = chain(error);
            say!(debug, "update_failed", origin, { outcome, seconds }, "config not updated: {error}");
        }
        None => {
            say!(debug, "update_failed", origin, { outcome, seconds }, "config not updated: its caller gave up");
        }
    }
}

pub(crate) fn copy_kept(origin: Origin<'_>, copy: &Path, from: Option<u32>) {
    say!(info, "copy_kept", origin, { copy = %shown(copy), from }, "kept a copy of the config before");
}

pub(crate) fn older(origin: Origin<'_>, from: u32, warning: &str) {
    say!(warn, "older", origin, { from }, "{warning}");
}

pub(crate) fn last_good(origin: Origin<'_>, recovered: &Recovered, rejection: &Rejection) {
    let (revision, warning) = (recovered.revision, recovered.warning(origin.path));
    say!(error, "last_good", origin, { %revision }, "{warning}: {rejection}");
}

pub(crate) fn passed_over(origin: Origin<'_>, rejection: &Rejection) {
    say!(warn, "passed_over", origin, {}, "passed over in the history: {rejection}");
}

pub(crate) fn not_kept(origin: Origin<'_>, warning: &str) {
    say!(warn, "not_kept", origin, {}, "{warning}");
}

pub(crate) fn undurable(origin: Origin<'_>, warning: &str) {
    say!(warn, "undurable", origin, {}, "{warning}");
}

pub(crate) fn concern(origin: Origin<'_>, concern: &Concern) {
    say!(warn, "concern", origin, { kind = concern.name() }, "{concern}");
}

pub(crate) fn leftovers_removed(origin: Origin<'_>, removed: usize) {
    say!(warn, "leftovers_removed", origin, { removed }, "removed what an interrupted save left");
}

pub(crate) fn not_recovered(origin: Origin<'_>, error: &dyn Error) {
    say!(warn, "not_recovered", origin, {}, "{}", chain(error));
}
