//! What a store counts and measures, by the facade `metrics`: `observability.md` lists it.
//!
//! A recorder is foreign code. So what happens under a lock is noted in here, and told when the lock is let go of: a recorder
//! that waits makes no reader and no save wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use config_watch::Mode;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::rejection::RejectionKind;
use crate::update::OUTCOMES;

const RELOADS: &str = "config_reloads_total";
const REJECTIONS: &str = "config_rejections_total";
const LAST_SUCCESS: &str = "config_last_success_timestamp_seconds";
const BYTES: &str = "config_document_bytes";
const UPDATES: &str = "config_updates_total";
const UPDATE_DURATION: &str = "config_update_duration_seconds";
const WATCH_MODE: &str = "config_watch_mode";
const STALE: &str = "config_stale";

/// What became of a look at the file that was not rejected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reload {
    Accepted,
    Restored,
    Unchanged,
}

/// What was noted and not yet told.
#[derive(Default)]
pub(crate) struct Meters {
    accepted: AtomicU64,
    restored: AtomicU64,
    unchanged: AtomicU64,
    rejected: [AtomicU64; RejectionKind::ALL.len()],
    /// In microseconds since 1970.
    last_success: AtomicU64,
}

impl Meters {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn note(&self, reload: Reload) {
        let count = match reload {
            Reload::Accepted => &self.accepted,
            Reload::Restored => &self.restored,
            Reload::Unchanged => &self.unchanged,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn note_rejection(&self, kind: RejectionKind) {
        let counts = RejectionKind::ALL.iter().zip(&self.rejected);
        for (_, count) in counts.filter(|(of, _)| **of == kind) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn succeeded(&self, at: SystemTime) {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.last_success.store(u64::try_from(since.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Tells what was noted. `bytes` is the size of the document that is served.
    pub(crate) fn tell(&self, store: &Arc<str>, bytes: usize) {
        let reloads =
            [("accepted", &self.accepted), ("restored", &self.restored), ("unchanged", &self.unchanged)];
        for (outcome, count) in reloads {
            let count = count.swap(0, Ordering::Relaxed);
            if count > 0 {
                counter!(RELOADS, "store" => Arc::clone(store), "outcome" => outcome).increment(count);
            }
        }
        for (kind, count) in RejectionKind::ALL.iter().zip(&self.rejected) {
            let count = count.swap(0, Ordering::Relaxed);
            if count > 0 {
                counter!(RELOADS, "store" => Arc::clone(store), "outcome" => "rejected").increment(count);
                counter!(REJECTIONS, "store" => Arc::clone(store), "kind" => kind.name()).increment(count);
            }
        }
        let last_success = Duration::from_micros(self.last_success.load(Ordering::Relaxed));
        gauge!(LAST_SUCCESS, "store" => Arc::clone(store)).set(last_success.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a document is far smaller than 2^53 bytes")]
        gauge!(BYTES, "store" => Arc::clone(store)).set(bytes as f64);
    }
}

/// Makes this store's series known to the recorder that there is now. Counters are 0 before the first event, so that it is an
/// increase.
pub(crate) fn register(store: &Arc<str>) {
    describe();
    for outcome in ["accepted", "restored", "unchanged", "rejected"] {
        counter!(RELOADS, "store" => Arc::clone(store), "outcome" => outcome).increment(0);
    }
    for kind in RejectionKind::ALL {
        counter!(REJECTIONS, "store" => Arc::clone(store), "kind" => kind.name()).increment(0);
    }
    for outcome in OUTCOMES {
        counter!(UPDATES, "store" => Arc::clone(store), "outcome" => outcome).increment(0);
    }
}

pub(crate) fn updated(store: &Arc<str>, outcome: &'static str, took: Duration) {
    counter!(UPDATES, "store" => Arc::clone(store), "outcome" => outcome).increment(1);
    histogram!(UPDATE_DURATION, "store" => Arc::clone(store), "outcome" => outcome)
        .record(took.as_secs_f64());
}

/// What is so at this moment, and changes without anybody saying so.
pub(crate) fn observed(store: &Arc<str>, mode: Option<Mode>, is_stale: bool) {
    let mode = mode.map_or("none", Mode::name);
    for known in ["native", "partial", "poll-only", "none"] {
        let is = f64::from(u8::from(known == mode));
        gauge!(WATCH_MODE, "store" => Arc::clone(store), "mode" => known).set(is);
    }
    gauge!(STALE, "store" => Arc::clone(store)).set(f64::from(u8::from(is_stale)));
}

fn describe() {
    describe_counter!(RELOADS, Unit::Count, "Looks at the config file that read it, by what came of them.");
    describe_counter!(REJECTIONS, Unit::Count, "Contents of the config file that were not taken, by why.");
    describe_gauge!(LAST_SUCCESS, Unit::Seconds, "When a config was last accepted, in seconds since 1970.");
    describe_gauge!(BYTES, Unit::Bytes, "Size of the config file that is served.");
    describe_counter!(UPDATES, Unit::Count, "Updates of the config, by what came of them.");
    describe_histogram!(
        UPDATE_DURATION,
        Unit::Seconds,
        "How long updates of the config took, by what came of them."
    );
    describe_gauge!(
        WATCH_MODE,
        Unit::Count,
        "1 for the way in which changes of the config file are noticed."
    );
    describe_gauge!(STALE, Unit::Count, "1 while what is served is not what the config file says.");
}
