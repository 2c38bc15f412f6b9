//! `GET /healthz`: how the store is doing. The one part of the service that has the store, and asks it for nothing else.

use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use axum::routing::{MethodRouter, get};
use config_model::Config;
use config_store::{Store, WatchHealth};
use serde_json::{Value, json};

use crate::error::ApiError;

/// The route, with a state of its own: the other handlers cannot ask for it.
pub(crate) fn route<S: Clone + Send + Sync + 'static>(store: Store<Config>) -> MethodRouter<S> {
    get(health).with_state(store)
}

/// "degraded" is still 200, because the last good config is served.
async fn health(State(store): State<Store<Config>>) -> Result<Json<Value>, ApiError> {
    let path = store.path().to_string_lossy().into_owned();
    // The status may wait for a look at the disk to end; a snapshot never does.
    let status = tokio::task::spawn_blocking(move || store.status()).await.map_err(|_| ApiError::Internal)?;
    Ok(Json(json!({
        "status": if status.rejection.is_none() { "ok" } else { "degraded" },
        "path": path,
        "revision": status.revision.to_string(),
        "generation": status.generation,
        "stale": status.stale,
        "rejection": status.rejection.map(|rejection| rejection.to_string()),
        "recovered": status.recovered.map(|recovered| recovered.revision.to_string()),
        "warnings": status.warnings,
        "accepted_at": unix_millis(status.accepted_at),
        "looked_at": unix_millis(status.looked_at),
        "watch": status.watch.as_ref().map(watch),
    })))
}

/// A watch that is blind says so: how it notices changes, where, and what keeps it from better.
fn watch(health: &WatchHealth) -> Value {
    json!({
        "mode": health.mode.name(),
        "armed": health.armed.iter().map(|directory| directory.to_string_lossy()).collect::<Vec<_>>(),
        "rearms": health.rearms,
        "last_look": health.last_look.and_then(unix_millis),
        "last_change": health.last_change.and_then(unix_millis),
        "last_error": health.last_error,
        "panics": health.panics,
    })
}

/// Milliseconds since 1970; nothing for a clock that is set before.
fn unix_millis(time: SystemTime) -> Option<u64> {
    time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis().try_into().ok()
}
