//! Who listens to a store: each has a mailbox of its own, so that a slow one delays nobody.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::task;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::changes::Event;

/// All who listen to one store.
pub(crate) struct Listeners<D>(Mutex<Vec<Weak<Mailbox<D>>>>);

impl<D> Listeners<D> {
    pub(crate) fn none() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(crate) fn join(&self, keeps: Keeps) -> Arc<Mailbox<D>> {
        let mailbox =
            Arc::new(Mailbox { keeps, state: Mutex::new(State::default()), arrived: Condvar::new() });
        self.0.lock().push(Arc::downgrade(&mailbox));
        mailbox
    }

    pub(crate) fn tell(&self, event: &Event<D>) {
        self.0.lock().retain(|listener| listener.upgrade().map(|mailbox| mailbox.put(event)).is_some());
    }

    pub(crate) fn close(&self) {
        for mailbox in self.0.lock().drain(..).filter_map(|listener| listener.upgrade()) {
            let mut state = mailbox.state.lock();
            state.is_closed = true;
            mailbox.wake(state);
        }
    }
}

/// What waits for a listener that is slow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// The last 16 events. Of those before, the changes are in the next one.
    Events,
    /// One change, from the first document that was missed to the last.
    LatestChange,
}

impl Keeps {
    fn at_most(self) -> usize {
        match self {
            Self::Events => 16,
            Self::LatestChange => 1,
        }
    }
}

pub(crate) struct Mailbox<D> {
    keeps: Keeps,
    state: Mutex<State<D>>,
    arrived: Condvar,
}

struct State<D> {
    waiting: VecDeque<Event<D>>,
    is_closed: bool,
    /// Of the task that polled last and found nothing.
    waker: Option<task::Waker>,
}

impl<D> Default for State<D> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), is_closed: false, waker: None }
    }
}

impl<D> Mailbox<D> {
    fn put(&self, event: &Event<D>) {
        if self.keeps == Keeps::LatestChange && !matches!(event, Event::Accepted(_)) {
            return;
        }
        let mut state = self.state.lock();
        state.waiting.push_back(event.clone());
        let is_full = state.waiting.len() > self.keeps.at_most();
        let dropped = if is_full { make_room(&mut state.waiting) } else { None };
        self.wake(state);
        // A large document is not let go under the lock.
        drop(dropped);
    }

    /// A waker is foreign code, and not called under the lock.
    fn wake(&self, mut state: MutexGuard<'_, State<D>>) {
        let waker = state.waker.take();
        self.arrived.notify_all();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits for an event, for ever without a deadline.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> Option<Event<D>> {
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
}

#[cfg(feature = "stream")]
impl<D> Mailbox<D> {
    /// What waits, or the task is woken when something comes. Of several tasks, the one that polled last.
    pub(crate) fn poll(&self, context: &mut task::Context<'_>) -> task::Poll<Option<Event<D>>> {
        // Wakers are foreign code, and neither cloned nor dropped under the lock.
        let waker = context.waker().clone();
        let mut state = self.state.lock();
        if let Some(event) = state.waiting.pop_front() {
            drop(state);
            return task::Poll::Ready(Some(event));
        }
        if state.is_closed {
            drop(state);
            return task::Poll::Ready(None);
        }
        let before = state.waker.replace(waker);
        drop(state);
        drop(before);
        task::Poll::Pending
    }
}

/// None for one so far away that the clock cannot count to it.
pub(crate) fn deadline(patience: Duration) -> Option<Instant> {
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
            next.begin_with(oldest.before().clone());
            0
        }
        (Some((0, _)), None) => 1,
        _ => 0,
    };
    waiting.remove(at)
}
