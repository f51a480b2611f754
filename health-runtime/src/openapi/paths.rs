//! The operations of the document: its routes and their responses.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{Header, HttpMethod, Ref, Required};

use super::component::component;
use super::examples::{self, Failing};
use super::models::{Components, PROBLEM, question, report_name, single_report_name};
use super::probes;
use crate::engine::Slot;
use crate::health::{Endpoint, Health};
use crate::probe::Probe;
use crate::report::{FORMATS, Problem};

/// The tag of all operations.
const TAG: &str = "health";

// Responses that several routes share. Only schemas and responses are shared: utoipa's merge drops other components.
const BAD_REQUEST: &str = "HealthBadRequest";
const NOT_FOUND: &str = "HealthNotFound";
const METHOD_NOT_ALLOWED: &str = "HealthMethodNotAllowed";

/// The paths of all routes that are on.
pub(super) fn paths(health: &Health, slots: &[Arc<Slot>], components: &Components) -> Paths {
    let mut paths = Paths::new();
    let mut get = |path: String, operation: OperationBuilder| {
        paths.paths.insert(path, PathItem::new(HttpMethod::Get, operation));
    };
    for (probe, path) in probes(health) {
        let slots: Vec<_> = slots.iter().filter(|slot| slot.counts_for(probe)).collect();
        let names: Vec<_> = slots.iter().map(|slot| &*slot.name).collect();
        let example = |names: &[&str], failing| examples::report(health, probe, names, failing, components);

        // The example of the 503: a failing check, or else the drain, in which readiness fails without one.
        let critical = slots.iter().find(|slot| slot.meta.critical);
        let failing = critical
            .map(|slot| Failing::Check(&slot.name, slot.timeout()))
            .or((probe == Probe::Ready).then_some(Failing::Draining));
        let ignored = header(
            "Values of `exclude` that match no check of this probe. `(invalid)` stands for values that cannot be a name.",
            &json!({"type": "string"}),
        );
        let answer = |failing| {
            let report = report(report_name(probe), failing, &example(&names, failing));
            report.header("Health-Ignored", ignored.clone())
        };
        let mut all = operation(probe.as_str(), question(probe))
            .description(Some(description(probe)))
            .parameter(exclude())
            .response("200", answer(None))
            .response("400", Ref::from_response_name(BAD_REQUEST));
        if failing.is_some() {
            all = all.response("503", answer(failing));
        }
        let tags: BTreeSet<_> = slots.iter().flat_map(|slot| slot.meta.tags()).collect();
        if !tags.is_empty() {
            all = all.parameter(tag(&tags));
        }
        get(path.to_owned(), all);

        for slot in &slots {
            let name = &*slot.name;
            let answer = |failing| report(&single_report_name(probe, name), failing, &example(&[name], failing));
            let one = operation(&format!("{probe}_{name}"), &format!("Only the check `{name}`"))
                .description(slot.meta.description())
                .response("200", answer(None))
                .response("404", Ref::from_response_name(NOT_FOUND))
                .response("503", answer(Some(Failing::Check(name, slot.timeout()))));
            get(format!("{path}/{name}"), one);
        }
    }
    #[cfg(feature = "metrics")]
    if let Some(path) = health.endpoints().path(Endpoint::Metrics) {
        get(path.to_owned(), super::metrics::operation());
    }
    if let Some(path) = health.endpoints().path(Endpoint::OpenApi) {
        get(path.to_owned(), document("openapi", "This document", "application/json"));
    }
    if let Some(path) = health.endpoints().path(Endpoint::Schemas) {
        let models = json!({"type": "string", "enum": components.keys().collect::<Vec<_>>()});
        let summary = "One schema of this document as standalone JSON Schema 2020-12";
        let schema = document("schema", summary, "application/schema+json")
            .description(Some("Validates reports and details of checks without OpenAPI tools."))
            .parameter(parameter("model", ParameterIn::Path, "The name of the schema.", &models))
            .response("404", Ref::from_response_name(NOT_FOUND));
        get(format!("{path}/{{model}}.json"), schema);
    }
    paths
}

/// The responses that several routes share.
pub(super) fn responses() -> [(&'static str, ResponseBuilder); 3] {
    let allow = header("Allowed methods.", &json!({"type": "string"}));
    let methods = "Only `GET`, `HEAD` and `OPTIONS` are allowed. `OPTIONS` returns the status code of `GET`, 503 included, and no body.";
    let method_not_allowed = problem(methods, &[("method", Problem::UNKNOWN_METHOD)]);
    [
        (
            BAD_REQUEST,
            problem("At least one of the tags belongs to no check of this probe.", &[("tag", Problem::UNKNOWN_TAG)]),
        ),
        (
            NOT_FOUND,
            problem(
                "No check or schema of this name exists.",
                &[("check", Problem::UNKNOWN_CHECK), ("schema", Problem::UNKNOWN_SCHEMA)],
            ),
        ),
        (METHOD_NOT_ALLOWED, method_not_allowed.header("Allow", allow)),
    ]
}

pub(super) fn tags() -> [Tag; 1] {
    [TagBuilder::new().name(TAG).description(Some("Health of this service.")).build()]
}

/// What follows if the probe fails.
fn description(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "If this probe fails, the process should be restarted.",
        Probe::Ready => {
            "If this probe fails, this instance should get no traffic. The probe also fails while the service is starting or draining."
        }
        Probe::Startup => "Kubernetes starts the other probes after this one has succeeded.",
    }
}

/// An operation without security requirements, even if the application's document has global ones.
pub(super) fn operation(id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag(TAG)
        .operation_id(Some(id))
        .summary(Some(summary))
        .securities(Some([]))
        .response("405", Ref::from_response_name(METHOD_NOT_ALLOWED))
}

fn tag(known: &BTreeSet<&str>) -> Parameter {
    let tags = json!({"type": "array", "items": {"type": "string", "enum": known}});
    parameter(
        "tag",
        ParameterIn::Query,
        "Only checks with at least one of these tags run and affect the overall status. Repeat the parameter to select several tags.",
        &tags,
    )
}

/// No enum: unknown names are allowed.
fn exclude() -> Parameter {
    let names = json!({"type": "array", "items": {"type": "string"}});
    parameter(
        "exclude",
        ParameterIn::Query,
        "These checks do not run and do not affect the overall status. Repeat the parameter to exclude several checks; a comma does not \
         separate names. A name that matches no check is not an error; the header `Health-Ignored` lists it.",
        &names,
    )
}

fn parameter(name: &str, place: ParameterIn, description: &str, schema: &Value) -> Parameter {
    let required = if place == ParameterIn::Path { Required::True } else { Required::False };
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(required);
    parameter.description(Some(description)).schema(Some(component(schema))).build()
}

fn report(schema: &str, failing: Option<Failing<'_>>, example: &Value) -> ResponseBuilder {
    let (description, name) = match failing {
        None => ("`healthy` or `degraded`.", "healthy"),
        Some(_) => ("`unhealthy`.", "unhealthy"),
    };
    let no_store = header("Never cache a report.", &json!({"type": "string", "enum": ["no-store"]}));
    let response = ResponseBuilder::new().description(description).header("Cache-Control", no_store);
    FORMATS.iter().fold(response, |response, format| {
        let content = ContentBuilder::new()
            .schema(Some(component(&(format.schema)(schema))))
            .examples_from_iter([(name, ExampleBuilder::new().value(Some(example.clone())))]);
        response.content(format.media_type, content.build())
    })
}

fn document(id: &str, summary: &str, content_type: &str) -> OperationBuilder {
    let etag = header(
        "Identifies this version of the document; send this value back in `If-None-Match`.",
        &json!({"type": "string"}),
    );
    let content = ContentBuilder::new().schema(Some(component(&json!({"type": "object"}))));
    let document = ResponseBuilder::new().description("The document.").header("ETag", etag.clone());
    let not_modified =
        ResponseBuilder::new().description("Unchanged since the version in `If-None-Match`.").header("ETag", etag);
    operation(id, summary)
        .response("200", document.content(content_type, content.build()))
        .response("304", not_modified)
}

fn problem(description: &str, examples: &[(&str, Problem)]) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).examples_from_iter(
        examples.iter().map(|(name, problem)| (*name, ExampleBuilder::new().value(Some(json!(problem))))),
    );
    ResponseBuilder::new().description(description).content("application/problem+json", content.build())
}

pub(super) fn header(description: &str, schema: &Value) -> Header {
    HeaderBuilder::new().description(Some(description)).schema(Some(component(schema))).build()
}
