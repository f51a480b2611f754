//! Lossless conversion from JSON Schema to utoipa's types.

use serde_json::Value;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType};
use utoipa::openapi::{RefOr, Schema};

/// Converts a schema, which is an object.
///
/// utoipa drops keywords that it does not know. Such a schema is carried verbatim, as the extensions of an untyped object.
pub(super) fn component(schema: &Value) -> RefOr<Schema> {
    let read = serde_json::from_value::<RefOr<Schema>>(schema.clone()).ok();
    let exact = read.filter(|read| serde_json::to_value(read).is_ok_and(|written| written == *schema));
    exact.unwrap_or_else(|| {
        let members = schema.as_object().cloned().unwrap_or_default();
        let object = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        RefOr::T(object.extensions(Some(Extensions::from_iter(members))).build().into())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_utoipa_knows_and_what_it_does_not_are_both_written_as_they_were_read() {
        for (schema, is_carried) in [
            (
                json!({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}, "required": ["a"]}),
                false,
            ),
            (json!({"type": ["string", "null"], "description": "Text."}), false),
            (json!({"not": {}}), true),
            (json!({"type": "array", "prefixItems": [{"type": "string"}], "minItems": 1, "maxItems": 1}), true),
            (json!({"type": "object", "patternProperties": {"^a$": {}}, "additionalProperties": false}), true),
        ] {
            let component = component(&schema);
            assert_eq!(serde_json::to_value(&component).unwrap(), schema);
            let extensions = if let RefOr::T(Schema::Object(object)) = component { object.extensions } else { None };
            assert_eq!(extensions.is_some_and(|members| !members.is_empty()), is_carried, "{schema}");
        }
    }
}
