//! Listening without a thread of one's own: a `Stream`, for any executor.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::changes::{Change, Event};
use crate::part::{PartChange, PartSubscription};
use crate::subscription::{Events, Subscription, change};

/// What a listener would wait for, as a [`Stream`]: from [`Subscription::into_stream`],
/// [`PartSubscription::into_stream`] and [`Events::into_stream`].
///
/// What waits for a slow one, and when it ends, is as for the iterator that it was made of. It needs no runtime: whoever
/// publishes a document wakes the task, before the next one can be published. An executor whose wakers run the task at once
/// must not wait for the store in it. With the cargo feature `stream`.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// use futures_util::StreamExt as _;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let events = store.events().into_stream();
/// store.update(|config| config.features.debug = true)?;
/// drop(store);
/// assert_eq!(futures_executor::block_on(events.count()), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a stream does nothing unless it is polled"]
#[derive(Debug)]
pub struct IntoStream<L>(L);

impl<L> IntoStream<L> {
    /// The listener, as for [`PartSubscription::seen`].
    pub fn get_ref(&self) -> &L {
        &self.0
    }
}

impl<D> Events<D> {
    /// The same, as a `Stream`. With the cargo feature `stream`.
    pub fn into_stream(self) -> IntoStream<Self> {
        IntoStream(self)
    }
}

impl<D> Subscription<D> {
    /// The same, as a `Stream`: also with latest-value semantics. With the cargo feature `stream`.
    ///
    /// ```
    /// use config_model::Config;
    /// use config_store::Store;
    /// use futures_util::StreamExt as _;
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("config.json");
    /// let store: Store<Config> = Store::open(path)?;
    /// let mut changes = store.subscribe().into_stream();
    /// store.update(|config| config.features.debug = true)?;
    /// store.update(|config| config.features.telemetry = true)?;
    /// drop(store);
    /// futures_executor::block_on(async {
    ///     let change = changes.next().await.expect("both, as one");
    ///     assert_eq!(change.diff().len(), 2);
    ///     assert!(changes.next().await.is_none(), "the store is closed");
    /// });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_stream(self) -> IntoStream<Self> {
        IntoStream(self)
    }
}

impl<D, T: PartialEq + ?Sized> PartSubscription<D, T> {
    /// The same, as a `Stream`: also with latest-value semantics. With the cargo feature `stream`.
    pub fn into_stream(self) -> IntoStream<Self> {
        IntoStream(self)
    }
}

impl<D> Stream for IntoStream<Events<D>> {
    type Item = Event<D>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event<D>>> {
        self.0.0.poll(context)
    }
}

impl<D> Stream for IntoStream<Subscription<D>> {
    type Item = Change<D>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change<D>>> {
        self.0.poll(context)
    }
}

impl<D> Subscription<D> {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Change<D>>> {
        self.0.poll(context).map(|event| event.and_then(change))
    }
}

impl<D, T: PartialEq + ?Sized> Stream for IntoStream<PartSubscription<D, T>> {
    type Item = PartChange<D, T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<PartChange<D, T>>> {
        loop {
            let Some(whole) = ready!(self.0.changes().poll(context)) else { return Poll::Ready(None) };
            if let Some(change) = self.0.compare(whole) {
                return Poll::Ready(Some(change));
            }
        }
    }
}
