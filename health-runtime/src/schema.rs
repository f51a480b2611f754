//! JSON Schemas (draft 2020-12) of Rust types, by schemars.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use schemars::generate::SchemaSettings;
use schemars::transform::{ReplaceBoolSchemas, ReplaceConstValue};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// The path of definitions in an OpenAPI document.
const COMPONENTS: &str = "#/components/schemas/";

/// The schema of a type and the definitions that it refers to, for an OpenAPI document.
///
/// They differ from those of schemars in two ways: `const` is an `enum` of one value, which more tools support, and `true` and `false` are
/// `{}` and `{"not": {}}`, since a component of a document is an object.
#[derive(Debug, Clone)]
pub(crate) struct TypeSchema {
    pub(crate) schema: Value,
    pub(crate) definitions: BTreeMap<String, Value>,
}

impl TypeSchema {
    /// Calls `schema_of` with a generator for serialised values; `None` if it returns no schema.
    pub(crate) fn generate(schema_of: fn(&mut SchemaGenerator) -> Option<Schema>) -> Option<Self> {
        let mut settings = SchemaSettings::draft2020_12().for_serialize();
        settings.definitions_path = COMPONENTS.into();
        let mut bools = ReplaceBoolSchemas::default();
        bools.skip_additional_properties = true;
        let settings = settings.with_transform(ReplaceConstValue::default()).with_transform(bools);
        let mut generator = settings.into_generator();
        let mut schema = schema_of(&mut generator)?;
        generator.transforms_mut().for_each(|transform| transform.transform(&mut schema));
        let definitions = generator.take_definitions(true).into_iter().collect();
        Some(Self { schema: schema.to_value(), definitions })
    }

    /// Why the schema would have another meaning inside a document; `None` if it would not.
    pub(crate) fn misfit(&self) -> Option<String> {
        let mut misfit = None;
        for schema in std::iter::once(&self.schema).chain(self.definitions.values()) {
            visit(&mut schema.clone(), &mut |schema| {
                if schema.contains_key("$id") {
                    misfit.get_or_insert_with(|| "its `$id` would change what its references resolve to".to_owned());
                }
                if let Some(Value::String(reference)) = schema.get("$ref")
                    && !component(reference).is_some_and(|name| self.definitions.contains_key(&name))
                {
                    misfit.get_or_insert_with(|| format!("its `$ref` to `{reference}` leads nowhere"));
                }
            });
        }
        misfit
    }

    /// Renames every definition.
    pub(crate) fn rename(&mut self, names: &BTreeMap<String, String>) {
        let mut target = |name: String| reference(&names[&name]);
        rewrite(&mut self.schema, &mut target);
        let definitions = std::mem::take(&mut self.definitions).into_iter().map(|(name, mut definition)| {
            rewrite(&mut definition, &mut target);
            (names[&name].clone(), definition)
        });
        self.definitions = definitions.collect();
    }
}

/// The named definitions, and all that they refer to.
pub(crate) fn reachable(
    names: impl IntoIterator<Item = String>,
    definitions: &BTreeMap<String, Value>,
) -> BTreeMap<&str, &Value> {
    let mut found = BTreeMap::new();
    let mut left: Vec<String> = names.into_iter().collect();
    while let Some(name) = left.pop() {
        if let Some((name, schema)) = definitions.get_key_value(&name)
            && found.insert(name.as_str(), schema).is_none()
        {
            left.extend(references(schema));
        }
    }
    found
}

/// The names of the components that a schema refers to.
pub(crate) fn references(schema: &Value) -> Vec<String> {
    let mut names = Vec::new();
    rewrite(&mut schema.clone(), &mut |name| {
        names.push(name.clone());
        name
    });
    names
}

/// Replaces the target of every reference to a component.
pub(crate) fn rewrite(schema: &mut Value, target: &mut impl FnMut(String) -> String) {
    visit(schema, &mut |schema| {
        if let Some(Value::String(reference)) = schema.get_mut("$ref")
            && let Some(name) = component(reference)
        {
            *reference = target(name);
        }
    });
}

/// A reference to a component.
pub(crate) fn reference(name: &str) -> String {
    format!("{COMPONENTS}{name}")
}

/// The name of the component that a reference points to, decoded: a JSON pointer (RFC 6901) in a URI fragment.
pub(crate) fn component(reference: &str) -> Option<String> {
    let name = percent_decode_str(reference.strip_prefix(COMPONENTS)?).decode_utf8().ok()?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

/// Calls `each` with this schema and every schema in it. Skips values such as defaults and examples.
fn visit(schema: &mut Value, each: &mut impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(members) = schema else { return };
    each(members);
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            (
                "additionalProperties"
                | "contains"
                | "contentSchema"
                | "else"
                | "if"
                | "items"
                | "not"
                | "propertyNames"
                | "then"
                | "unevaluatedItems"
                | "unevaluatedProperties",
                value,
            ) => visit(value, each),
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(schemas)) => {
                for schema in schemas {
                    visit(schema, each);
                }
            }
            ("$defs" | "dependentSchemas" | "patternProperties" | "properties", Value::Object(schemas)) => {
                for schema in schemas.values_mut() {
                    visit(schema, each);
                }
            }
            _ => {}
        }
    }
}
