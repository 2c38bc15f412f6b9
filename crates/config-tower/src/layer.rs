//! Where a request gets its snapshot: in front of everything that reads the config.

use std::fmt;
use std::task::{Context, Poll};

use config_model::Document;
use config_store::Store;
use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::request::capture;

/// Captures one snapshot of a store for each request, at its start, before the services under the layer see it.
///
/// They get it as [`RequestConfig`](crate::RequestConfig). Of several layers around each other the outermost captures, and
/// the others leave what is there: a request never has two. Stores of different schemas have a layer each. A layer keeps its
/// store open, as a clone of the store would.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// use config_tower::{RequestConfig, SnapshotLayer};
/// use http::Request;
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let service = ServiceBuilder::new().layer(SnapshotLayer::new(store)).service(service_fn(
///     async |request: Request<()>| -> Result<u64, Box<dyn std::error::Error>> {
///         let config = RequestConfig::<Config>::of(request.extensions())?;
///         Ok(config.retention.events_days)
///     },
/// ));
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// assert_eq!(service.oneshot(Request::new(())).await?, 90);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SnapshotLayer<D: Document> {
    store: Store<D>,
}

impl<D: Document> SnapshotLayer<D> {
    /// Captures snapshots of `store`.
    pub fn new(store: Store<D>) -> Self {
        Self { store }
    }
}

impl<S, D: Document> Layer<S> for SnapshotLayer<D> {
    type Service = SnapshotService<S, D>;

    fn layer(&self, inner: S) -> Self::Service {
        SnapshotService { inner, store: self.store.clone() }
    }
}

impl<D: Document> Clone for SnapshotLayer<D> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone() }
    }
}

impl<D: Document> fmt::Debug for SnapshotLayer<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotLayer").field("store", &self.store).finish()
    }
}

/// A service under a [`SnapshotLayer`]: what it is asked holds a snapshot of the config.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// use config_tower::{SnapshotLayer, SnapshotService};
/// use tower::Layer as _;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let service: SnapshotService<&str, Config> = SnapshotLayer::new(store).layer("any service");
/// assert!(format!("{service:?}").contains("any service"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// The store and not a `Reader` of it: axum clones a service for each request, and keeps the first one for nothing but that. A
// reader in it would hold the document that the service was made with for as long as the program runs.
pub struct SnapshotService<S, D: Document> {
    inner: S,
    store: Store<D>,
}

impl<S, D, B> Service<Request<B>> for SnapshotService<S, D>
where
    S: Service<Request<B>>,
    D: Document,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        capture(&self.store, request.extensions_mut());
        self.inner.call(request)
    }
}

impl<S: Clone, D: Document> Clone for SnapshotService<S, D> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), store: self.store.clone() }
    }
}

impl<S: fmt::Debug, D: Document> fmt::Debug for SnapshotService<S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotService").field("inner", &self.inner).field("store", &self.store).finish()
    }
}
