//! The OpenAPI document of this service, and its JSON Schemas.

mod component;
mod examples;
mod merge;
mod models;
mod paths;
mod sample;

use serde_json::{Value, json};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Server};

pub use merge::SchemaClash;

use self::component::component;
use self::models::Components;
use crate::health::{Endpoint, Health};
use crate::probe::Probe;
use crate::registry::Registration;
use crate::schema;

impl Health {
    /// The OpenAPI document of this service, version 3.1: every route that is not switched off, a schema for every
    /// report, and one for every check with its own description and its own details.
    ///
    /// utoipa keeps the members of some schemas in the order of a hash map. Where the order matters, write the document
    /// through a [`serde_json::Value`].
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
    /// api.openapi = OpenApiVersion::Version32;
    /// println!("{:#}", serde_json::to_value(&api)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn openapi(&self) -> OpenApi {
        let components = self.components();
        let schemas = components.iter().map(|(name, schema)| (name, component(schema)));
        let schemas = ComponentsBuilder::new().schemas_from_iter(schemas);
        OpenApiBuilder::new()
            .info(InfoBuilder::new().title(self.service().unwrap_or("Health endpoints")).version(self.version()))
            .servers(self.server_url().map(|url| [Server::new(url)]))
            .paths(paths::paths(self, &components))
            .components(Some(schemas.responses_from_iter(paths::responses()).build()))
            .tags(Some(paths::tags()))
            .build()
    }

    /// A schema of the document as one of its own (JSON Schema 2020-12): `ReadyReport`, `Check.db`, or the name of a
    /// type of details. None if there is none of this name.
    pub fn schema(&self, model: &str) -> Option<Value> {
        let components = self.components();
        let mut definitions = schema::reachable([model.to_owned()], &components);
        let root = definitions.remove(model)?;
        // What refers to the root itself refers to the whole.
        let rewritten = |schema: &Value| {
            let mut schema = schema.clone();
            schema::rewrite(&mut schema, &mut |name| if name == model { "#".to_owned() } else { format!("#/$defs/{name}") });
            schema
        };
        let mut schema = rewritten(root);
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["title"] = model.into();
        if !definitions.is_empty() {
            schema["$defs"] = definitions.into_iter().map(|(name, schema)| (name.to_owned(), rewritten(schema))).collect();
        }
        Some(schema)
    }

    fn components(&self) -> Components {
        let probes: Vec<_> = self.probes().collect();
        let checks: Vec<_> = self.checks().collect();
        models::components(&probes, &checks, self.service().is_some())
    }

    /// The probes that have a route.
    fn probes(&self) -> impl Iterator<Item = Probe> {
        Probe::ALL.into_iter().filter(|&probe| self.endpoints().path(probe.into()).is_some())
    }

    /// The checks that one of them counts.
    fn checks(&self) -> impl Iterator<Item = &Registration> {
        let is_counted = |check: &&Registration| self.probes().any(|probe| check.meta.probes.contains(probe));
        self.registry().iter().filter(is_counted)
    }

    /// Where the paths of the document start, as seen from its own address.
    fn server_url(&self) -> Option<String> {
        if let Some(url) = self.server() {
            return Some(url.to_owned());
        }
        let depth = self.endpoints().path(Endpoint::OpenApi)?.matches('/').count() - 1;
        Some(if depth == 0 { ".".to_owned() } else { vec![".."; depth].join("/") })
    }
}
