//! Holds answers against the document that promises them.

#![expect(clippy::missing_panics_doc, reason = "what panics here has found a mistake")]

use std::collections::HashMap;
use std::sync::Mutex;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::Answer;

/// An OpenAPI document, with every report closed: what it does not mention must not be sent.
#[derive(Debug)]
pub struct Contract {
    api: Value,
    validators: Mutex<HashMap<String, Validator>>,
}

impl Contract {
    /// The contract that a document is.
    pub fn new(mut api: Value) -> Self {
        let schemas = api["components"]["schemas"].as_object_mut().expect("schemas");
        for (name, schema) in schemas {
            let is_ours = name.contains("Report") || name.starts_with("Check.") || name == "HealthProblem";
            if is_ours && schema["type"] == "object" {
                schema["additionalProperties"] = false.into();
                if let Some(checks) = schema["properties"].get_mut("checks") {
                    checks["additionalProperties"] = false.into();
                }
            }
        }
        Self { api, validators: Mutex::default() }
    }

    /// What is wrong with an answer to a request for this path, in one line each.
    pub fn violations(&self, path: &str, answer: &Answer) -> Vec<String> {
        let Some((template, item)) = self.item(path) else { return vec![format!("{path} is not documented")] };
        let responses = &item["get"]["responses"];
        let Some(mut response) = responses.get(answer.status.to_string()) else {
            return vec![format!("{path} is not documented to answer {}", answer.status)];
        };
        if let Some(reference) = response.get("$ref") {
            response =
                self.api.pointer(reference.as_str().unwrap_or_default().trim_start_matches('#')).expect("a response");
        }
        let mut violations = Vec::new();
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let value = answer.header(&name.to_lowercase());
            if value.is_some_and(|value| header["schema"].get("enum").is_some_and(|values| values[0] != value)) {
                violations.push(format!("{path} sends {name}: {value:?}"));
            }
        }
        let content_type = answer.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default();
        match response["content"].get(content_type) {
            Some(content) if content["schema"]["type"] == "string" => {
                violations.extend(self.invalid(&content["schema"], &answer.body.as_str().into()));
            }
            Some(content) => violations.extend(self.invalid(&content["schema"], &answer.json())),
            None if answer.body.is_empty() && response.get("content").is_none() => {}
            None => violations.push(format!("{template} is not documented to send {content_type:?}")),
        }
        violations
    }

    /// What a schema of the document has against a value.
    pub fn invalid(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut validators = self.validators.lock().expect("no validation panics");
        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
            let mut document = schema.clone();
            document["components"] = json!({"schemas": self.api["components"]["schemas"]});
            jsonschema::draft202012::options().should_validate_formats(true).build(&document).expect("a schema")
        });
        if validator.is_valid(value) {
            return Vec::new();
        }
        validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect()
    }

    /// What a component of the document has against a value.
    pub fn invalid_as(&self, component: &str, value: &Value) -> Vec<String> {
        assert!(self.api["components"]["schemas"].get(component).is_some(), "no component {component}");
        self.invalid(&json!({"$ref": format!("#/components/schemas/{component}")}), value)
    }

    /// The item of a path: the one of this name, or else one with a parameter in its last segment.
    fn item(&self, path: &str) -> Option<(&str, &Value)> {
        let path = path.split('?').next().unwrap_or_default();
        let paths = self.api["paths"].as_object()?;
        let is_template = |template: &str| {
            let (start, rest) = template.split_once('{')?;
            let (_, end) = rest.split_once('}')?;
            let parameter = path.strip_prefix(start)?.strip_suffix(end)?;
            (!parameter.contains('/')).then_some(())
        };
        let found =
            paths.get_key_value(path).or_else(|| paths.iter().find(|(template, _)| is_template(template).is_some()));
        found.map(|(template, item)| (template.as_str(), item))
    }
}
