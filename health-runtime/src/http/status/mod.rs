//! The status page: the reports of the probes, for people.

mod details;
mod page;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFRESH, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::response::IntoResponse as _;
use axum::routing::MethodRouter;

use self::page::{Asked, Page};
use super::probe::{for_method, route};
use super::reference::relative;
use crate::health::{Health, Selection, Waiting};
use crate::probe::Probe;
use crate::report::Phase;

/// Allows only the inline style sheet, by its hash.
const POLICY: &str = "default-src 'none'; style-src 'sha256-4CQ15HrTz6IIXimCpz4MiIQRRQefVNy8kFrF8nHX1Xc='; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Seconds until a browser refreshes the page.
const REFRESH_SECONDS: u16 = 5;

/// The page at this path.
pub(super) fn page(path: &str) -> MethodRouter<Health> {
    let path = path.to_owned();
    route(async move |State(health): State<Health>, request: Request| {
        let (request, _) = request.into_parts();
        let exposes_errors = health.expose().to(&request);
        // Startup checks are not shown once they have passed.
        let starts = health.phase() == Phase::Starting;
        // A probe without a route is not shown.
        let ask = async |probe: Probe| {
            let route = health.endpoints().path(probe.into()).filter(|_| starts || probe != Probe::Startup)?;
            let report = health.report(probe, &Selection::all(), exposes_errors, Waiting::Brief).await;
            Some(Asked { probe, address: relative(&path, route), report })
        };
        let (ready, live, startup) = tokio::join!(ask(Probe::Ready), ask(Probe::Live), ask(Probe::Startup));
        let asked = [ready, live, startup].into_iter().flatten().collect();

        let stays = request.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "refresh=off"));
        // A header and not an element, so that a saved page does not refresh.
        let refresh = (!stays).then(|| [(REFRESH, HeaderValue::from(REFRESH_SECONDS))]);
        let page = Page { health: &health, path: &path, asked, stays };
        for_method(&request.method, (HEADERS, refresh, page.to_string()).into_response())
    })
}
