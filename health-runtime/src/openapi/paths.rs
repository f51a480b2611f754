//! The operations of the document: which routes there are, and what each of them answers.

use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn, PathItem, Paths, PathsBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{Header, HttpMethod, Ref};

use super::component::component;
use super::examples;
use super::models::{self, Components};
use crate::health::{Endpoint, Health};
use crate::probe::Probe;
use crate::report::Problem;

const TAG: &str = "health";
const NOT_FOUND: &str = "HealthNotFound";
const METHOD_NOT_ALLOWED: &str = "HealthMethodNotAllowed";

/// Every route that is not switched off.
pub(super) fn paths(health: &Health, components: &Components) -> Paths {
    let mut paths = PathsBuilder::new();
    for probe in health.probes() {
        let Some(path) = health.endpoints().path(probe.into()) else { continue };
        let checks: Vec<_> = health.checks().filter(|check| check.meta.probes.contains(probe)).collect();
        let names: Vec<_> = checks.iter().map(|check| &*check.meta.name).collect();
        // Readiness waits for the start and ends before the process does, whatever the checks say.
        let can_fail = probe == Probe::Ready || !names.is_empty();
        let answers = answers(health, probe, models::report_name(probe), &names, can_fail, components);
        let all = answers.operation_id(Some(probe.as_str())).summary(Some(summary(probe))).description(Some(description(probe)));
        paths = paths.path(path, get(all));
        for check in checks {
            let name = &*check.meta.name;
            let report = models::single_report_name(probe, name);
            let answers = answers(health, probe, &report, &[name], true, components);
            let one = answers
                .operation_id(Some(format!("{probe}_{name}")))
                .summary(Some(format!("The check `{name}` alone")))
                .description(check.meta.description)
                .response("404", Ref::from_response_name(NOT_FOUND));
            paths = paths.path(format!("{path}/{name}"), get(one));
        }
    }
    if let Some(path) = health.endpoints().path(Endpoint::OpenApi) {
        let document = operation("openapi", "This document").response("200", document("application/json", "The document."));
        paths = paths.path(path, get(document));
    }
    if let Some(path) = health.endpoints().path(Endpoint::Schemas) {
        let names: Vec<_> = components.keys().collect();
        let model = ParameterBuilder::new()
            .name("model")
            .parameter_in(ParameterIn::Path)
            .required(utoipa::openapi::Required::True)
            .description(Some("The name of a schema of this document."))
            .schema(Some(component(&json!({"type": "string", "enum": names}))));
        let schema = operation("schema", "A schema of this document by itself")
            .parameter(model)
            .response("200", document("application/schema+json", "The JSON Schema (2020-12)."))
            .response("404", Ref::from_response_name(NOT_FOUND));
        paths = paths.path(format!("{path}/{{model}}.json"), get(schema));
    }
    paths.build()
}

/// The answers that several routes share.
pub(super) fn responses() -> [(&'static str, ResponseBuilder); 2] {
    let allow = header("The methods that the route takes.", &json!({"type": "string"}));
    [
        (NOT_FOUND, problem("There is nothing of this name.", Problem::UNKNOWN_CHECK)),
        (METHOD_NOT_ALLOWED, problem("The route does not take this method.", Problem::UNKNOWN_METHOD).header("Allow", allow)),
    ]
}

/// What the operations are grouped by.
pub(super) fn tags() -> [Tag; 1] {
    let description = "Whether the service is well. Every route also takes `HEAD`, and `OPTIONS`, which answers as `GET` does, \
                       without a body and with `Allow`.";
    [TagBuilder::new().name(TAG).description(Some(description)).build()]
}

fn summary(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "Should the process go on running?",
        Probe::Ready => "Should traffic be sent here?",
        Probe::Startup => "Has the process finished starting?",
    }
}

fn description(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "A failure asks for a restart.",
        Probe::Ready => "A failure takes the instance out of rotation. It also fails while the process starts or stops.",
        Probe::Startup => "Until then nothing else is asked.",
    }
}

fn get(operation: OperationBuilder) -> PathItem {
    PathItem::new(HttpMethod::Get, operation)
}

/// An operation that is open on purpose, whatever the rest of the document asks for.
fn operation(id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag(TAG)
        .operation_id(Some(id))
        .summary(Some(summary))
        .securities(Some([]))
        .response("405", Ref::from_response_name(METHOD_NOT_ALLOWED))
}

fn answers(
    health: &Health,
    probe: Probe,
    report: &str,
    checks: &[&str],
    can_fail: bool,
    components: &Components,
) -> OperationBuilder {
    let answer = |description: &str, example: &str, is_healthy| {
        let value = examples::report(health, probe, checks, is_healthy, components);
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(report)))
            .examples_from_iter([(example, ExampleBuilder::new().value(Some(value)))]);
        ResponseBuilder::new()
            .description(description)
            .header("Cache-Control", header("Reports are not kept.", &json!({"type": "string", "enum": ["no-store"]})))
            .content("application/json", content.build())
    };
    let operation = operation("", "").response("200", answer("`healthy` or `degraded`.", "healthy", true));
    if can_fail { operation.response("503", answer("`unhealthy`.", "unhealthy", false)) } else { operation }
}

fn document(content_type: &str, description: &str) -> ResponseBuilder {
    let tag = header("Changes with the document: `If-None-Match` asks for a newer one.", &json!({"type": "string"}));
    let content = ContentBuilder::new().schema(Some(component(&json!({"type": "object"}))));
    ResponseBuilder::new().description(description).header("ETag", tag).content(content_type, content.build())
}

fn problem(description: &str, example: Problem) -> ResponseBuilder {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("HealthProblem")))
        .example(Some(json!(example)));
    ResponseBuilder::new().description(description).content("application/problem+json", content.build())
}

fn header(description: &str, schema: &Value) -> Header {
    HeaderBuilder::new().description(Some(description)).schema(Some(component(schema))).build()
}
