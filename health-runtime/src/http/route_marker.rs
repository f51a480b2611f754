//! Handlers that mark the route of their requests as a health route.

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;

use crate::health::Health;

/// A handler of a health route. The route is not known before the first request, since routers are nested, and mounted more than once.
#[derive(Clone)]
pub(super) struct MarksRoute<H> {
    handler: H,
    marked: Arc<OnceLock<MatchedPath>>,
}

impl<H> MarksRoute<H> {
    pub(super) fn new(handler: H) -> Self {
        Self { handler, marked: Arc::default() }
    }

    fn mark(&self, matched: &MatchedPath, health: &Health) {
        let marked = self.marked.get_or_init(|| {
            health.requests().mark_health_route(matched);
            matched.clone()
        });
        // Usually the text has the same address.
        if !std::ptr::eq(marked.as_str(), matched.as_str()) {
            health.requests().mark_health_route(matched);
        }
    }
}

impl<T, H: Handler<T, Health>> Handler<T, Health> for MarksRoute<H> {
    type Future = H::Future;

    fn call(self, request: Request, health: Health) -> H::Future {
        if let Some(matched) = request.extensions().get() {
            self.mark(matched, &health);
        }
        self.handler.call(request, health)
    }
}
