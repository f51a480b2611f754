//! A body that is the same for all clients, with an `ETag`, so that they need not download it twice.

use std::hash::{DefaultHasher, Hasher as _};

use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// A body with its headers, among them its `ETag`.
#[derive(Debug, Clone)]
pub(super) struct File {
    headers: HeaderMap,
    etag: String,
    body: Bytes,
}

impl File {
    pub(super) fn new(content_type: &'static str, cache_control: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut hasher = DefaultHasher::new();
        hasher.write(&body);
        let etag = format!("\"{:016x}\"", hasher.finish());
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(content_type)),
            (CACHE_CONTROL, HeaderValue::from_static(cache_control)),
            (ETAG, HeaderValue::from_str(&etag).expect("quoted digits")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ]);
        Self { headers, etag, body }
    }

    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        if self.is_known(request) {
            (StatusCode::NOT_MODIFIED, self.headers.clone()).into_response()
        } else {
            (self.headers.clone(), self.body.clone()).into_response()
        }
    }

    /// Whether the client has this body already (RFC 9110, section 13.1.2).
    fn is_known(&self, request: &HeaderMap) -> bool {
        let known = request.get_all(IF_NONE_MATCH).into_iter().filter_map(|known| known.to_str().ok());
        known
            .flat_map(|known| known.split(','))
            .map(str::trim)
            .any(|known| known == "*" || known.trim_start_matches("W/") == self.etag)
    }
}

/// Only the pages of Swagger UI need these.
#[cfg(feature = "swagger-ui")]
impl File {
    pub(super) fn with_header(mut self, name: axum::http::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The `ETag` without quotes, for URLs.
    pub(super) fn tag(&self) -> &str {
        self.etag.trim_matches('"')
    }
}
