//! Requests that cannot be answered, told as problem details (RFC 9457).

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A problem of a request. It repeats nothing of the request.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    #[serde(serialize_with = "code")]
    status: StatusCode,
    detail: &'static str,
}

impl Problem {
    pub(super) const UNKNOWN_CHECK: Self =
        Self::new(StatusCode::NOT_FOUND, "Not Found", "this probe has no check of that name");

    pub(super) const UNKNOWN_METHOD: Self =
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", "the methods are GET, HEAD and OPTIONS");

    const fn new(status: StatusCode, title: &'static str, detail: &'static str) -> Self {
        Self { kind: "about:blank", title, status, detail }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).expect("four plain members always serialise");
        (self.status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn code<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
