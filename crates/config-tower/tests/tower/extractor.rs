//! Handlers of axum's around reloads.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{BoxError, Router};
use config_model::Config;
use config_store::Store;
use config_tower::{RequestConfig, SnapshotLayer};
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use super::support::Scratch;

fn ask() -> Request<Body> {
    Request::get("/").body(Body::empty()).unwrap()
}

async fn text(answer: Response) -> String {
    String::from_utf8(to_bytes(answer.into_body(), 1 << 10).await.unwrap().to_vec()).unwrap()
}

/// A router that lets the test edit the file in the middle of a request: between a middleware and the handler under it.
fn twice(scratch: std::sync::Arc<Scratch>, store: &Store<Config>) -> Router {
    let edited = store.clone();
    let middleware = from_fn(move |config: RequestConfig<Config>, request: Request<Body>, next: Next| {
        let (scratch, store) = (scratch.clone(), edited.clone());
        async move {
            let before = config.retention.events_days;
            scratch.edit(&store, before + 1);
            let inner = text(next.run(request).await).await;
            Response::new(Body::from(format!("{before} {inner}")))
        }
    });
    let handler = async |first: RequestConfig<Config>, second: RequestConfig<Config>| {
        assert_eq!(first.revision(), second.revision());
        second.retention.events_days.to_string()
    };
    Router::new()
        .route("/", get(handler))
        .layer(SnapshotLayer::new(store.clone()))
        .layer(middleware)
        .layer(SnapshotLayer::new(store.clone()))
}

#[tokio::test]
async fn a_request_sees_one_revision_and_two_requests_see_two() {
    let scratch = std::sync::Arc::new(Scratch::new());
    let store = scratch.store::<Config>();
    scratch.edit(&store, 1);
    let router = twice(scratch, &store);
    assert_eq!(text(router.clone().oneshot(ask()).await.unwrap()).await, "1 1");
    assert_eq!(text(router.oneshot(ask()).await.unwrap()).await, "2 2");
}

/// The test says when each chunk is made.
type Pace = std::sync::Arc<tokio::sync::Mutex<mpsc::Receiver<()>>>;

async fn streams(State(pace): State<Pace>, config: RequestConfig<Config>) -> Body {
    let pace = pace.lock_owned().await;
    Body::from_stream(stream::unfold((pace, config), async |(mut pace, config)| {
        pace.recv().await?;
        let chunk = Bytes::from(config.retention.events_days.to_string());
        Some((Ok::<_, BoxError>(chunk), (pace, config)))
    }))
}

#[tokio::test]
async fn a_stream_keeps_it_to_its_last_chunk() {
    let scratch = Scratch::new();
    let store = scratch.store::<Config>();
    scratch.edit(&store, 1);
    let (go, pace) = mpsc::channel(1);
    let router = Router::new()
        .route("/", get(streams))
        .layer(SnapshotLayer::new(store.clone()))
        .with_state(std::sync::Arc::new(tokio::sync::Mutex::new(pace)));
    let mut chunks = router.oneshot(ask()).await.unwrap().into_body().into_data_stream();
    for days in [2, 3, 4] {
        go.send(()).await.unwrap();
        assert_eq!(chunks.next().await.unwrap().unwrap(), "1");
        scratch.edit(&store, days);
    }
    drop(go);
    assert!(chunks.next().await.is_none());
}

#[tokio::test]
async fn without_the_layer_the_answer_is_500_and_names_it() {
    let handler = async |config: RequestConfig<Config>| config.retention.events_days.to_string();
    let answer = Router::new().route("/", get(handler)).oneshot(ask()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let text = text(answer).await;
    assert!(text.contains("config_tower::SnapshotLayer") && text.contains("Config"), "{text}");
}
