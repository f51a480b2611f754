//! The OpenAPI document and the JSON Schemas.

use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;
use serde_json::Value;

use super::probe::{for_method, parameter, route};
use crate::health::Health;
use crate::openapi;
use crate::report::Problem;

/// What has been written for the checks that there are now, since somebody asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Documents(Arc<ArcSwapOption<Written>>);

#[derive(Debug)]
struct Written {
    documents: openapi::Documents,
    openapi: Document,
}

/// A document as it is sent.
#[derive(Debug, Clone)]
struct Document {
    content_type: &'static str,
    body: Bytes,
    etag: HeaderValue,
}

impl Documents {
    /// The route of the OpenAPI document.
    pub(super) fn openapi(&self) -> MethodRouter<Health> {
        let documents = self.clone();
        route(async move |State(health): State<Health>, request: Request| {
            let answer = documents.of(&health).openapi.answer(request.headers());
            for_method(request.method(), answer)
        })
    }

    /// The route of the schemas; its last segment is `{schema}`.
    pub(super) fn schemas(&self) -> MethodRouter<Health> {
        let documents = self.clone();
        route(async move |State(health): State<Health>, request: Request| {
            let (mut request, _) = request.into_parts();
            let file = parameter(&mut request, "schema").await;
            let name = file.as_deref().and_then(|file| file.strip_suffix(".json"));
            let schema = name.and_then(|name| documents.of(&health).documents.schema(name));
            let answer = match schema {
                Some(schema) => Document::new("application/schema+json", schema).answer(&request.headers),
                None => Problem::UNKNOWN_SCHEMA.into_response(),
            };
            for_method(&request.method, answer)
        })
    }

    fn of(&self, health: &Health) -> Arc<Written> {
        if let Some(written) = self.0.load_full().filter(|written| written.documents.are_current(health)) {
            return written;
        }
        let documents = openapi::Documents::of(health);
        let openapi = serde_json::to_value(documents.openapi(health)).expect("every name in a document is a text");
        let written = Arc::new(Written { documents, openapi: Document::new("application/json", openapi) });
        self.0.store(Some(Arc::clone(&written)));
        written
    }
}

impl Document {
    fn new(content_type: &'static str, mut json: Value) -> Self {
        // The same bytes in every build, also where some crate makes the maps of `serde_json` keep another order.
        json.sort_all_objects();
        let body = Bytes::from(json.to_string());
        let mut hasher = DefaultHasher::new();
        hasher.write(&body);
        let etag = HeaderValue::from_str(&format!("\"{:016x}\"", hasher.finish())).expect("quoted digits");
        Self { content_type, body, etag }
    }

    fn answer(&self, request: &HeaderMap) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(self.content_type)),
            // To be kept, and asked for again each time.
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (ETAG, self.etag.clone()),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        if self.is_known(request) {
            (StatusCode::NOT_MODIFIED, headers).into_response()
        } else {
            (headers, self.body.clone()).into_response()
        }
    }

    /// Whether the client has this document already (RFC 9110, section 13.1.2).
    fn is_known(&self, request: &HeaderMap) -> bool {
        let known = request.get_all(IF_NONE_MATCH).into_iter().filter_map(|known| known.to_str().ok());
        known
            .flat_map(|known| known.split(','))
            .map(str::trim)
            .any(|known| known == "*" || known.trim_start_matches("W/") == self.etag)
    }
}
