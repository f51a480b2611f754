//! The OpenAPI document of this service, and its JSON Schemas.

mod component;
mod examples;
mod merge;
#[cfg(feature = "metrics")]
mod metrics;
mod models;
mod paths;
mod sample;
mod to_schema;

use std::sync::Arc;

use serde_json::Value;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Server};

pub use merge::SchemaClash;
pub use to_schema::{nested_schemas, schema_name, type_schema};

use self::component::component;
use self::models::Components;
use crate::engine::Slot;
use crate::health::{Endpoint, Health};
use crate::probe::Probe;
use crate::schema;

impl Health {
    /// Returns the OpenAPI 3.1 document of this service: its routes, and a schema for every report and every check, with the check's
    /// description and the type of its details.
    ///
    /// For a stable member order, serialise it through [`serde_json::Value`]: utoipa stores some members in a hash map.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::Health;
    /// use utoipa::openapi::OpenApiVersion;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Health::builder().version("1.4.0").service("orders").without_registered().build()?;
    /// let mut api = health.openapi();
    /// assert_eq!((&*api.info.title, &*api.info.version), ("orders", "1.4.0"));
    ///
    /// // Nothing in it is particular to 3.1.
    /// api.openapi = OpenApiVersion::Version32;
    /// println!("{:#}", serde_json::to_value(&api)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn openapi(&self) -> OpenApi {
        Documents::of(self).openapi(self)
    }

    /// Returns one schema as a standalone document (JSON Schema 2020-12): for example `ReadyReport`, `Check.db`, or the type of a check's
    /// details. `None` if there is no such schema.
    pub fn schema(&self, name: &str) -> Option<Value> {
        Documents::of(self).schema(name)
    }
}

/// The parts of the documents, valid until a check is added or removed.
#[derive(Debug)]
pub(crate) struct Documents {
    slots: Arc<Vec<Arc<Slot>>>,
    components: Components,
}

impl Documents {
    pub(crate) fn of(health: &Health) -> Self {
        let slots = health.slots();
        let probes: Vec<_> = probes(health).map(|(probe, _)| probe).collect();
        let components = models::components(&probes, &slots, health.service().is_some());
        Self { slots, components }
    }

    pub(crate) fn are_current(&self, health: &Health) -> bool {
        Arc::ptr_eq(&self.slots, &health.slots())
    }

    pub(crate) fn openapi(&self, health: &Health) -> OpenApi {
        let schemas = self.components.iter().map(|(name, schema)| (name, component(schema)));
        let components = ComponentsBuilder::new().schemas_from_iter(schemas).responses_from_iter(paths::responses());
        OpenApiBuilder::new()
            .info(InfoBuilder::new().title(health.title()).version(&**health.version()))
            .servers(server(health).map(|url| [Server::new(url)]))
            .paths(paths::paths(health, &self.slots, &self.components))
            .components(Some(components.build()))
            .tags(Some(paths::tags()))
            .build()
    }

    pub(crate) fn schema(&self, name: &str) -> Option<Value> {
        let mut definitions = schema::reachable([name.to_owned()], &self.components);
        let alone = |schema: &Value| {
            let mut schema = schema.clone();
            let target = |to: String| if to == name { "#".to_owned() } else { format!("#/$defs/{to}") };
            schema::rewrite(&mut schema, &mut { target });
            schema
        };
        let mut schema = alone(definitions.remove(name)?);
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        schema["title"] = name.into();
        if !definitions.is_empty() {
            schema["$defs"] = definitions.into_iter().map(|(name, schema)| (name, alone(schema))).collect();
        }
        Some(schema)
    }
}

/// The probes that have a route, and their paths.
fn probes(health: &Health) -> impl Iterator<Item = (Probe, &str)> {
    Probe::ALL.into_iter().filter_map(|probe| Some((probe, health.endpoints().path(probe.into())?)))
}

/// The server URL. By default relative to the document: as many segments up as its path has.
fn server(health: &Health) -> Option<String> {
    health.server().map(str::to_owned).or_else(|| {
        let depth = health.endpoints().path(Endpoint::OpenApi)?.matches('/').count() - 1;
        Some(if depth == 0 { ".".to_owned() } else { vec![".."; depth].join("/") })
    })
}
