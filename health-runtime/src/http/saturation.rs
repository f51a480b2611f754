//! The layer that refuses requests beyond a limit.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Request, Response};
use axum::response::IntoResponse as _;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::health::Health;
use crate::process::{Limit, Permit};
use crate::report::Problem;

/// When clients of refused requests may come back, in seconds.
const RETRY: HeaderValue = HeaderValue::from_static("1");

/// Refuses requests beyond a limit; made by [`Health::saturation_layer`].
#[derive(Debug, Clone)]
#[must_use]
pub struct SaturationLayer {
    health: Health,
}

/// A service that gets no more requests than a limit allows; made by [`SaturationLayer`].
#[derive(Debug, Clone)]
pub struct SaturationService<S> {
    inner: S,
    health: Health,
}

pin_project! {
    /// The future of a [`SaturationService`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct SaturationFuture<F> {
        #[pin]
        inner: Option<F>,
        permit: Option<Permit>,
    }
}

pin_project! {
    /// The body of a [`SaturationService`]'s response. The request is in flight until the body has ended or is dropped.
    #[derive(Debug, Default)]
    pub struct SaturationBody {
        #[pin]
        inner: Body,
        permit: Option<Permit>,
    }
}

impl Health {
    /// A layer that refuses requests with 503 and `Retry-After: 1` while as many are in flight as
    /// [`saturation`](crate::HealthBuilder::saturation) allows. A request is in flight until its response body has ended.
    ///
    /// All services with this layer share one limit. Requests for the health routes always pass and are not counted. The same holds for
    /// requests whose path ends like that of a probe, since the router may be nested.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::Router;
    /// use axum::routing::get;
    /// use health_runtime::Health;
    ///
    /// # fn app() -> Result<Router, health_runtime::BuildError> {
    /// # let builder = Health::builder().without_registered();
    /// let health = builder.version(env!("CARGO_PKG_VERSION")).saturation(10_000).build()?;
    /// let app = Router::new()
    ///     .route("/orders", get(async || "orders"))
    ///     .merge(health.router())
    ///     .layer(health.saturation_layer())
    ///     // Outside, so that refused requests are counted.
    ///     .layer(health.metrics_layer());
    /// # Ok(app)
    /// # }
    /// # app().unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// If no limit was given to the builder.
    #[track_caller]
    pub fn saturation_layer(&self) -> SaturationLayer {
        assert!(self.request_limit().is_some(), "no limit was set: call `.saturation(limit)` on the builder");
        SaturationLayer { health: self.clone() }
    }

    /// Whether a request is for a route of ours, and has to be answered in any case.
    fn always_answers<B>(&self, request: &Request<B>) -> bool {
        let path = request.uri().path();
        #[cfg(feature = "metrics")]
        let is_known = self.is_health_route(request);
        #[cfg(not(feature = "metrics"))]
        let is_known = self.endpoints().have(path);
        is_known || self.endpoints().have_probe_below(path)
    }
}

impl<S> Layer<S> for SaturationLayer {
    type Service = SaturationService<S>;

    fn layer(&self, inner: S) -> SaturationService<S> {
        SaturationService { inner, health: self.health.clone() }
    }
}

impl<S, B, C> Service<Request<B>> for SaturationService<S>
where
    S: Service<Request<B>, Response = Response<C>>,
    C: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Response = Response<SaturationBody>;
    type Error = S::Error;
    type Future = SaturationFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_ours = self.health.always_answers(&request);
        let permit = self.health.request_limit().filter(|_| !is_ours).and_then(Limit::enter);
        let inner = (is_ours || permit.is_some()).then(|| self.inner.call(request));
        SaturationFuture { inner, permit }
    }
}

impl<F, C, E> Future for SaturationFuture<F>
where
    F: Future<Output = Result<Response<C>, E>>,
    C: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Output = Result<Response<SaturationBody>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.inner.as_pin_mut() {
            Some(inner) => std::task::ready!(inner.poll(cx))?.map(Body::new),
            None => ([(RETRY_AFTER, RETRY)], Problem::SATURATED).into_response(),
        };
        let permit = this.permit.take();
        Poll::Ready(Ok(response.map(|inner| SaturationBody { inner, permit })))
    }
}

impl HttpBody for SaturationBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.project();
        let polled = this.inner.poll_frame(cx);
        if matches!(polled, Poll::Ready(None)) {
            *this.permit = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
