//! Listening to one part of the document.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use config_model::Document;

use crate::changes::Change;
use crate::listeners::deadline;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::subscription::Subscription;

/// Finds a part in a document.
type Find<D, T> = Arc<dyn Fn(&D) -> &T + Send + Sync>;

/// One part of the document, whenever it changed; ends when the store is closed. From [`Store::subscribe_to`].
///
/// A blocking iterator with latest-value semantics: a slow subscriber gets one change, from the value that it saw last to the
/// newest one, and none when the part went there and back. The part is compared by who listens, so that nobody waits for it.
/// Held without being used, it keeps up to three old documents in memory.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let mut retention = store.subscribe_to(|config| &config.retention);
/// store.update(|config| config.retention.events_days = 7)?;
/// assert_eq!(retention.next().map(|change| change.after().events_days), Some(7));
/// assert_eq!(retention.seen().events_days, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "changes are gathered only as long as this is held"]
pub struct PartSubscription<D, T: ?Sized> {
    changes: Subscription<D>,
    find: Find<D, T>,
    /// What the subscriber knows of, or a later document in which the part was the same.
    seen: Snapshot<D>,
}

/// A part of the document took another value.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let mut retention = store.subscribe_to(|config| &config.retention);
/// store.update(|config| config.retention.events_days = 7)?;
/// let change = retention.next().expect("the store is open");
/// assert_eq!((change.before().events_days, change.after().events_days), (90, 7));
/// println!("{}", change.whole().diff());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PartChange<D, T: ?Sized> {
    whole: Change<D>,
    find: Find<D, T>,
}

impl<D: Document> Store<D> {
    /// Changes of one part of the document from now on: other edits are not heard of. `part` picks it; it is compared by
    /// [`PartialEq`].
    ///
    /// ```
    /// use config_model::Config;
    /// use config_store::Store;
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("config.json");
    /// let store: Store<Config> = Store::open(path)?;
    /// let retention = store.subscribe_to(|config| &config.retention);
    /// assert_eq!(retention.seen().events_days, 90); // what to begin with
    ///
    /// store.update(|config| config.features.debug = true)?; // another part
    /// store.update(|config| config.retention.events_days = 7)?;
    /// drop(store);
    /// for change in retention {
    ///     // Once.
    ///     assert_eq!((change.before().events_days, change.after().events_days), (90, 7));
    ///     assert!(change.whole().after().features.debug);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn subscribe_to<T, F>(&self, part: F) -> PartSubscription<D, T>
    where
        T: PartialEq + ?Sized + 'static,
        F: Fn(&D) -> &T + Send + Sync + 'static,
    {
        // First: what is published from now on is in the subscription, if it is not in the snapshot.
        let changes = self.subscribe();
        PartSubscription { changes, find: Arc::new(part), seen: self.snapshot() }
    }
}

impl<D, T: PartialEq + ?Sized> PartSubscription<D, T> {
    /// The part as this subscriber knows it: that of the last change, or at first that of the document which was served when it
    /// subscribed. No change between this and the next one is missed.
    pub fn seen(&self) -> &T {
        (self.find)(&self.seen)
    }

    /// The next change; `None` when none came in this time, or the store is closed.
    pub fn next_within(&mut self, patience: Duration) -> Option<PartChange<D, T>> {
        self.wait(deadline(patience))
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Option<PartChange<D, T>> {
        loop {
            let whole = self.changes.wait(deadline)?;
            if let Some(change) = self.compare(whole) {
                return Some(change);
            }
        }
    }

    /// `None` when the part is what it was.
    pub(crate) fn compare(&mut self, mut whole: Change<D>) -> Option<PartChange<D, T>> {
        // The subscription began before the first snapshot was taken: it may tell of what that one has already.
        if whole.after().generation() <= self.seen.generation() {
            return None;
        }
        let is_same = *self.seen() == *(self.find)(whole.after());
        let seen = std::mem::replace(&mut self.seen, whole.after().clone());
        whole.begin_with(seen);
        (!is_same).then(|| PartChange { whole, find: Arc::clone(&self.find) })
    }
}

#[cfg(feature = "stream")]
impl<D, T: ?Sized> PartSubscription<D, T> {
    pub(crate) fn changes(&self) -> &Subscription<D> {
        &self.changes
    }
}

impl<D, T: PartialEq + ?Sized> Iterator for PartSubscription<D, T> {
    type Item = PartChange<D, T>;

    fn next(&mut self) -> Option<PartChange<D, T>> {
        self.wait(None)
    }
}

impl<D, T: ?Sized> PartChange<D, T> {
    /// The part as the subscriber knew it.
    pub fn before(&self) -> &T {
        (self.find)(self.whole.before())
    }

    /// The part as it is served since.
    pub fn after(&self) -> &T {
        (self.find)(self.whole.after())
    }

    /// The two documents that [`before`](Self::before) and [`after`](Self::after) are parts of, and the cause of the last
    /// change on the way from one to the other.
    pub fn whole(&self) -> &Change<D> {
        &self.whole
    }
}

impl<D, T: ?Sized> Clone for PartChange<D, T> {
    fn clone(&self) -> Self {
        Self { whole: self.whole.clone(), find: Arc::clone(&self.find) }
    }
}

impl<D, T: ?Sized> fmt::Debug for PartSubscription<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartSubscription").field("seen", &self.seen).finish_non_exhaustive()
    }
}

/// Without the part: its own `Debug` may print a secret.
impl<D, T: ?Sized> fmt::Debug for PartChange<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartChange").field("whole", &self.whole).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use config_model::Config;

    use super::*;
    use crate::options::Options;

    /// While somebody subscribes, one document is published before the first snapshot is taken, and told of after another
    /// one has taken its place.
    #[test]
    fn nobody_goes_back_to_what_was_told_of_late() {
        let directory = tempfile::tempdir().unwrap();
        let store: Store<Config> =
            Options::new().watch(None).open(directory.path().join("config.json")).unwrap();
        let set = |days| store.update(|config| config.retention.events_days = days).unwrap();
        let mut told = store.subscribe();
        set(1);
        let late = told.wait(None).unwrap();
        set(2);
        let mut days = store.subscribe_to(|config| &config.retention.events_days);
        assert!(days.compare(late).is_none());
        assert_eq!(*days.seen(), 2);
    }
}
