//! Problem details (RFC 9457), for requests that cannot be answered with a report.

use schemars::JsonSchema;
use serde::Serialize;

/// Why a request was not answered with a report, as problem details (RFC 9457).
// It repeats nothing of the request.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "HealthProblem")]
pub(crate) struct Problem {
    /// Always `about:blank`; see `status` and `detail`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The reason phrase of the status code.
    title: &'static str,
    /// The status code of the response.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// Human-readable explanation.
    detail: &'static str,
}

impl Problem {
    pub(crate) const UNKNOWN_CHECK: Self = Self::new(404, "Not Found", "this probe has no check of that name");

    pub(crate) const UNKNOWN_METHOD: Self =
        Self::new(405, "Method Not Allowed", "only GET, HEAD and OPTIONS are allowed");

    pub(crate) const UNKNOWN_TAG: Self =
        Self::new(400, "Bad Request", "at least one of these tags belongs to no check of this probe");

    pub(crate) const UNKNOWN_SCHEMA: Self = Self::new(404, "Not Found", "the document has no schema of that name");

    pub(crate) const UNCLEAR_DEPENDENCY: Self = Self::new(
        503,
        "Service Unavailable",
        "the health check that this route depends on is not registered, or has several instances",
    );

    pub(crate) const SATURATED: Self =
        Self::new(503, "Service Unavailable", "too many requests are in flight; try again later");

    #[cfg(feature = "swagger-ui")]
    pub(crate) const UNKNOWN_FILE: Self = Self::new(404, "Not Found", "the page has no file of that name");

    const fn new(status: u16, title: &'static str, detail: &'static str) -> Self {
        Self { kind: "about:blank", title, status, detail }
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }
}
