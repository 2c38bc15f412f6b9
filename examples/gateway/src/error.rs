//! What a caller is told when there is no answer, in the shape of the `OpenAI` API.

use std::error::Error;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use config_model::Refusal;
use config_tower::MissingLayer;
use serde_json::json;

/// Why a request is not served. No variant holds anything that the caller sent: nothing of it can be echoed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ApiError {
    /// Auth is on, and there is no `Authorization: Bearer KEY`.
    NoKey,
    /// The body is not a JSON object.
    NotJson,
    /// The body names no model.
    NoModel,
    /// The body could not be read to its end.
    BrokenBody,
    /// The body is above the limit.
    TooLarge,
    /// The config says no.
    Refused(Refusal),
    /// No such path.
    NoRoute,
    /// The path has other methods.
    WrongMethod,
    /// The upstream did not answer, or not in a way that can be handed on.
    NoUpstream,
    /// A mistake in this program.
    Internal,
}

/// The type, for everything that is the caller's to mend.
const INVALID: &str = "invalid_request_error";

impl ApiError {
    /// Status, type, code and message.
    fn parts(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::NoKey => (
                StatusCode::UNAUTHORIZED,
                INVALID,
                "invalid_api_key",
                "A key is needed: `Authorization: Bearer KEY`.",
            ),
            Self::NotJson => {
                (StatusCode::BAD_REQUEST, INVALID, "invalid_json", "The body must be a JSON object.")
            }
            Self::NoModel => {
                (StatusCode::BAD_REQUEST, INVALID, "missing_model", "`model` must be the alias of a model.")
            }
            Self::BrokenBody => {
                (StatusCode::BAD_REQUEST, INVALID, "invalid_body", "The body could not be read.")
            }
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, INVALID, "request_too_large", "The body is too large.")
            }
            Self::Refused(refusal) => refused(refusal),
            Self::NoRoute => (StatusCode::NOT_FOUND, INVALID, "unknown_url", "There is nothing at this URL."),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                INVALID,
                "method_not_allowed",
                "This URL does not take this method.",
            ),
            Self::NoUpstream => (
                StatusCode::BAD_GATEWAY,
                "api_error",
                "upstream_error",
                "The upstream gave no usable answer.",
            ),
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal_error", "The gateway failed.")
            }
        }
    }

    fn param(self) -> Option<&'static str> {
        matches!(self, Self::NoModel | Self::Refused(_)).then_some("model")
    }
}

fn refused(refusal: Refusal) -> (StatusCode, &'static str, &'static str, &'static str) {
    match refusal {
        Refusal::UnknownModel => {
            (StatusCode::NOT_FOUND, INVALID, "model_not_found", "No model has this alias.")
        }
        Refusal::Disabled => {
            (StatusCode::FORBIDDEN, "permission_error", "model_disabled", "The model is disabled.")
        }
        Refusal::KeyNotAllowed => (
            StatusCode::FORBIDDEN,
            "permission_error",
            "model_not_allowed",
            "The key may not use this model.",
        ),
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The caller is not told how this program is put together, and whoever runs it is.
impl From<MissingLayer> for ApiError {
    fn from(missing: MissingLayer) -> Self {
        tracing::error!("{missing}");
        Self::Internal
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE { Self::TooLarge } else { Self::BrokenBody }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, kind, code, message) = self.parts();
        let error = json!({"message": message, "type": kind, "param": self.param(), "code": code});
        let mut response = (status, Json(json!({"error": error}))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An error and its causes in one line: no error here repeats its cause.
pub(crate) fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
