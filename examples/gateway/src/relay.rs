//! The way back: the upstream's answer, under the alias that was asked for, to the last chunk.

use axum::BoxError;
use axum::body::{Body, to_bytes};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use config_model::Config;
use config_tower::RequestConfig;
use futures_util::{Stream, TryStreamExt as _, stream};

use crate::error::{ApiError, chain};
use crate::sse::{Rewriter, with_model};

/// The largest answer that is not streamed, in bytes.
const MAX_ANSWER: usize = 64 << 20;

/// What a request was decided by, kept until its answer is complete: a reload in between changes nothing for it.
pub(crate) struct Asked {
    pub(crate) alias: String,
    pub(crate) config: RequestConfig<Config>,
}

/// Hands `answer` on with its status, as a stream when it is one.
pub(crate) async fn relay(answer: reqwest::Response, asked: Asked) -> Result<Response, ApiError> {
    let status = answer.status();
    let content_type = answer.headers().get(CONTENT_TYPE).cloned();
    let is_stream = content_type.as_ref().is_some_and(is_event_stream);
    let body =
        if is_stream { Body::from_stream(chunks(answer, asked)) } else { whole(answer, &asked).await? };
    let mut response = (status, body).into_response();
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    if is_stream {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    Ok(response)
}

fn is_event_stream(content_type: &HeaderValue) -> bool {
    let media_type = content_type.to_str().ok().and_then(|text| text.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// An answer in one piece. What is not a JSON object is handed on as it is.
async fn whole(answer: reqwest::Response, asked: &Asked) -> Result<Body, ApiError> {
    let body = to_bytes(Body::new(reqwest::Body::from(answer)), MAX_ANSWER).await.map_err(|error| {
        tracing::warn!("the upstream's answer broke off: {}", chain(&*error.into_inner()));
        ApiError::NoUpstream
    })?;
    Ok(with_model(&body, &asked.alias).map_or_else(|| Body::from(body), Body::from))
}

struct Streaming {
    upstream: reqwest::Response,
    rewriter: Rewriter,
    config: RequestConfig<Config>,
}

/// The chunks as they come. A failure ends the connection, so that the client does not take half for the whole.
fn chunks(
    upstream: reqwest::Response,
    Asked { alias, config }: Asked,
) -> impl Stream<Item = Result<Vec<u8>, BoxError>> {
    let start = Streaming { upstream, rewriter: Rewriter::new(alias), config };
    stream::try_unfold(Some(start), next)
        .inspect_err(|error: &BoxError| tracing::warn!("a streamed answer broke off: {}", chain(&**error)))
}

async fn next(streaming: Option<Streaming>) -> Result<Option<(Vec<u8>, Option<Streaming>)>, BoxError> {
    let Some(mut streaming) = streaming else { return Ok(None) };
    if let Some(bytes) = streaming.upstream.chunk().await? {
        let events = streaming.rewriter.push(&bytes)?;
        return Ok(Some((events, Some(streaming))));
    }
    tracing::debug!(revision = %streaming.config.revision(), "a streamed answer is complete");
    Ok(Some((streaming.rewriter.finish(), None)))
}
