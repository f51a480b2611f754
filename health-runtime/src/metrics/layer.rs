//! The layer that counts requests, and the services that it makes.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::extract::MatchedPath;
use axum::http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::health_routes::HealthRoute;
use super::histogram::Bounds;
use super::method::Method;
use super::requests::{Requests, Route, Rules, Unanswered};
use super::response::{MetricsBody, MetricsFuture};

/// Seconds: from a response out of memory to the patience of a client.
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Counts requests; made by [`Health::metrics_layer`](crate::Health::metrics_layer).
#[derive(Debug, Clone)]
#[must_use]
pub struct MetricsLayer {
    requests: Arc<Requests>,
    rules: Rules,
}

/// A service that counts its requests; made by [`MetricsLayer`].
#[derive(Clone)]
pub struct MetricsService<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// Shared by the clones of a service. axum makes a service for each route.
#[derive(Debug)]
struct Shared {
    layer: MetricsLayer,
    last: OnceLock<(Option<MatchedPath>, Arc<Route>)>,
}

impl MetricsLayer {
    pub(super) fn new(requests: Arc<Requests>) -> Self {
        Self { requests, rules: Rules { bounds: Bounds::new(BUCKETS), counts_health_routes: true } }
    }

    /// Sets the upper bounds of the latency histogram's buckets, in seconds; 13 bounds from 1 ms to 10 s by default. Ignores bounds that
    /// are infinite, not above zero, or NaN.
    ///
    /// Set the same buckets on every layer: the first layer that counts a route and method decides.
    pub fn buckets(mut self, seconds: impl IntoIterator<Item = f64>) -> Self {
        self.rules.bounds = Bounds::new(seconds);
        self
    }

    /// Sets whether requests for the health routes are counted; `true` by default. They get the header `X-Response-Time` in any case.
    ///
    /// Of these requests, the latency histogram contains only those that get a 5xx status or take more than a second.
    pub fn count_health_routes(mut self, counts: bool) -> Self {
        self.rules.counts_health_routes = counts;
        self
    }
}

impl<S> Layer<S> for MetricsLayer {
    type Service = MetricsService<S>;

    fn layer(&self, inner: S) -> MetricsService<S> {
        let shared = Shared { layer: self.clone(), last: OnceLock::new() };
        MetricsService { inner, shared: Arc::new(shared) }
    }
}

impl Shared {
    fn begin<B>(&self, request: &mut Request<B>) -> Unanswered {
        let matched = request.extensions().get::<MatchedPath>();
        let find = || self.layer.requests.route(matched);
        let (known, route) = self.last.get_or_init(|| (matched.cloned(), find()));
        let method = Method::of(request.method());
        // A service around several routes sees another route.
        let other = (!is_same(known.as_ref(), matched)).then(find);
        let route = other.as_ref().unwrap_or(route);
        let unanswered = route.begin(method, &self.layer.rules);
        if route.is_health() {
            request.extensions_mut().insert(HealthRoute);
        }
        unanswered
    }
}

/// Whether both are the same text at the same address, as for requests of one route.
fn is_same(a: Option<&MatchedPath>, b: Option<&MatchedPath>) -> bool {
    let text = |path: Option<&MatchedPath>| path.map(|path| std::ptr::from_ref(path.as_str()));
    match (text(a), text(b)) {
        (Some(a), Some(b)) => std::ptr::eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

impl<S, B, C> Service<Request<B>> for MetricsService<S>
where
    S: Service<Request<B>, Response = Response<C>>,
{
    type Response = Response<MetricsBody<C>>;
    type Error = S::Error;
    type Future = MetricsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let unanswered = self.shared.begin(&mut request);
        MetricsFuture::new(self.inner.call(request), unanswered)
    }
}

impl<S: fmt::Debug> fmt::Debug for MetricsService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
