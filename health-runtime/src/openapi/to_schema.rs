//! Details as models of utoipa, with the schema of the reports.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use super::component::component;
use super::models::{Components, close_enum, model, plain};
use crate::registry::DetailsSchema;
use crate::schema::{self, TypeSchema};

/// The name of the type's schema in a document.
pub fn schema_name<T: JsonSchema>() -> Cow<'static, str> {
    plain(&T::schema_name()).into()
}

/// The type's schema.
pub fn type_schema<T: JsonSchema>() -> RefOr<Schema> {
    component(&schemas(schema_of::<T>).0)
}

/// Adds the schemas that the type's schema refers to.
pub fn nested_schemas<T: JsonSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    add_nested(schema_of::<T>, schemas);
}

/// The only code that is compiled for each type.
#[expect(clippy::unnecessary_wraps, reason = "a check without details has no schema")]
fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Option<schemars::Schema> {
    Some(generator.subschema_for::<T>())
}

fn add_nested(schema_of: DetailsSchema, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    let (_, nested) = self::schemas(schema_of);
    schemas.extend(nested.into_iter().map(|(name, schema)| (name, component(&schema))));
}

/// A type's schema, and the schemas that it refers to, by name.
fn schemas(schema_of: DetailsSchema) -> (Value, Components) {
    let mut generated = TypeSchema::generate(schema_of).expect("a schema that was asked for");
    let model = model();
    for (name, schema) in &mut generated.definitions {
        if model.get(name) == Some(schema) {
            close_enum(schema);
        }
    }
    generated.rename(&generated.definitions.keys().map(|name| (name.clone(), plain(name))).collect());
    let own = generated.schema["$ref"].as_str().and_then(schema::component);
    let Some(own) = own else { return (generated.schema, generated.definitions) };
    // A recursive type refers to itself by name, even where it is inlined.
    let is_recursive = generated.definitions.values().any(|schema| schema::references(schema).contains(&own));
    let schema = generated.definitions.get(&own).cloned().unwrap_or_default();
    if !is_recursive {
        generated.definitions.remove(&own);
    }
    (schema, generated.definitions)
}
