//! One request to a route of a probe.

use axum::body::Body;
use axum::extract::{FromRequestParts as _, RawPathParams, State};
use axum::handler::Handler;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, on};

use super::body::TwoParts;
#[cfg(feature = "metrics")]
use super::route_marker::MarksRoute;
use super::selection;
use crate::health::{Health, Waiting};
use crate::probe::Probe;
use crate::report::{FORMATS, Format, Problem, Report};

/// The headers of every response.
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// The index of the format in which reports are sent.
const DEFAULT: usize = 0;

/// The route of the full report of a probe.
pub(super) fn all(probe: Probe) -> MethodRouter<Health> {
    route(move |State(health): State<Health>, request: Request<Body>| async move {
        if let Some(kept) = kept(&health, probe, &request) {
            return for_method(request.method(), kept.map(Body::new));
        }
        let (request, _) = request.into_parts();
        let selection = selection::parse(request.uri.query());
        if health.check_selection(probe, &selection).is_err() {
            return respond(&request.method, Problem::UNKNOWN_TAG);
        }
        let report = health.report(probe, &selection, health.expose().to(&request), Waiting::Route).await;
        respond(&request.method, (selection::ignored(&health, probe, &selection), answer(&report)))
    })
}

/// The answer to `GET` that was kept since the last request, if it holds for this one.
pub(super) fn kept<B>(health: &Health, probe: Probe, request: &Request<B>) -> Option<Response<TwoParts>> {
    if request.uri().query().is_some() || !health.expose().is_for_all() {
        return None;
    }
    let (status, parts) = health.rendered(probe, DEFAULT, |report| (status(report.is_success()), report.now()))?;
    let mut response = Response::new(TwoParts(parts));
    *response.status_mut() = status;
    // One by one: `extend` costs a thousand instructions more.
    for (name, value) in media_type(&FORMATS[DEFAULT]).into_iter().chain(HEADERS) {
        response.headers_mut().insert(name, value);
    }
    Some(response)
}

/// The route of the report about one check, which its path names.
pub(super) fn one(probe: Probe) -> MethodRouter<Health> {
    route(move |State(health): State<Health>, request: Request<Body>| async move {
        let (mut request, _) = request.into_parts();
        let report = match parameter(&mut request, "check").await {
            Some(name) => health.report_of(probe, &name, health.expose().to(&request), Waiting::Route).await,
            None => None,
        };
        respond(&request.method, report.ok_or(Problem::UNKNOWN_CHECK))
    })
}

/// A segment of the path; `None` if it cannot be decoded.
pub(super) async fn parameter(request: &mut Parts, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(request, &()).await.ok()?;
    params.iter().find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// HAProxy's default check is `OPTIONS`, which therefore has the status code of `GET`.
pub(super) fn route<H: Handler<T, Health>, T: 'static>(handler: H) -> MethodRouter<Health> {
    let unknown_method = async || (HEADERS, Problem::UNKNOWN_METHOD);
    #[cfg(feature = "metrics")]
    let (handler, unknown_method) = (MarksRoute::new(handler), MarksRoute::new(unknown_method));
    on(MethodFilter::GET.or(MethodFilter::HEAD).or(MethodFilter::OPTIONS), handler).fallback(unknown_method)
}

pub(super) fn respond(method: &Method, answer: impl IntoResponse) -> Response<Body> {
    for_method(method, (HEADERS, answer).into_response())
}

/// Turns the response to `GET` into the response to this method.
pub(super) fn for_method(method: &Method, mut response: Response<Body>) -> Response<Body> {
    if method == Method::OPTIONS {
        *response.body_mut() = Body::empty();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET,HEAD,OPTIONS"));
    }
    response
}

fn status(is_success: bool) -> StatusCode {
    if is_success { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn media_type(format: &Format) -> [(HeaderName, HeaderValue); 1] {
    [(CONTENT_TYPE, HeaderValue::from_static(format.media_type))]
}

impl IntoResponse for Report {
    /// The report as the routes send it: with status code 200 or 503, and headers that forbid caching.
    fn into_response(self) -> Response<Body> {
        (HEADERS, answer(&self)).into_response()
    }
}

fn answer(report: &Report) -> Response<Body> {
    let format = &FORMATS[DEFAULT];
    (status(report.is_success()), media_type(format), format.write(report)).into_response()
}
