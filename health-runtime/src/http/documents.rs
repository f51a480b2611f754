//! The OpenAPI document and the JSON Schemas.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::extract::{Request, State};
use axum::response::IntoResponse as _;
use axum::routing::MethodRouter;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::file::File;
use super::probe::{for_method, parameter, route};
use crate::health::Health;
use crate::openapi;
use crate::report::Problem;

/// The documents of the current checks, generated on first request.
#[derive(Debug, Clone, Default)]
pub(super) struct Documents(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    written: ArcSwapOption<Written>,
    /// Held during generation, so that concurrent requests wait for the same documents.
    writing: Arc<Mutex<()>>,
}

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
            let (request, _) = request.into_parts();
            let answer = documents.of(&health).await.openapi.answer(&request.headers);
            for_method(&request.method, answer)
        })
    }

    /// The route of the schemas; its last segment is `{schema}`.
    pub(super) fn schemas(&self) -> MethodRouter<Health> {
        let documents = self.clone();
        route(async move |State(health): State<Health>, request: Request| {
            let (mut request, _) = request.into_parts();
            let file = parameter(&mut request, "schema").await;
            let name = file.as_deref().and_then(|file| file.strip_suffix(".json"));
            let schema = match name {
                Some(name) => documents.of(&health).await.documents.schema(name),
                None => None,
            };
            let answer = match schema {
                Some(schema) => document("application/schema+json", schema).answer(&request.headers),
                None => Problem::UNKNOWN_SCHEMA.into_response(),
            };
            for_method(&request.method, answer)
        })
    }

    async fn of(&self, health: &Health) -> Arc<Written> {
        let current = || self.0.written.load_full().filter(|written| written.documents.are_current(health));
        if let Some(written) = current() {
            return written;
        }
        let writing = Arc::clone(&self.0.writing).lock_owned().await;
        if let Some(written) = current() {
            return written;
        }
        let (health, kept) = (health.clone(), Arc::clone(&self.0));
        let write = move || {
            // Held until the documents are stored, even if the client disconnects.
            let _writing = writing;
            let written = Arc::new(Written::of(&health));
            kept.written.store(Some(Arc::clone(&written)));
            written
        };
        // For hundreds of checks, this takes a third of a second.
        spawn_blocking(write).await.unwrap_or_else(|error| panic!("the documents cannot be generated: {error}"))
    }
}

impl Written {
    fn of(health: &Health) -> Self {
        let documents = openapi::Documents::of(health);
        let openapi = serde_json::to_value(documents.openapi(health)).expect("every name in a document is a text");
        Self { documents, openapi: document("application/json", openapi) }
    }
}

/// A document as it is sent. Clients may keep it, but must revalidate it.
fn document(content_type: &'static str, mut json: Value) -> File {
    // The same bytes in every build, even if a crate enables `preserve_order` of `serde_json`.
    json.sort_all_objects();
    File::new(content_type, "no-cache", json.to_string())
}
