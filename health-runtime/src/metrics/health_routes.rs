//! Keeps requests for the health routes out of logs and traces.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::MatchedPath;
use axum::http::{Request, Response};
use http_body_util::Either;
use pin_project_lite::pin_project;
use tower::util::{Oneshot, ServiceExt as _};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Span;

use crate::health::Health;

/// An extension of requests for the health routes, which [`MetricsLayer`](super::MetricsLayer) adds for the layers inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthRoute;

/// Applies a layer to all routes except the health routes; made by [`Health::except_health_routes`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ExceptHealthRoutes<L> {
    layer: L,
    health: Health,
}

/// A service with a layer that requests for health routes bypass; made by [`ExceptHealthRoutes`].
#[derive(Debug, Clone)]
pub struct ExceptHealthRoutesService<S, T> {
    inner: S,
    layered: T,
    health: Health,
}

pin_project! {
    /// The future of an [`ExceptHealthRoutesService`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct ExceptHealthRoutesFuture<F, G> {
        #[pin]
        called: Called<F, G>,
    }
}

pin_project! {
    #[project = Project]
    #[derive(Debug)]
    enum Called<F, G> {
        Inner { #[pin] inner: F },
        Layered { #[pin] layered: G },
    }
}

impl Health {
    /// Returns whether a request is for a health route.
    ///
    /// Routes that are nested under a path other than [`base_path`](crate::HealthBuilder::base_path) are recognised after their first
    /// response.
    pub fn is_health_route<B>(&self, request: &Request<B>) -> bool {
        self.requests().is_health_route(request.extensions().get::<MatchedPath>(), request.uri().path())
    }

    /// Applies a layer, such as `tower-http`'s `TraceLayer`, to all routes except the health routes, so that probes make no spans and no
    /// lines in an access log. Changes of a check are still logged.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::Router;
    /// use health_runtime::Health;
    /// use tower::util::MapRequestLayer;
    ///
    /// # fn app() -> Result<Router, health_runtime::BuildError> {
    /// # let log = MapRequestLayer::new(|request: axum::extract::Request| request);
    /// let health = Health::builder().version(env!("CARGO_PKG_VERSION")).without_registered().build()?;
    /// let app = Router::new()
    ///     .merge(health.router())
    ///     .layer(health.except_health_routes(log))
    ///     .layer(health.metrics_layer());
    /// # Ok(app)
    /// # }
    /// # app().unwrap();
    /// ```
    pub fn except_health_routes<L>(&self, layer: L) -> ExceptHealthRoutes<L> {
        ExceptHealthRoutes { layer, health: self.clone() }
    }

    /// Returns a `MakeSpan` for `tower-http`'s `TraceLayer` that calls `make_span`, and makes no spans for the health routes.
    ///
    /// The layer still writes its lines, outside of a span. [`except_health_routes`](Self::except_health_routes) suppresses both.
    pub fn make_span<B, F: FnMut(&Request<B>) -> Span + Clone>(
        &self,
        mut make_span: F,
    ) -> impl FnMut(&Request<B>) -> Span + Clone + use<B, F> {
        let health = self.clone();
        move |request| if health.is_health_route(request) { Span::none() } else { make_span(request) }
    }
}

impl<S: Clone, L: Layer<S>> Layer<S> for ExceptHealthRoutes<L> {
    type Service = ExceptHealthRoutesService<S, L::Service>;

    fn layer(&self, inner: S) -> Self::Service {
        ExceptHealthRoutesService { layered: self.layer.layer(inner.clone()), inner, health: self.health.clone() }
    }
}

impl<S, T, B, C, D> Service<Request<B>> for ExceptHealthRoutesService<S, T>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    T: Service<Request<B>, Response = Response<D>> + Clone,
    S::Error: Into<T::Error>,
{
    type Response = Response<Either<C, D>>;
    type Error = T::Error;
    type Future = ExceptHealthRoutesFuture<Oneshot<S, Request<B>>, Oneshot<T, Request<B>>>;

    /// Always ready: the future waits for the service that gets the request.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let called = if self.health.is_health_route(&request) {
            Called::Inner { inner: self.inner.clone().oneshot(request) }
        } else {
            Called::Layered { layered: self.layered.clone().oneshot(request) }
        };
        ExceptHealthRoutesFuture { called }
    }
}

impl<F, G, C, D, E, X> Future for ExceptHealthRoutesFuture<F, G>
where
    F: Future<Output = Result<Response<C>, X>>,
    G: Future<Output = Result<Response<D>, E>>,
    X: Into<E>,
{
    type Output = Result<Response<Either<C, D>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().called.project() {
            Project::Inner { inner } => {
                inner.poll(cx).map(|result| result.map(|response| response.map(Either::Left)).map_err(Into::into))
            }
            Project::Layered { layered } => {
                layered.poll(cx).map(|result| result.map(|response| response.map(Either::Right)))
            }
        }
    }
}
