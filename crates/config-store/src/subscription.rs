//! What a listener holds: an iterator that waits for what comes next.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::changes::{Change, Event};
use crate::listeners::{Mailbox, deadline};

/// Everything that happens to a store from now on, in order; ends when the store is closed.
///
/// A blocking iterator. At most 16 events wait: beyond that, of those that nobody fetched in time, the oldest two
/// changes become one, and the oldest rejection or warning is dropped. [`Store::status`](crate::Store::status) has the
/// last of each.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let events = store.events();
/// store.update(|config| config.features.debug = true)?;
/// drop(store);
/// assert_eq!(events.count(), 1); // it ends with the store
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "events are gathered only as long as this is held"]
pub struct Events<D>(pub(crate) Arc<Mailbox<D>>);

impl<D> Events<D> {
    /// The next event; `None` when none came in this time, or the store is closed.
    pub fn next_within(&mut self, patience: Duration) -> Option<Event<D>> {
        self.0.wait(deadline(patience))
    }
}

impl<D> Iterator for Events<D> {
    type Item = Event<D>;

    fn next(&mut self) -> Option<Event<D>> {
        self.0.wait(None)
    }
}

/// The accepted documents from now on; ends when the store is closed. No rejected one is ever seen here.
///
/// A blocking iterator with latest-value semantics: changes that nobody fetched in time become one, from the first
/// document that was missed to the last. However slow a subscriber is, nobody waits for it, and two documents are all that is
/// kept for it.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let changes = store.subscribe();
/// store.update(|config| config.features.debug = true)?;
/// store.update(|config| config.retention.events_days = 7)?;
/// drop(store);
/// for change in changes {
///     // Once, for both.
///     println!("{}: {}", change.cause(), change.diff());
///     assert!(change.after().features.debug && change.after().retention.events_days == 7);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "changes are gathered only as long as this is held"]
pub struct Subscription<D>(pub(crate) Arc<Mailbox<D>>);

impl<D> Subscription<D> {
    /// The next change; `None` when none came in this time, or the store is closed.
    pub fn next_within(&mut self, patience: Duration) -> Option<Change<D>> {
        self.wait(deadline(patience))
    }

    pub(crate) fn wait(&mut self, deadline: Option<Instant>) -> Option<Change<D>> {
        self.0.wait(deadline).and_then(change)
    }
}

/// Nothing else is put into the mailbox of a subscription.
pub(crate) fn change<D>(event: Event<D>) -> Option<Change<D>> {
    match event {
        Event::Accepted(change) => Some(change),
        _ => None,
    }
}

impl<D> Iterator for Subscription<D> {
    type Item = Change<D>;

    fn next(&mut self) -> Option<Change<D>> {
        self.wait(None)
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
