//! Handlers that let the metrics know where their route is mounted.

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;

use crate::health::Health;

/// A handler of ours. No path is known before the first request: routers are nested, and mounted more than once.
#[derive(Clone)]
pub(super) struct Noted<H> {
    handler: H,
    noted: Arc<OnceLock<MatchedPath>>,
}

impl<H> Noted<H> {
    pub(super) fn new(handler: H) -> Self {
        Self { handler, noted: Arc::default() }
    }

    fn note(&self, matched: &MatchedPath, health: &Health) {
        let noted = self.noted.get_or_init(|| {
            health.requests().note_health_route(matched);
            matched.clone()
        });
        // The same text at the same place, as it usually is.
        if !std::ptr::eq(noted.as_str(), matched.as_str()) {
            health.requests().note_health_route(matched);
        }
    }
}

impl<T, H: Handler<T, Health>> Handler<T, Health> for Noted<H> {
    type Future = H::Future;

    fn call(self, request: Request, health: Health) -> H::Future {
        if let Some(matched) = request.extensions().get() {
            self.note(matched, &health);
        }
        self.handler.call(request, health)
    }
}
