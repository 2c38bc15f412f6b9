//! What a request holds, and how it is asked for.

use std::any::type_name;
use std::fmt;
use std::ops::Deref;

use config_model::Document;
use config_store::{Snapshot, Store};
use http::Extensions;

/// Of this crate alone, so that nothing else can put another one in its place.
struct Captured<D>(Snapshot<D>);

impl<D> Clone for Captured<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The first one stays: who decided something by it was not mistaken.
pub(crate) fn capture<D: Document>(store: &Store<D>, extensions: &mut Extensions) {
    if extensions.get::<Captured<D>>().is_none() {
        extensions.insert(Captured(store.snapshot()));
    }
}

/// The config that a request was captured with: the same one wherever in the request it is asked for, and however often,
/// whatever was accepted meanwhile.
///
/// Only a [`SnapshotLayer`](crate::SnapshotLayer) makes it, and there is no way from it to the store. It is a
/// [`Snapshot`]: cheap to clone, `Send` and `Sync`. An answer that streams takes it along, and keeps it to its last chunk:
///
/// ```
/// use config_model::Config;
/// use config_tower::RequestConfig;
/// use futures_util::{Stream, stream};
///
/// fn days(config: RequestConfig<Config>) -> impl Stream<Item = u64> + Send + 'static {
///     stream::iter(0..3).map(move |_chunk| config.retention.events_days) // the same in each, over every reload
/// }
/// # use futures_util::StreamExt as _;
/// ```
///
/// With the cargo feature `axum` it is an extractor, whose rejection is [`MissingLayer`].
pub struct RequestConfig<D>(Snapshot<D>);

impl<D: Document> RequestConfig<D> {
    /// The one in a request's extensions.
    ///
    /// # Errors
    /// When no layer captured one for this schema.
    ///
    /// ```
    /// use config_model::Config;
    /// use config_tower::RequestConfig;
    ///
    /// let request = http::Request::new(());
    /// let missing = RequestConfig::<Config>::of(request.extensions()).unwrap_err();
    /// assert!(missing.to_string().contains("SnapshotLayer"));
    /// ```
    pub fn of(extensions: &Extensions) -> Result<Self, MissingLayer> {
        match extensions.get::<Captured<D>>() {
            Some(Captured(snapshot)) => Ok(Self(snapshot.clone())),
            None => Err(MissingLayer { schema: type_name::<D>() }),
        }
    }
}

impl<D> RequestConfig<D> {
    /// For what takes a snapshot, and does not know of requests.
    ///
    /// ```
    /// # use config_model::Config;
    /// # use config_store::Snapshot;
    /// # use config_tower::RequestConfig;
    /// fn keep(config: RequestConfig<Config>) -> Snapshot<Config> {
    ///     config.into_snapshot()
    /// }
    /// ```
    pub fn into_snapshot(self) -> Snapshot<D> {
        self.0
    }
}

impl<D> Deref for RequestConfig<D> {
    type Target = Snapshot<D>;

    fn deref(&self) -> &Snapshot<D> {
        &self.0
    }
}

impl<D> Clone for RequestConfig<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Without the document, as [`Snapshot`]'s.
impl<D> fmt::Debug for RequestConfig<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestConfig").field(&self.0).finish()
    }
}

/// A request was asked for a config that no layer captured: a mistake in how the program is put together, which no caller can
/// mend. As a response of axum's it is 500, with this text.
///
/// ```
/// use config_model::Config;
/// use config_tower::{MissingLayer, RequestConfig};
///
/// let missing: MissingLayer = RequestConfig::<Config>::of(&http::Extensions::new()).unwrap_err();
/// assert!(missing.to_string().contains("config_model::config::Config"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no snapshot of `{schema}` was captured for this request: put a `config_tower::SnapshotLayer` of its store around this service"
)]
pub struct MissingLayer {
    schema: &'static str,
}
