//! Group commit: the edits of many threads, saved by one write.
//!
//! Each thread runs its own edit, on what the save before it is about to leave, while that one waits for the disk. One of
//! them then leads: it takes the locks, makes sure that this is what is on disk, has all of them edit anew where it is not,
//! and saves for all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use config_model::{Document, Problems, rewrite_accepted};
use parking_lot::{Condvar, Mutex};

use crate::batch::{Base, Batch, Member, Outcome};
use crate::changes::Cause;
use crate::clock;
use crate::commit::Edited;
use crate::reading::OnDisk;
use crate::snapshot::Snapshot;
use crate::store::Shared;
use crate::update::UpdateError;

pub(crate) struct Group<D> {
    state: Mutex<State<D>>,
    /// The last one has answered of those whom the leader waits for.
    answered: Condvar,
}

struct State<D> {
    /// Is a thread about to save, or saving?
    is_led: bool,
    /// Takes edits.
    open: Batch<D>,
    /// Is being saved by whoever leads.
    closed: Option<Batch<D>>,
}

impl<D: Document> Shared<D> {
    /// An update that is saved with those of other threads.
    ///
    /// # Errors
    /// When the write fails, each of them gets its error.
    pub(crate) fn update_together(&self, mut edit: impl FnMut(&mut D)) -> Result<Snapshot<D>, UpdateError> {
        let (group, wait) = (&self.group, self.settings.lock_wait);
        let deadline = clock::now().checked_add(wait);
        let mut state = group.state.try_lock_for(wait).ok_or(UpdateError::Busy)?;
        let mut joined = Joined { group, member: state.open.join(|| Base::Served(self.current.get())) };
        // After `joined`, which locks it when it is dropped.
        let mut state = state;
        loop {
            let member = &mut joined.member;
            group.answer(&mut state, member, &mut edit);
            if member.is_separate {
                drop((state, joined));
                return self.update_alone(left(deadline, wait), None, edit);
            }
            if !state.is_led && state.open.is_of(member) {
                state.is_led = true;
                drop(state);
                return self.lead(joined, deadline, edit);
            }
            // What is being saved will be done, or fail.
            let until = deadline.filter(|_| state.open.is_of(member));
            drop(state);
            member.waiting.wait(until);
            match member.outcome.get() {
                Some(Outcome::Saved(snapshot)) => return Ok(snapshot.clone()),
                Some(Outcome::Failed(error)) => return Err(UpdateError::Save(error.again())),
                Some(Outcome::Separate) => return self.update_alone(left(deadline, wait), None, edit),
                None => state = group.state.lock(),
            }
            if state.open.is_of(member) && until.is_some_and(|until| clock::now() >= until) {
                return Err(UpdateError::Busy);
            }
        }
    }

    /// Saves for everybody who has joined by the time that the locks are had.
    fn lead(
        &self,
        joined: Joined<'_, D>,
        deadline: Option<Instant>,
        mut edit: impl FnMut(&mut D),
    ) -> Result<Snapshot<D>, UpdateError> {
        let mut leader = Leader { joined, has_ended: false };
        let wait = self.settings.lock_wait;
        let gather = |on_disk: &OnDisk<D>| leader.gather(on_disk, &mut edit);
        let done =
            self.commit(left(deadline, wait), None, Cause::Update, gather).map(|(snapshot, _)| snapshot);
        let is_saved_alone = leader.end(&done);
        drop(leader);
        if is_saved_alone { self.update_alone(left(deadline, wait), None, edit) } else { done }
    }
}

/// The time until then; for ever where no clock counts as far.
fn left(deadline: Option<Instant>, wait: Duration) -> Duration {
    // A little, for whoever used it up without a fault of its own.
    deadline.map_or(wait, |deadline| deadline.saturating_duration_since(clock::now()).max(wait / 4))
}

impl<D: Document> Group<D> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State { is_led: false, open: Batch::new(), closed: None }),
            answered: Condvar::new(),
        }
    }

    /// Runs the edit of `member`, if what its batch is made on is another one since it last did.
    fn answer(&self, state: &mut State<D>, member: &mut Member<D>, edit: &mut impl FnMut(&mut D)) {
        let Some(batch) = state.batch_of(member) else { return };
        batch.answer(member, |before| try_edit(before, edit));
        if batch.is_complete() {
            self.answered.notify_all();
        }
    }
}

/// None: the rules have something against it.
fn try_edit<D: Document>(before: &D, edit: &mut impl FnMut(&mut D)) -> Option<D> {
    let mut after = before.clone();
    edit(&mut after);
    let mut problems = Problems::none();
    after.check(&mut problems);
    problems.is_empty().then_some(after)
}

impl<D> State<D> {
    fn batch_of(&mut self, member: &Member<D>) -> Option<&mut Batch<D>> {
        let Self { open, closed, .. } = self;
        [Some(open), closed.as_mut()].into_iter().flatten().find(|batch| batch.is_of(member))
    }

    /// Nobody leads any more: one of those who wait does.
    fn hand_over(&mut self) {
        self.is_led = false;
        self.open.wake_one();
    }
}

/// A member that leaves its batch, unless that is done with, when this is dropped: also when its edit panics.
struct Joined<'g, D: Document> {
    group: &'g Group<D>,
    member: Member<D>,
}

impl<D: Document> Drop for Joined<'_, D> {
    fn drop(&mut self) {
        if self.member.outcome.get().is_some() {
            return;
        }
        let mut state = self.group.state.lock();
        let Some(batch) = state.batch_of(&self.member) else { return };
        if !self.member.is_separate {
            batch.leave(&self.member);
        }
        if batch.is_complete() {
            self.group.answered.notify_all();
        }
        if !state.is_led {
            // It may be this one that was to lead.
            state.hand_over();
        }
    }
}

/// The one who saves. However that ends, the others are told.
struct Leader<'g, D: Document> {
    joined: Joined<'g, D>,
    has_ended: bool,
}

impl<D: Document> Leader<'_, D> {
    /// Closes the batch, once, and has all its members edit what is on disk: most have done so already.
    fn gather(
        &mut self,
        on_disk: &OnDisk<D>,
        edit: &mut impl FnMut(&mut D),
    ) -> Result<Edited<D>, UpdateError> {
        let edited = self.edited(on_disk, edit);
        let text = match &edited {
            Some(new) => rewrite_accepted(on_disk.present_text(), on_disk.document(), new)?,
            None => on_disk.present_text().to_owned(),
        };
        Ok((text, edited))
    }

    fn edited(&mut self, on_disk: &OnDisk<D>, edit: &mut impl FnMut(&mut D)) -> Option<Arc<D>> {
        let group = self.joined.group;
        let mut state = group.state.lock();
        let State { open, closed, .. } = &mut *state;
        let batch = closed.get_or_insert_with(|| std::mem::replace(open, Batch::new()));
        if !batch.is_on(on_disk.revision()) {
            batch.rebase(Base::read(on_disk));
        }
        group.answer(&mut state, &mut self.joined.member, edit);
        while state.closed.as_ref().is_some_and(|batch| !batch.is_complete()) {
            group.answered.wait(&mut state);
        }
        let State { open, closed, .. } = &mut *state;
        let batch = closed.as_mut()?;
        if let Some(next) = batch.next() {
            // Whoever comes from now on edits what this is about to save.
            open.rebase_on(next);
        }
        batch.edited()
    }

    /// Tells the others what came of it. True: the leader's own edit has still to be saved.
    fn end(&mut self, result: &Result<Snapshot<D>, UpdateError>) -> bool {
        let outcome = match result {
            Ok(snapshot) => Outcome::Saved(snapshot.clone()),
            Err(UpdateError::Save(error)) => Outcome::Failed(error.again()),
            Err(_) => Outcome::Separate,
        };
        let is_nobodys = matches!(outcome, Outcome::Separate);
        let members = self.end_with(outcome);
        self.joined.member.is_separate || (is_nobodys && members > 1)
    }

    /// Returns how many there were: 0 when the locks were not had, and the batch goes on without its leader, who
    /// leaves it.
    fn end_with(&mut self, outcome: Outcome<D>) -> usize {
        self.has_ended = true;
        let mut state = self.joined.group.state.lock();
        let ended = state.closed.take().map(|batch| batch.end(outcome)).unwrap_or_default();
        state.hand_over();
        drop(state);
        for member in &ended {
            member.wake();
        }
        ended.len()
    }
}

impl<D: Document> Drop for Leader<'_, D> {
    fn drop(&mut self) {
        if !self.has_ended {
            // A schema's own code has panicked.
            self.end_with(Outcome::Separate);
        }
    }
}
