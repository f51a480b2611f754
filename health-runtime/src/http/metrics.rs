//! The route of the metrics.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::routing::MethodRouter;
use tokio::task::spawn_blocking;

use super::probe::{respond, route};
use crate::health::Health;
use crate::metrics::{Exposition, Format};

/// The route of the metrics of this service.
pub(super) fn exposition(health: &Health) -> MethodRouter<Health> {
    let exposition = Arc::new(Exposition::new(health));
    route(async move |State(health): State<Health>, request: Request| {
        let format = Format::accepted(request.headers());
        let headers =
            [(CONTENT_TYPE, HeaderValue::from_static(format.content_type())), (VARY, HeaderValue::from(ACCEPT))];
        let exposition = Arc::clone(&exposition);
        // Those of a thousand checks take milliseconds.
        let written = spawn_blocking(move || exposition.write(format, &health)).await;
        let written = written.unwrap_or_else(|error| panic!("the metrics cannot be written: {error}"));
        respond(request.method(), (headers, written))
    })
}
