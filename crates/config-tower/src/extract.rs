//! The extractor of axum's.

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use config_model::Document;
use http::StatusCode;
use http::request::Parts;

use crate::request::{MissingLayer, RequestConfig};

/// Whatever the router's state is: a handler needs no store.
impl<D: Document, S: Sync> FromRequestParts<S> for RequestConfig<D> {
    type Rejection = MissingLayer;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, MissingLayer> {
        Self::of(&parts.extensions)
    }
}

impl IntoResponse for MissingLayer {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
