//! The OpenAPI document and the JSON Schemas.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::extract::{Request, State};
use axum::response::IntoResponse as _;
use axum::routing::MethodRouter;
use serde_json::Value;

use super::file::File;
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
    openapi: File,
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
                Some(schema) => document("application/schema+json", schema).answer(&request.headers),
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
        let written = Arc::new(Written { documents, openapi: document("application/json", openapi) });
        self.0.store(Some(Arc::clone(&written)));
        written
    }
}

/// A document as it is sent; to be kept, and asked for again each time.
fn document(content_type: &'static str, mut json: Value) -> File {
    // The same bytes in every build, also where some crate makes the maps of `serde_json` keep another order.
    json.sort_all_objects();
    File::new(content_type, "no-cache", json.to_string())
}
