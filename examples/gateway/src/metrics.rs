//! `GET /metrics`: what the store counts and measures, as text for Prometheus.

use std::error::Error;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};
use config_model::Config;
use config_store::Store;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::error::ApiError;

/// Upper bounds of a histogram of saves, in seconds: a fast disk, a slow one, a wait for another process.
const SAVES: [f64; 8] = [0.001, 0.004, 0.016, 0.064, 0.25, 1.0, 4.0, 16.0];

/// How often what was measured is put where nobody asks for it.
const UPKEEP: Duration = Duration::from_mins(1);

/// The format's own name.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Collects from now on: before the store is opened, so that nothing is missed.
pub(crate) fn start() -> Result<PrometheusHandle, Box<dyn Error>> {
    let saves = Matcher::Full("config_update_duration_seconds".to_owned());
    Ok(PrometheusBuilder::new().set_buckets_for_metric(saves, &SAVES)?.install_recorder()?)
}

/// Keeps the memory that measures take bounded, also where nobody reads them.
pub(crate) async fn keep_up(recorder: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        recorder.run_upkeep();
    }
}

/// The route, with a state of its own: the other handlers cannot ask for it.
pub(crate) fn route<S: Clone + Send + Sync + 'static>(
    store: Store<Config>,
    recorder: PrometheusHandle,
) -> MethodRouter<S> {
    get(metrics).with_state((store, recorder))
}

async fn metrics(
    State((store, recorder)): State<(Store<Config>, PrometheusHandle)>,
) -> Result<impl IntoResponse, ApiError> {
    // It asks the file system, which may be slow.
    let collected = tokio::task::spawn_blocking(move || {
        store.collect_metrics();
        recorder.render()
    });
    Ok(([(CONTENT_TYPE, TEXT)], collected.await.map_err(|_| ApiError::Internal)?))
}
