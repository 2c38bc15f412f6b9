//! The service behind the gateway, when no other is given: it knows no aliases, and streams slowly, so that an edit of
//! the config can land in the middle of an answer.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How many chunks with content a streamed answer has.
const CHUNKS: usize = 12;

/// Between two of them.
const PACE: Duration = Duration::from_millis(200);

/// Serves on a free port of this machine, for as long as the process lives.
pub(crate) async fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router =
        Router::new().route("/v1/chat/completions", post(complete)).layer(DefaultBodyLimit::disable());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

#[derive(Deserialize)]
struct Request {
    model: String,
    #[serde(default)]
    stream: bool,
}

async fn complete(Json(Request { model, stream }): Json<Request>) -> Response {
    if stream { Sse::new(chunks(model)).into_response() } else { Json(whole(&model)).into_response() }
}

fn whole(model: &str) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": "Hello from the upstream."},
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    })
}

/// Content, slowly; then why it ends; then the mark that it did.
fn chunks(model: String) -> impl Stream<Item = Result<Event, Infallible>> {
    let content = stream::iter(1..=CHUNKS).map(|number| (json!({"content": format!("{number} ")}), None));
    let finish = stream::iter([(json!({}), Some("stop"))]);
    let events = content.chain(finish).then(move |(delta, finish_reason)| {
        let chunk = chunk(&model, &delta, finish_reason);
        async move {
            tokio::time::sleep(PACE).await;
            Event::default().data(chunk.to_string())
        }
    });
    events.chain(stream::iter([Event::default().data("[DONE]")])).map(Ok)
}

fn chunk(model: &str, delta: &Value, finish_reason: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    })
}
