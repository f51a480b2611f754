//! The route of the metrics.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::routing::MethodRouter;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::probe::{respond, route};
use crate::health::Health;
use crate::metrics::{Exposition, Format};

/// The metrics of this number of checks are written within a fraction of a millisecond. More are written on the blocking pool.
const FEW: usize = 100;

/// How long a scrape waits for a thread of the blocking pool.
const PATIENCE: Duration = Duration::from_millis(100);

/// The route of the metrics of this service.
pub(super) fn exposition(health: &Health) -> MethodRouter<Health> {
    let exposition = Arc::new(Exposition::new(health));
    route(async move |State(health): State<Health>, request: Request| {
        let format = Format::accepted(request.headers());
        let headers =
            [(CONTENT_TYPE, HeaderValue::from_static(format.content_type())), (VARY, HeaderValue::from(ACCEPT))];
        let written = if format == Format::Json || health.slots().len() <= FEW {
            exposition.write(format, &health)
        } else {
            elsewhere(&exposition, format, &health).await
        };
        respond(request.method(), (headers, written))
    })
}

/// Writes many metrics on the blocking pool, unless no thread is free soon: a scrape is most useful when everything hangs.
async fn elsewhere(exposition: &Arc<Exposition>, format: Format, health: &Health) -> String {
    let here = || exposition.write(format, health);
    let Some(timers) = health.timers() else { return here() };
    let patience = {
        let _entered = timers.enter();
        sleep(PATIENCE)
    };
    let has_begun = Arc::new(OnceLock::new());
    let mut there = {
        let (exposition, health, has_begun) = (Arc::clone(exposition), health.clone(), Arc::clone(&has_begun));
        spawn_blocking(move || {
            let _ = has_begun.set(());
            exposition.write(format, &health)
        })
    };
    tokio::select! {
        biased;
        written = &mut there => return written.unwrap_or_else(|_| here()),
        () = patience => {}
    }
    if has_begun.get().is_some() { there.await.unwrap_or_else(|_| here()) } else { here() }
}
