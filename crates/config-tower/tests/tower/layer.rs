//! The layer alone, without axum.

use std::convert::Infallible;

use config_model::{Config, Document, Problems};
use config_store::{Snapshot, Store};
use config_tower::{RequestConfig, SnapshotLayer, SnapshotService};
use http::{Extensions, Request};
use serde::{Deserialize, Serialize};
use tower::{Layer as _, Service as _, ServiceBuilder, ServiceExt as _, service_fn};

use super::support::Scratch;

fn days(extensions: &Extensions) -> u64 {
    RequestConfig::<Config>::of(extensions).unwrap().retention.events_days
}

/// What the service under the layer sees of each request.
async fn sees(request: Request<()>) -> Result<u64, Infallible> {
    Ok(days(request.extensions()))
}

#[tokio::test]
async fn each_request_has_what_is_served_when_it_comes() {
    let scratch = Scratch::new();
    let store = scratch.store::<Config>();
    let mut service = SnapshotLayer::new(store.clone()).layer(service_fn(sees));
    let mut clone = service.clone();
    for expected in [1, 2, 3] {
        scratch.edit(&store, expected);
        assert_eq!(service.ready().await.unwrap().call(Request::new(())).await, Ok(expected));
        assert_eq!(clone.ready().await.unwrap().call(Request::new(())).await, Ok(expected));
    }
}

#[tokio::test]
async fn a_request_under_way_sees_no_reload() {
    let scratch = Scratch::new();
    let store = scratch.store::<Config>();
    scratch.edit(&store, 1);
    let reloads = (&scratch, &store);
    let mut service = SnapshotLayer::new(store.clone()).layer(service_fn(async |request: Request<()>| {
        let (scratch, store) = reloads;
        let first = days(request.extensions());
        scratch.edit(store, first + 1);
        Ok::<_, Infallible>((first, days(request.extensions())))
    }));
    assert_eq!(service.ready().await.unwrap().call(Request::new(())).await, Ok((1, 1)));
    assert_eq!(service.ready().await.unwrap().call(Request::new(())).await, Ok((2, 2)));
}

/// The edit comes between the outer layer and the inner one.
#[tokio::test]
async fn the_outermost_layer_captures() {
    let scratch = Scratch::new();
    let store = scratch.store::<Config>();
    scratch.edit(&store, 1);
    let reload = |request: Request<()>| {
        scratch.edit(&store, days(request.extensions()) + 1);
        request
    };
    let service = ServiceBuilder::new()
        .layer(SnapshotLayer::new(store.clone()))
        .map_request(reload)
        .layer(SnapshotLayer::new(store.clone()))
        .service(service_fn(sees));
    assert_eq!(service.oneshot(Request::new(())).await, Ok(1));
    assert_eq!(store.snapshot().retention.events_days, 2);
}

#[derive(Clone, Deserialize, PartialEq, Serialize)]
struct Other {}

impl Document for Other {
    const VERSION: u32 = 1;

    fn seed() -> Self {
        Self {}
    }

    fn check(&self, _problems: &mut Problems) {}
}

#[tokio::test]
async fn schemas_do_not_get_in_each_other_s_way() {
    let (scratch, other) = (Scratch::new(), Scratch::new());
    let (store, other): (Store<Config>, Store<Other>) = (scratch.store(), other.store());
    let service = ServiceBuilder::new().layer(SnapshotLayer::new(other.clone()));
    let service =
        service.layer(SnapshotLayer::new(store.clone())).service(service_fn(async |request: Request<()>| {
            let other = RequestConfig::<Other>::of(request.extensions()).unwrap();
            let config = RequestConfig::<Config>::of(request.extensions()).unwrap();
            Ok::<_, Infallible>((config.revision(), other.revision()))
        }));
    let revisions = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(revisions, (store.snapshot().revision(), other.snapshot().revision()));
    assert_ne!(revisions.0, revisions.1);
}

/// It is its type that nobody else can name, and a snapshot of one's own in the extensions is not taken for it.
#[test]
fn nothing_but_a_layer_captures() {
    let scratch = Scratch::new();
    let store = scratch.store::<Config>();
    let mut extensions = Extensions::new();
    extensions.insert::<Snapshot<Config>>(store.snapshot());
    let missing = RequestConfig::<Config>::of(&extensions).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "no snapshot of `config_model::config::Config` was captured for this request: put a \
         `config_tower::SnapshotLayer` of its store around this service"
    );
}

#[test]
fn an_idle_service_holds_on_to_no_document() {
    let scratch = Scratch::new();
    let store = scratch.store::<Config>();
    let service: SnapshotService<(), Config> = SnapshotLayer::new(store.clone()).layer(());
    let before = format!("{service:?}");
    assert!(before.contains("generation: 1"), "{before}");
    scratch.edit(&store, 1);
    let after = format!("{service:?}");
    assert!(after.contains("generation: 2") && !after.contains("generation: 1"), "{after}");
}
