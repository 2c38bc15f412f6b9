//! Looking at the file: is it what was seen last, does it hold, and if not, how long to wait before saying so.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use config_fs::{Concern, Locked, Passed, shown};
use config_model::{Document, Problems};
use config_watch::Next;

use crate::changes::{Cause, Change, Event};
use crate::clock;
use crate::log;
use crate::look::{Known, Look, Pending, SOON};
use crate::memory::Accepted;
use crate::meters::Reload;
use crate::reading::{OnDisk, accept};
use crate::rejection::{Rejection, chain};
use crate::revision::Revision;
use crate::seen::Seen;
use crate::snapshot::Snapshot;
use crate::store::Shared;
use crate::vet::{Admitted, panicked};

/// A writer that keeps changing a broken file gets this much patience in all, as a multiple of the usual.
const MAX_PATIENCE: u32 = 5;

/// What an update found on disk.
pub(crate) enum Found<D> {
    Served { text: String, concerns: Vec<Concern> },
    Other(Admitted<D>),
}

impl<D> Found<D> {
    /// As it stands in the file.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Served { text, .. } => text,
            Self::Other(admitted) => &admitted.text,
        }
    }
}

/// Will a file that may be half written be given time?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    Some,
    None,
}

impl<D: Document> Shared<D> {
    /// What the watch calls at each hint.
    pub(crate) fn look(&self) -> Next {
        let mut look = self.look.lock();
        let next = self.look_with(&mut look, Patience::Some);
        let is_unsynced = look.take_unsynced();
        drop(look);
        self.sync_history(is_unsynced);
        self.tell_meters();
        next
    }

    /// What [`Store::reload`](crate::Store::reload) calls.
    pub(crate) fn look_now(&self) -> Result<Snapshot<D>, Rejection> {
        let mut look = self.look.lock();
        self.look_at_once(&mut look);
        let done = look.reported.clone().map_or_else(|| Ok(self.current.get()), Err);
        drop(look);
        self.tell_meters();
        done
    }

    /// Is what is served not what the file says now? By the bytes, where the status of the file does not tell.
    pub(crate) fn is_stale(&self, known: &Known) -> bool {
        if !known.is_settled {
            return true;
        }
        let is_unchanged = |seen: &Seen| Seen::take(&self.path).is_same(seen);
        if known.seen.as_ref().is_some_and(is_unchanged)
            && known.way.as_ref().is_none_or(Passed::is_unchanged)
        {
            return false;
        }
        let served = self.current.get().revision();
        let Ok(contents) = self.settings.contents(&self.path) else { return true };
        let found = Revision::of(contents.bytes());
        // What was saved here meanwhile is served by now.
        found != served && found != self.current.get().revision()
    }

    /// Takes what is on disk now, or reports it.
    pub(crate) fn look_at_once(&self, look: &mut Look) {
        // There is nobody here to tell when to look again; the watch does.
        self.look_with(look, Patience::None);
    }

    fn look_with(&self, look: &mut Look, patience: Patience) -> Next {
        look.looked_at = clock::wall();
        let seen = Seen::take(&self.path);
        if patience == Patience::Some && look.is_settled(&seen) {
            return look.next();
        }
        look.seen = Some(seen.after(look.seen.as_ref()));
        match self.read_if_changed(look) {
            Ok(None) => {
                if look.reported.is_none() {
                    self.meters.note(Reload::Unchanged);
                    log::unchanged(self.origin(), self.current.get().revision());
                }
                drop(self.settle(look));
                self.remember_late(look);
            }
            Ok(Some(admitted)) => drop(self.adopt(look, admitted, None)),
            Err(rejection) => {
                look.way = None;
                return self.reject(look, rejection, patience);
            }
        }
        look.next()
    }

    /// `None` when the file holds what is served.
    fn read_if_changed(&self, look: &mut Look) -> Result<Option<Admitted<D>>, Rejection> {
        let contents = self.settings.contents(&self.path)?;
        look.read_at = contents.opened_at();
        if !look.seen.is_some_and(|seen| seen.is_of(contents.stamp())) {
            look.seen = None;
        }
        if look.way.as_ref() != Some(contents.passed()) {
            look.way = Some(contents.passed().clone()).filter(Passed::is_unchanged);
        }
        self.warn(look, contents.concerns());
        let revision = Revision::of(contents.bytes());
        if revision == self.current.get().revision() {
            self.remember_again(look, contents.bytes());
            return Ok(None);
        }
        // The schema's own code may panic, and nothing else is as it was before: what is half read is thrown away.
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let reading = accept(&self.path, contents, revision, self.settings.limits)?;
            self.admit(look, reading).map(Some)
        }));
        judged.unwrap_or_else(|_panic| {
            let mut problems = Problems::none();
            problems.push(panicked("the schema"));
            Err(Rejection::Invalid { path: self.path.clone(), revision, problems: Arc::new(problems) })
        })
    }

    /// Serves an edit by another program. A version that is older is served, but the file is left alone: a look never
    /// writes.
    fn adopt(&self, look: &mut Look, admitted: Admitted<D>, locked: Option<&Locked<'_>>) -> Snapshot<D> {
        look.pending = None;
        look.reported = None;
        look.older = None;
        // It was said of a document that is not served any more.
        look.undurable = None;
        self.meters.note(Reload::Accepted);
        let served = self.publish(look, admitted.vetted, Cause::Edit);
        if let Some(from) = admitted.older {
            self.note_older(look, from, "it is migrated in memory; the next update rewrites it");
        }
        let (text, revision, cause) = (&admitted.text, served.revision(), Cause::Edit);
        // What was read under the lock is there still.
        let time = if locked.is_some() { clock::wall() } else { look.read_at };
        let accepted = Accepted { text, revision, cause, time };
        match locked {
            Some(locked) => self.remember_under(look, locked, accepted),
            None => self.remember(look, accepted),
        }
        served
    }

    /// The file is what is served. After a reported trouble that is news: the trouble is over.
    fn settle(&self, look: &mut Look) -> Snapshot<D> {
        let served = self.current.get();
        look.pending = None;
        if look.recovered.take().is_some() {
            // Somebody has put it there.
            look.cause = Cause::Edit;
        }
        if look.reported.take().is_some() {
            look.accepted_at = clock::wall();
            self.meters.note(Reload::Restored);
            self.meters.succeeded(look.accepted_at);
            log::restored(self.origin(), served.revision());
            let change = Change::new(served.clone(), served.clone(), Cause::Edit);
            self.listeners.tell(&Event::Accepted(change));
        }
        served
    }

    /// Judges what an update read, unless that is what is served.
    pub(crate) fn found(&self, look: &Look, on_disk: OnDisk<D>) -> Result<Found<D>, Rejection> {
        if on_disk.revision() == self.current.get().revision() {
            let (text, concerns) = on_disk.into_text();
            return Ok(Found::Served { text, concerns });
        }
        self.admit(look, on_disk.into_reading()).map(Found::Other)
    }

    /// Takes what an update read and found nothing to change in. The caller has made sure that it is still there.
    pub(crate) fn adopt_or_settle(
        &self,
        look: &mut Look,
        found: Found<D>,
        locked: &Locked<'_>,
    ) -> Snapshot<D> {
        look.seen = None;
        match found {
            Found::Served { text, concerns } => {
                self.warn(look, &concerns);
                let served = self.settle(look);
                // What was not kept when it was opened.
                let (revision, cause, time) = (served.revision(), look.cause, look.accepted_at);
                let accepted = Accepted { text: &text, revision, cause, time };
                self.remember_under(look, locked, accepted);
                served
            }
            Found::Other(admitted) => {
                self.warn(look, &admitted.concerns);
                self.adopt(look, admitted, Some(locked))
            }
        }
    }

    /// What is on disk is served, and an error of the disk keeps it from being relied on.
    pub(crate) fn note_undurable(&self, look: &mut Look, error: &dyn Error) {
        let warning = format!("{}; the next update writes the file anew", chain(error));
        log::undurable(self.origin(), &warning);
        self.listeners.tell(&Event::Warning(warning.clone()));
        look.durable = None;
        look.undurable = Some(warning);
    }

    pub(crate) fn note_older(&self, look: &mut Look, from: u32, what: &str) {
        let warning = format!("{} is of version {from}, not {}: {what}", shown(&self.path), D::VERSION);
        log::older(self.origin(), from, &warning);
        self.listeners.tell(&Event::Warning(warning.clone()));
        look.older = Some(warning);
    }

    /// Keeps what is served. Says so once for each content, and, when the file may be half written, not at once.
    fn reject(&self, look: &mut Look, rejection: Rejection, patience: Patience) -> Next {
        let pending = look.pending.take();
        if look.reported.as_ref().is_some_and(|reported| reported.is_same(&rejection)) {
            return look.next();
        }
        let now = clock::now();
        let pending = match pending {
            Some(same) if same.rejection.is_same(&rejection) => same,
            other => Pending { rejection, began: other.map_or(now, |other| other.began), since: now },
        };
        let usual = self.settings.patience;
        let is_over = now.saturating_duration_since(pending.since) >= usual
            || now.saturating_duration_since(pending.began) >= usual.saturating_mul(MAX_PATIENCE);
        if patience == Patience::Some && pending.rejection.may_be_unfinished() && !is_over {
            look.pending = Some(pending);
            return Next::Again(SOON);
        }
        let rejection = pending.rejection;
        self.meters.note_rejection(rejection.kind());
        log::rejected(self.origin(), &rejection);
        look.reported = Some(rejection.clone());
        self.listeners.tell(&Event::Rejected(rejection));
        look.next()
    }
}
