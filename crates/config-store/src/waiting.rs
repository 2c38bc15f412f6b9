//! Accepted contents that wait to be kept, because another program holds the lock.

use std::time::SystemTime;

use crate::changes::Cause;
use crate::memory::Accepted;
use crate::revision::Revision;

/// How many bytes wait at most, but for the newest content, which may have any number.
const MOST_BYTES: usize = 1 << 20;
/// How many contents; a history holds as many, unless it is told otherwise.
const MOST: usize = config_fs::History::DEFAULT_BOUND;

/// The oldest first.
#[derive(Default)]
pub(crate) struct Waiting(Vec<Late>);

/// The file may say something else by now.
pub(crate) struct Late {
    text: String,
    revision: Revision,
    cause: Cause,
    time: SystemTime,
}

impl Late {
    pub(crate) fn accepted(&self) -> Accepted<'_> {
        Accepted { text: &self.text, revision: self.revision, cause: self.cause, time: self.time }
    }
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn all(&self) -> &[Late] {
        &self.0
    }

    /// The newest, and those before it.
    pub(crate) fn split_newest(&self) -> Option<(Accepted<'_>, &[Late])> {
        self.0.split_last().map(|(newest, earlier)| (newest.accepted(), earlier))
    }

    /// Has this one wait, too. Those for which there is no room any more are returned.
    pub(crate) fn push(&mut self, accepted: Accepted<'_>) -> Vec<Revision> {
        let Accepted { text, revision, cause, time } = accepted;
        if self.0.last().is_none_or(|newest| newest.revision != revision) {
            self.0.push(Late { text: text.to_owned(), revision, cause, time });
        }
        let mut bytes = 0;
        let newest_first = self.0.iter().rev().enumerate();
        let fitting = newest_first.take_while(|(at, late)| {
            bytes += late.text.len();
            *at == 0 || (*at < MOST && bytes <= MOST_BYTES)
        });
        let lost = self.0.len() - fitting.count();
        self.0.drain(..lost).map(|late| late.revision).collect()
    }
}
