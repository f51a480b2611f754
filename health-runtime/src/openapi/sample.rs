//! Sample values for schemas.

use serde_json::{Map, Value};

use super::models::Components;
use crate::schema;

/// Keywords handled here or irrelevant to values; any other means no sample.
const KNOWN: [&str; 21] = [
    "$ref",
    "additionalProperties",
    "anyOf",
    "default",
    "deprecated",
    "description",
    "enum",
    "examples",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "oneOf",
    "prefixItems",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
];

/// A simple value that the schema allows. `None` if an unknown keyword prevents one, or it takes more than `depth` nested schemas.
pub(super) fn sample(schema: &Value, components: &Components, depth: u8) -> Option<Value> {
    let members =
        schema.as_object().filter(|members| members.keys().all(|keyword| KNOWN.contains(&keyword.as_str())))?;
    let depth = depth.checked_sub(1)?;
    let sample = |schema: &Value| sample(schema, components, depth);
    if let Some(example) = schema["examples"].get(0).or(members.get("default")) {
        return Some(example.clone());
    }
    if let Some(alternatives) = members.get("oneOf").or(members.get("anyOf")) {
        // A value would have to satisfy the keywords beside the alternatives as well.
        return if members.contains_key("type") { None } else { alternatives.as_array()?.iter().find_map(sample) };
    }
    if let Some(reference) = members.get("$ref") {
        return sample(components.get(&schema::component(reference.as_str()?)?)?);
    }
    if let Some(values) = members.get("enum") {
        return values.get(0).cloned();
    }
    match schema["type"].get(0).unwrap_or(&schema["type"]).as_str()? {
        "null" => Some(Value::Null),
        "boolean" => Some(true.into()),
        "integer" | "number" => number(members),
        "string" => text(schema["format"].as_str()),
        "array" => {
            let given = schema["prefixItems"].as_array().into_iter().flatten();
            let least = schema["minItems"].as_u64().map_or(1, |least| usize::try_from(least).unwrap_or(usize::MAX));
            let repeated = schema.get("items").into_iter().cycle();
            if least > 1 && members.contains_key("uniqueItems") {
                return None;
            }
            given.chain(repeated).take(least.min(16)).map(sample).collect::<Option<_>>().map(Value::Array)
        }
        "object" => {
            let mut object = Map::new();
            for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
                object.extend(sample(schema).map(|value| (name.clone(), value)));
            }
            let required = schema["required"].as_array().into_iter().flatten();
            let is_complete = required.filter_map(Value::as_str).all(|name| object.contains_key(name));
            is_complete.then_some(object.into())
        }
        _ => None,
    }
}

/// The allowed number nearest to zero.
fn number(members: &Map<String, Value>) -> Option<Value> {
    let limit = |keyword| members.get(keyword).and_then(Value::as_f64);
    if limit("minimum").is_some_and(|minimum| minimum > 0.0) {
        return members.get("minimum").cloned();
    }
    limit("maximum").is_none_or(|maximum| maximum >= 0.0).then(|| 0.into())
}

fn text(format: Option<&str>) -> Option<Value> {
    let text = match format {
        None => "text",
        Some("date") => "2026-11-22",
        Some("date-time") => "2026-11-22T13:05:00Z",
        Some("ipv4" | "ip") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uri") => "https://example.com/",
        Some("uuid") => "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        Some(_) => return None,
    };
    Some(text.into())
}
