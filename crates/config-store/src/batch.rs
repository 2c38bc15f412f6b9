//! The edits that one write saves: what they are made on, who made one, and what came of them.

use std::mem;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use config_fs::ReplaceError;
use config_model::Document;
use parking_lot::{Condvar, Mutex};

use crate::reading::OnDisk;
use crate::retire::retire;
use crate::revision::Revision;
use crate::snapshot::Snapshot;

pub(crate) struct Batch<D> {
    /// None as long as nobody has joined and nothing is being saved: an old document is not to be held on to.
    base: Option<Arc<Base<D>>>,
    /// Counts the bases: whoever edited an earlier one edits again.
    round: u64,
    /// The base with all edits so far, if there was one.
    edited: Option<Arc<D>>,
    /// Where each member waits.
    members: Vec<Arc<Waiting>>,
    /// So many of them have edited the base of this round.
    answered: usize,
    /// What the next batch is made on while this one is being saved.
    next: Option<Arc<Base<D>>>,
    outcome: Arc<OnceLock<Outcome<D>>>,
}

/// What became of a batch.
pub(crate) enum Outcome<D> {
    Saved(Snapshot<D>),
    Failed(ReplaceError),
    /// Nothing was saved. Each tries again by itself, which tells whose edit it was, if it was an edit.
    Separate,
}

/// Where one member waits, by itself: a lock that all of them had to take once more would be what they wait for.
#[derive(Default)]
pub(crate) struct Waiting {
    is_woken: Mutex<bool>,
    changed: Condvar,
}

impl Waiting {
    /// Waits until it is woken, which it may have been before, or until then.
    pub(crate) fn wait(&self, until: Option<Instant>) {
        let mut is_woken = self.is_woken.lock();
        while !mem::take(&mut *is_woken) {
            match until {
                None => self.changed.wait(&mut is_woken),
                Some(until) if self.changed.wait_until(&mut is_woken, until).timed_out() => return,
                Some(_) => {}
            }
        }
    }

    pub(crate) fn wake(&self) {
        *self.is_woken.lock() = true;
        self.changed.notify_one();
    }
}

/// What the edits of a batch are made on.
pub(crate) enum Base<D> {
    /// What memory has, and perhaps the disk.
    Served(Snapshot<D>),
    /// What was found on disk instead.
    Read(D, Revision),
    /// What the batch before is about to save.
    Edited(Edited<D>),
}

/// Freed as old documents are: nobody who updates is to wait for that.
pub(crate) struct Edited<D> {
    /// `None` when it is dropped, and only then.
    document: Option<Arc<D>>,
    /// Once it is saved.
    revision: OnceLock<Revision>,
    retire: fn(D),
}

impl<D> Drop for Edited<D> {
    fn drop(&mut self) {
        if let Some(document) = self.document.take().and_then(Arc::into_inner) {
            (self.retire)(document);
        }
    }
}

impl<D: Document> Base<D> {
    pub(crate) fn read(on_disk: &OnDisk<D>) -> Self {
        match on_disk {
            OnDisk::Served { snapshot, .. } => Self::Served(snapshot.clone()),
            OnDisk::Other(reading) => Self::Read(reading.document.clone(), reading.revision),
        }
    }
}

impl<D> Base<D> {
    fn document(&self) -> Option<&D> {
        match self {
            Self::Served(snapshot) => Some(snapshot.file()),
            Self::Read(document, _) => Some(document),
            Self::Edited(edited) => edited.document.as_deref(),
        }
    }

    fn revision(&self) -> Option<Revision> {
        match self {
            Self::Served(snapshot) => Some(snapshot.revision()),
            Self::Read(_, revision) => Some(*revision),
            Self::Edited(edited) => edited.revision.get().copied(),
        }
    }
}

/// One thread's part in a batch.
pub(crate) struct Member<D> {
    pub(crate) outcome: Arc<OnceLock<Outcome<D>>>,
    pub(crate) waiting: Arc<Waiting>,
    /// The round in which it edited last.
    round: Option<u64>,
    /// It has left: its edit has to be judged by itself.
    pub(crate) is_separate: bool,
}

impl<D> Batch<D> {
    pub(crate) fn new() -> Self {
        Self {
            base: None,
            round: 0,
            edited: None,
            members: Vec::new(),
            answered: 0,
            next: None,
            outcome: Arc::default(),
        }
    }

    pub(crate) fn join(&mut self, served: impl FnOnce() -> Base<D>) -> Member<D> {
        self.base.get_or_insert_with(|| Arc::new(served()));
        let waiting = Arc::<Waiting>::default();
        self.members.push(Arc::clone(&waiting));
        Member { outcome: Arc::clone(&self.outcome), waiting, round: None, is_separate: false }
    }

    pub(crate) fn is_of(&self, member: &Member<D>) -> bool {
        Arc::ptr_eq(&self.outcome, &member.outcome)
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.answered == self.members.len()
    }

    pub(crate) fn is_on(&self, revision: Revision) -> bool {
        self.base.as_ref().and_then(|base| base.revision()) == Some(revision)
    }

    /// Lets a member edit what the members before it left, once in a round. A document that `edit` does not hand back may
    /// have to be refused: what for is found out without the others, with the place in the text.
    pub(crate) fn answer(&mut self, member: &mut Member<D>, edit: impl FnOnce(&D) -> Option<D>) {
        if member.round == Some(self.round) {
            return;
        }
        let base = self.base.as_ref().and_then(|base| base.document());
        let Some(before) = self.edited.as_deref().or(base) else { return };
        let Some(after) = edit(before) else {
            member.is_separate = true;
            self.forget(member);
            return;
        };
        member.round = Some(self.round);
        self.answered += 1;
        self.edited = Some(Arc::new(after));
    }

    /// Takes a member out, and its edit with it: the others edit again.
    pub(crate) fn leave(&mut self, member: &Member<D>) {
        self.forget(member);
        if let Some(base) = self.base.clone().filter(|_| member.round == Some(self.round)) {
            self.rebase_on(base);
        }
    }

    fn forget(&mut self, member: &Member<D>) {
        self.members.retain(|waiting| !Arc::ptr_eq(waiting, &member.waiting));
    }

    pub(crate) fn rebase(&mut self, base: Base<D>) {
        self.rebase_on(Arc::new(base));
    }

    /// Has all members edit `base` instead.
    pub(crate) fn rebase_on(&mut self, base: Arc<Base<D>>) {
        self.base = Some(base);
        self.round += 1;
        self.edited = None;
        self.answered = 0;
        self.next = None;
        self.members.iter().for_each(|member| member.wake());
    }

    pub(crate) fn edited(&self) -> Option<Arc<D>> {
        self.edited.clone()
    }

    /// Has all members know what came of it. They are to be woken.
    #[must_use = "they would wait for ever"]
    pub(crate) fn end(self, outcome: Outcome<D>) -> Vec<Arc<Waiting>> {
        if let (Outcome::Saved(snapshot), Some(Base::Edited(edited))) = (&outcome, self.next.as_deref()) {
            // It is set this once.
            edited.revision.set(snapshot.revision()).ok();
        }
        self.outcome.set(outcome).ok();
        self.members
    }

    /// One of those who wait goes on; where nobody does, nothing is held on to.
    pub(crate) fn wake_one(&mut self) {
        match self.members.first() {
            Some(member) => member.wake(),
            None => drop((mem::take(&mut self.base), mem::take(&mut self.edited))),
        }
    }
}

impl<D: Document> Batch<D> {
    /// What this will leave on disk, the first time that it is asked for.
    pub(crate) fn next(&mut self) -> Option<Arc<Base<D>>> {
        if self.next.is_some() {
            return None;
        }
        let base = match &self.edited {
            Some(edited) => Arc::new(Base::Edited(Edited {
                document: Some(Arc::clone(edited)),
                revision: OnceLock::new(),
                retire,
            })),
            None => Arc::clone(self.base.as_ref()?),
        };
        self.next = Some(Arc::clone(&base));
        Some(base)
    }
}
