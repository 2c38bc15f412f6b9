//! What a store tells those who listen: each in a mailbox of its own, so that a slow one delays nobody.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use config_model::{Document, diff};
use parking_lot::{Condvar, Mutex};

use crate::rejection::Rejection;
use crate::snapshot::Snapshot;

/// As many events wait for a slow listener; then the oldest goes, a change into the next one.
const MAX_WAITING: usize = 16;

/// Why there is a new document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// This store wrote the first file.
    Seed,
    /// It was there when the store was opened.
    Open,
    /// This store brought an older file up to the present version.
    Migration,
    /// Another program changed the file: an editor, another process.
    Edit,
    /// This store's own [`update`](crate::Store::update).
    Update,
}

impl Cause {
    /// A stable name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Open => "open",
            Self::Migration => "migration",
            Self::Edit => "edit",
            Self::Update => "update",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A document took the place of another.
pub struct Change<D> {
    before: Snapshot<D>,
    after: Snapshot<D>,
    cause: Cause,
}

impl<D: Document> Change<D> {
    pub(crate) fn new(before: Snapshot<D>, after: Snapshot<D>, cause: Cause) -> Self {
        Self { before, after, cause }
    }

    /// The document that was served before.
    pub fn before(&self) -> &Snapshot<D> {
        &self.before
    }

    /// The document that is served since. For a listener that was slow, not always the next one after `before`.
    pub fn after(&self) -> &Snapshot<D> {
        &self.after
    }

    /// Why.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// What differs, with secrets masked. Nothing, when a broken file went back to what is served.
    pub fn diff(&self) -> Diff {
        // Both documents were written or read by this schema: it has JSON for them.
        Diff(diff(&*self.before, &*self.after).unwrap_or_default())
    }
}

impl<D> Clone for Change<D> {
    fn clone(&self) -> Self {
        Self { before: self.before.clone(), after: self.after.clone(), cause: self.cause }
    }
}

impl<D> fmt::Debug for Change<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, after, cause } = self;
        f.debug_struct("Change").field("before", before).field("after", after).field("cause", cause).finish()
    }
}

/// The differences between two documents, a line each when displayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff(Vec<config_model::Change>);

impl Diff {
    /// One by one.
    pub fn iter(&self) -> std::slice::Iter<'_, config_model::Change> {
        self.0.iter()
    }

    /// Are the documents the same?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many places differ.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> IntoIterator for &'a Diff {
    type Item = &'a config_model::Change;
    type IntoIter = std::slice::Iter<'a, config_model::Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.0.iter().enumerate() {
            write!(f, "{}{change}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// Something that an operator or a log wants to know.
#[non_exhaustive]
pub enum Event<D> {
    /// A document was accepted.
    Accepted(Change<D>),
    /// What is on disk was not: the document before it stays. Said once for each content.
    Rejected(Rejection),
    /// The file is there and is served, but something about it should be mended. Said once.
    Warning(String),
}

impl<D> Clone for Event<D> {
    fn clone(&self) -> Self {
        match self {
            Self::Accepted(change) => Self::Accepted(change.clone()),
            Self::Rejected(rejection) => Self::Rejected(rejection.clone()),
            Self::Warning(text) => Self::Warning(text.clone()),
        }
    }
}

impl<D> fmt::Debug for Event<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(change) => f.debug_tuple("Accepted").field(change).finish(),
            Self::Rejected(rejection) => f.debug_tuple("Rejected").field(rejection).finish(),
            Self::Warning(text) => f.debug_tuple("Warning").field(text).finish(),
        }
    }
}

/// Everything that happens to a store from now on, in order; ends when the store is closed.
///
/// A blocking iterator. At most 16 events wait: beyond that, of those that nobody fetched in time, the oldest two
/// changes become one, and the oldest rejection or warning is dropped. [`Store::status`](crate::Store::status) has the
/// last of each.
#[must_use = "events are gathered only as long as this is held"]
pub struct Events<D>(Arc<Mailbox<D>>);

impl<D> Events<D> {
    /// The next event; `None` when none came in this time, or the store is closed.
    pub fn next_within(&mut self, patience: Duration) -> Option<Event<D>> {
        self.0.take(deadline(patience))
    }
}

impl<D> Iterator for Events<D> {
    type Item = Event<D>;

    fn next(&mut self) -> Option<Event<D>> {
        self.0.take(None)
    }
}

/// The accepted documents from now on; ends when the store is closed. No rejected one is ever seen here.
///
/// A blocking iterator with latest-value semantics: changes that nobody fetched in time become one, from the first
/// document that was missed to the last.
#[must_use = "changes are gathered only as long as this is held"]
pub struct Subscription<D>(pub(crate) Events<D>);

impl<D> Subscription<D> {
    /// The next change; `None` when none came in this time, or the store is closed.
    pub fn next_within(&mut self, patience: Duration) -> Option<Change<D>> {
        let deadline = deadline(patience);
        loop {
            if let Event::Accepted(change) = self.0.0.take(deadline)? {
                return Some(self.latest(change));
            }
        }
    }

    fn latest(&self, first: Change<D>) -> Change<D> {
        let waiting = self.0.0.drain();
        waiting.into_iter().fold(first, |all, event| match event {
            Event::Accepted(later) => Change { before: all.before, ..later },
            _ => all,
        })
    }
}

impl<D> Iterator for Subscription<D> {
    type Item = Change<D>;

    fn next(&mut self) -> Option<Change<D>> {
        loop {
            if let Event::Accepted(change) = self.0.next()? {
                return Some(self.latest(change));
            }
        }
    }
}

/// All who listen to one store.
pub(crate) struct Listeners<D>(Mutex<Vec<Weak<Mailbox<D>>>>);

impl<D> Listeners<D> {
    pub(crate) fn none() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(crate) fn join(&self) -> Events<D> {
        let mailbox = Arc::new(Mailbox { state: Mutex::new(State::default()), arrived: Condvar::new() });
        self.0.lock().push(Arc::downgrade(&mailbox));
        Events(mailbox)
    }

    pub(crate) fn tell(&self, event: &Event<D>) {
        self.0
            .lock()
            .retain(|listener| listener.upgrade().map(|mailbox| mailbox.put(event.clone())).is_some());
    }

    pub(crate) fn close(&self) {
        for mailbox in self.0.lock().drain(..).filter_map(|listener| listener.upgrade()) {
            mailbox.state.lock().is_closed = true;
            mailbox.arrived.notify_all();
        }
    }
}

/// None for one so far away that the clock cannot count to it.
fn deadline(patience: Duration) -> Option<Instant> {
    crate::clock::now().checked_add(patience)
}

/// Takes the oldest event out. A change becomes part of the next change; the only one stays, whatever else goes.
fn make_room<D>(waiting: &mut VecDeque<Event<D>>) -> Option<Event<D>> {
    let mut changes = waiting.iter_mut().enumerate().filter_map(|(at, event)| match event {
        Event::Accepted(change) => Some((at, change)),
        _ => None,
    });
    let at = match (changes.next(), changes.next()) {
        (Some((0, oldest)), Some((_, next))) => {
            next.before = oldest.before.clone();
            0
        }
        (Some((0, _)), None) => 1,
        _ => 0,
    };
    waiting.remove(at)
}

struct Mailbox<D> {
    state: Mutex<State<D>>,
    arrived: Condvar,
}

struct State<D> {
    waiting: VecDeque<Event<D>>,
    is_closed: bool,
}

impl<D> Default for State<D> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), is_closed: false }
    }
}

impl<D> Mailbox<D> {
    fn put(&self, event: Event<D>) {
        let mut state = self.state.lock();
        state.waiting.push_back(event);
        let dropped = if state.waiting.len() > MAX_WAITING { make_room(&mut state.waiting) } else { None };
        self.arrived.notify_all();
        drop(state);
        // A large document is not let go under the lock.
        drop(dropped);
    }

    /// Waits for an event, for ever without a deadline.
    fn take(&self, deadline: Option<Instant>) -> Option<Event<D>> {
        let mut state = self.state.lock();
        loop {
            if let Some(event) = state.waiting.pop_front() {
                return Some(event);
            }
            if state.is_closed {
                return None;
            }
            match deadline {
                None => self.arrived.wait(&mut state),
                Some(deadline) if self.arrived.wait_until(&mut state, deadline).timed_out() => {
                    return state.waiting.pop_front();
                }
                Some(_) => {}
            }
        }
    }

    fn drain(&self) -> VecDeque<Event<D>> {
        std::mem::take(&mut self.state.lock().waiting)
    }
}

impl<D> fmt::Debug for Events<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

impl<D> fmt::Debug for Subscription<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
