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

/// So many checks take a fraction of a millisecond to write; a thousand take milliseconds, and a thread that may be blocked.
const FEW: usize = 100;

/// The route of the metrics of this service.
pub(super) fn exposition(health: &Health) -> MethodRouter<Health> {
    let exposition = Arc::new(Exposition::new(health));
    route(async move |State(health): State<Health>, request: Request| {
        let format = Format::accepted(request.headers());
        let headers =
            [(CONTENT_TYPE, HeaderValue::from_static(format.content_type())), (VARY, HeaderValue::from(ACCEPT))];
        if health.slots().len() <= FEW {
            return respond(request.method(), (headers, exposition.write(format, &health)));
        }
        let exposition = Arc::clone(&exposition);
        let written = spawn_blocking(move || exposition.write(format, &health)).await;
        let written = written.unwrap_or_else(|error| panic!("the metrics cannot be written: {error}"));
        respond(request.method(), (headers, written))
    })
}
