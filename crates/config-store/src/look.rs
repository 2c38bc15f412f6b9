//! What a store knows of the disk, between its looks.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use config_fs::{Concern, Passed, Stamp, WarnedOnce};
use config_watch::Next;

use crate::changes::Cause;
use crate::clock;
use crate::memory::Memory;
use crate::recovery::Recovered;
use crate::rejection::Rejection;
use crate::seen::Seen;

/// How soon a file that may be half written is looked at again.
pub(crate) const SOON: Duration = Duration::from_millis(100);

/// How soon a file that could not be read is tried again: what stood in the way may leave no trace on it when it goes.
const RETRY: Duration = Duration::from_secs(1);

/// What is known of the disk.
pub(crate) struct Look {
    /// What was read last, whether it was accepted or not; none when the next look has to read.
    pub(crate) seen: Option<Seen>,
    /// The directories that led to it, where their names lead to them.
    pub(crate) way: Option<Passed>,
    /// What is wrong now and was not spoken of yet.
    pub(crate) pending: Option<Pending>,
    /// What was spoken of last, until it is over. A save on its way to become something else does not end it.
    pub(crate) reported: Option<Rejection>,
    pub(crate) warned: WarnedOnce,
    /// What is odd about the file, and about the way to it.
    pub(crate) concerns: Vec<Concern>,
    /// That what is served is of an older version on disk.
    pub(crate) older: Option<String>,
    /// That what is on disk may not survive a power loss. No sync can mend that; the next update writes the file anew.
    pub(crate) undurable: Option<String>,
    /// The file that this store made durable itself.
    pub(crate) durable: Option<Stamp>,
    /// What is known of the history.
    pub(crate) memory: Memory,
    /// That what is served comes from the history, as the file was broken at the start.
    pub(crate) recovered: Option<Recovered>,
    /// Why what is served was accepted.
    pub(crate) cause: Cause,
    pub(crate) accepted_at: SystemTime,
    pub(crate) looked_at: SystemTime,
    /// A moment at which the file was what was read last.
    pub(crate) read_at: SystemTime,
}

/// A file that is not valid, perhaps because its writer is not done.
pub(crate) struct Pending {
    pub(crate) rejection: Rejection,
    /// When it stopped being what was last accepted or spoken of.
    pub(crate) began: Instant,
    /// When it became what it is.
    pub(crate) since: Instant,
}

impl Look {
    /// After a first reading of what `seen` was taken of, if it was.
    pub(crate) fn first(seen: Option<Seen>, cause: Cause) -> Self {
        let now = clock::wall();
        Self {
            seen,
            way: None,
            pending: None,
            reported: None,
            warned: WarnedOnce::new(),
            concerns: Vec::new(),
            older: None,
            undurable: None,
            durable: None,
            memory: Memory::default(),
            recovered: None,
            cause,
            accepted_at: now,
            looked_at: now,
            read_at: now,
        }
    }

    /// What the status shows.
    pub(crate) fn warnings(&self, path: &Path) -> Vec<String> {
        let recovered = self.recovered.iter().map(|recovered| recovered.warning(path));
        let concerns = self.concerns.iter().map(ToString::to_string);
        let noted = [&self.older, &self.undurable, &self.memory.warning];
        recovered.chain(concerns).chain(noted.into_iter().flatten().cloned()).collect()
    }

    /// Nothing to read: what is there is what was read last.
    pub(crate) fn is_settled(&self, now: &Seen) -> bool {
        let Some(seen) = &self.seen else { return false };
        self.pending.is_none()
            && !self.memory.is_due()
            && !(self.reported.is_none() && self.memory.is_gone())
            && now.is_same(seen)
            && !(self.is_unread() && now.age_of(seen) >= RETRY)
            && self.way.as_ref().is_none_or(Passed::is_unchanged)
    }

    /// For [`Shared::is_stale`], which asks when it does not keep others from this.
    pub(crate) fn known(&self) -> Known {
        let is_settled = self.reported.is_none() && self.pending.is_none();
        Known { is_settled, seen: self.seen, way: self.way.clone() }
    }

    /// Is it that the file could not or must not be read? Both may change without the file changing.
    pub(crate) fn is_unread(&self) -> bool {
        matches!(self.reported, Some(Rejection::Unreadable { .. }))
    }

    /// When to look again at what was just read and has been spoken of.
    pub(crate) fn next(&self) -> Next {
        match &self.seen {
            // What was read is not what the path led to before.
            None => Next::Again(SOON),
            Some(seen) if seen.is_racy() => Next::Again(SOON),
            _ if self.is_unread() => Next::Again(RETRY),
            // Somebody holds the lock.
            _ if self.memory.is_due() => Next::Again(SOON),
            _ => Next::Wait,
        }
    }
}

/// Of a [`Look`], what tells whether it is still true.
pub(crate) struct Known {
    /// Was what was read last served?
    pub(crate) is_settled: bool,
    pub(crate) seen: Option<Seen>,
    pub(crate) way: Option<Passed>,
}
