//! One request to a route of a probe.

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::handler::Handler;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};

use super::problem::Problem;
use crate::health::Health;
use crate::probe::Probe;
use crate::report::Report;

/// On every answer, whatever it says.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (VARY, HeaderValue::from_static("accept")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// The route that answers with all checks of a probe.
pub(super) fn all(probe: Probe) -> MethodRouter<Health> {
    route(
        move |State(health): State<Health>, method: Method| async move { respond(&method, health.probe(probe).await) },
    )
}

/// The route that answers with the check that its path names.
pub(super) fn one(probe: Probe) -> MethodRouter<Health> {
    route(move |State(health): State<Health>, method: Method, params: Result<RawPathParams, RawPathParamsRejection>| {
        async move {
            // What does not decode is no name of a check either.
            let params = params.ok();
            let name = params.iter().flatten().find_map(|(key, value)| (key == "check").then_some(value));
            let report = match name {
                Some(name) => health.probe_check(probe, name).await,
                None => None,
            };
            respond(&method, report.ok_or(Problem::UNKNOWN_CHECK))
        }
    })
}

/// `OPTIONS` is what HAProxy asks by default, and wants to know what `GET` would say.
fn route<H: Handler<T, Health>, T: 'static>(handler: H) -> MethodRouter<Health> {
    on(MethodFilter::GET.or(MethodFilter::HEAD).or(MethodFilter::OPTIONS), handler)
        .fallback(async || (HEADERS, Problem::UNKNOWN_METHOD))
}

fn respond(method: &Method, answer: impl IntoResponse) -> Response {
    let mut response = (HEADERS, answer).into_response();
    if method == Method::OPTIONS {
        *response.body_mut() = Body::empty();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET,HEAD,OPTIONS"));
    }
    response
}

impl IntoResponse for Report {
    /// The report as JSON, with 200 or 503.
    fn into_response(self) -> Response {
        let status = if self.is_success() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = serde_json::to_vec(&self).expect("a report is made of what has been serialised before");
        (status, [(CONTENT_TYPE, "application/json")], body).into_response()
    }
}
