//! The routes. Each request gets one snapshot of the config at its start, and everything is decided by it: what handlers share
//! has no store that they could take another from.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use config_model::{ApiKey, Config};
use config_store::Store;
use config_tower::{RequestConfig, SnapshotLayer};
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::{Client, Url, redirect};
use serde_json::{Map, Value, json};

use crate::error::{ApiError, chain};
use crate::health;
use crate::metrics;
use crate::relay::{Asked, relay};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 10 << 20;

/// How long the upstream may take to be reached.
const CONNECT: Duration = Duration::from_secs(5);

/// How long the upstream may be silent in the middle of an answer.
const SILENCE: Duration = Duration::from_mins(2);

/// What all requests share.
struct App {
    client: Client,
    completions: String,
}

/// The gateway in front of `upstream`.
pub(crate) fn router(
    store: Store<Config>,
    recorder: PrometheusHandle,
    upstream: &Url,
) -> reqwest::Result<Router> {
    // Requests go to the upstream and nowhere else: not to a proxy of the environment, not where a redirect points.
    let client = Client::builder().no_proxy().redirect(redirect::Policy::none());
    let client = client.connect_timeout(CONNECT).read_timeout(SILENCE).build()?;
    let completions = format!("{}/v1/chat/completions", upstream.as_str().trim_end_matches('/'));
    Ok(Router::new()
        .route("/v1/chat/completions", post(complete))
        .route("/v1/models", get(models))
        .route("/healthz", health::route(store.clone()))
        .route("/metrics", metrics::route(store.clone(), recorder))
        .fallback(|| async { ApiError::NoRoute })
        .method_not_allowed_fallback(|| async { ApiError::WrongMethod })
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .layer(SnapshotLayer::new(store))
        .with_state(Arc::new(App { client, completions })))
}

/// Who asks, and the config that answers.
struct Caller {
    config: RequestConfig<Config>,
    key: Option<ApiKey>,
}

impl Caller {
    fn key(&self) -> Option<&str> {
        self.key.as_ref().map(ApiKey::expose)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let config = RequestConfig::<Config>::of(&parts.extensions)?;
        let key = bearer(parts);
        if config.features.auth && key.is_none() {
            return Err(ApiError::NoKey);
        }
        Ok(Self { config, key })
    }
}

/// The key of `Authorization: Bearer KEY`. Keys are UTF-8 in the config, and so they are here.
fn bearer(parts: &Parts) -> Option<ApiKey> {
    let header = parts.headers.get(AUTHORIZATION)?;
    let (scheme, key) = std::str::from_utf8(header.as_bytes()).ok()?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then(|| ApiKey::new(key))
}

/// `POST /v1/chat/completions`: alias to upstream on the way in, upstream to alias on the way out.
async fn complete(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let mut request: Map<String, Value> = serde_json::from_slice(&body?).map_err(|_| ApiError::NotJson)?;
    let alias = request.get("model").and_then(Value::as_str).ok_or(ApiError::NoModel)?.to_owned();
    let model = caller.config.route(&alias, caller.key())?;
    tracing::debug!(revision = %caller.config.revision(), "an answer is asked for");
    request.insert("model".to_owned(), model.upstream.as_str().into());
    // The caller's key opens this gateway: it is not sent on.
    let answer = app.client.post(&app.completions).json(&request).send().await.map_err(|error| {
        tracing::warn!("no answer from the upstream: {}", chain(&error.without_url()));
        ApiError::NoUpstream
    })?;
    relay(answer, Asked { alias, config: caller.config }).await
}

/// `GET /v1/models`: those that the caller would get an answer from.
async fn models(caller: Caller) -> Json<Value> {
    let aliases = caller.config.models.keys();
    let served = aliases.filter(|alias| caller.config.route(alias, caller.key()).is_ok());
    // The API wants a time for each; the config does not know one.
    let listed = served.map(|id| json!({"id": id, "object": "model", "created": 0, "owned_by": "gateway"}));
    Json(json!({"object": "list", "data": listed.collect::<Vec<_>>()}))
}
