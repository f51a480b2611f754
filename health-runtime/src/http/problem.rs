//! Requests that cannot be answered with a report.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::report::Problem;

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).expect("four plain members always serialise");
        (self.status(), [(CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}
