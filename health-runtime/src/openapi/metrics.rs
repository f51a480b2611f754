//! The operation that serves the metrics.

use serde_json::json;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::response::ResponseBuilder;

use super::component::component;
use super::paths::{header, operation as open_operation};

/// `GET /metrics`, in each of its formats.
pub(super) fn operation() -> OperationBuilder {
    let count = |description| json!({"type": "integer", "format": "int64", "minimum": 0, "description": description});
    let totals = json!({
        "type": "object",
        "required": ["requests_total", "errors_total", "avg_latency_seconds"],
        "properties": {
            "requests_total": count("Number of requests since the process was started."),
            "errors_total": count("Number of requests that were answered with a 5xx status or ended by a panic."),
            "avg_latency_seconds": {
                "type": "number",
                "format": "double",
                "minimum": 0,
                "description": "Mean time to the head of the response, in seconds with four decimals; 0 before the first request.",
            },
        },
    });
    let content = |schema| ContentBuilder::new().schema(Some(component(&schema))).build();
    let text = || content(json!({"type": "string"}));
    let response = ResponseBuilder::new()
        .description("The metrics, in the format that `Accept` prefers; Prometheus text by default.")
        .header("Cache-Control", header("Never cache metrics.", &json!({"type": "string", "enum": ["no-store"]})))
        .header("Vary", header("The format depends on `Accept`.", &json!({"type": "string", "enum": ["accept"]})))
        .content("text/plain", text())
        .content("application/openmetrics-text", text())
        .content("application/json", content(totals));
    open_operation("metrics", "Metrics of the requests, the checks and the process")
        .description(Some("For Prometheus. Runs no check."))
        .response("200", response)
}
