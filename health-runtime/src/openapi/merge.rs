//! Merges the document of the health endpoints into the application's document.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use serde::Serialize;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Components, OpenApi};

use crate::health::Health;

/// The two documents define the same name differently.
#[derive(Clone, PartialEq, Eq)]
pub struct SchemaClash {
    names: Vec<String>,
}

impl Health {
    /// Adds the routes, the schemas and the tag of the health endpoints to the application's document.
    ///
    /// The application's title, version and servers are kept, and so are identical entries. The document is a snapshot: after a check was
    /// registered or removed, merge into a new document. The application needs utoipa 6, which is re-exported as
    /// [`health_runtime::utoipa`](crate::utoipa).
    ///
    /// # Errors
    ///
    /// If both documents define a path, an operation, a schema or a response of the same name differently. The application's document
    /// is not changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::Health;
    /// use utoipa::OpenApi as _;
    ///
    /// #[derive(utoipa::OpenApi)]
    /// #[openapi(info(title = "orders", version = "1.4.0"))]
    /// struct Api;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Health::builder().version("1.4.0").without_registered().build()?;
    /// let mut api = Api::openapi();
    /// health.merge_into(&mut api)?;
    /// assert!(api.paths.paths.contains_key("/ready"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn merge_into(&self, api: &mut OpenApi) -> Result<(), SchemaClash> {
        let ours = self.openapi();
        let names = differences(&ours, api);
        if !names.is_empty() {
            return Err(SchemaClash { names });
        }
        for (path, item) in ours.paths.paths {
            // The application may have other methods there.
            match api.paths.paths.get_mut(&path) {
                Some(theirs) => theirs.get = item.get,
                None => drop(api.paths.paths.insert(path, item)),
            }
        }
        let Components { schemas, responses, .. } = ours.components.unwrap_or_default();
        let components = api.components.get_or_insert_default();
        components.schemas.extend(schemas);
        components.responses.extend(responses);
        let tags = api.tags.get_or_insert_default();
        for tag in ours.tags.into_iter().flatten() {
            if tags.iter().all(|known| known.name != tag.name) {
                tags.push(tag);
            }
        }
        Ok(())
    }
}

/// The names that both documents define differently.
fn differences(ours: &OpenApi, theirs: &OpenApi) -> Vec<String> {
    let mut names = Vec::new();
    let mut compare = |kind: &str, name: &str, is_same: bool| {
        if !is_same {
            names.push(format!("{kind} `{name}`"));
        }
    };
    let elsewhere = theirs.paths.paths.iter().filter(|(path, _)| !ours.paths.paths.contains_key(*path));
    let elsewhere: BTreeSet<_> = elsewhere.flat_map(|(_, item)| operation_ids(item)).collect();
    for (path, item) in &ours.paths.paths {
        let known = theirs.paths.paths.get(path).filter(|known| known.get.is_some());
        compare("path", path, known.is_none_or(|known| are_same(&known.get, &item.get)));
        operation_ids(item).for_each(|id| compare("operation", id, !elsewhere.contains(id)));
    }
    if let (Some(ours), Some(theirs)) = (&ours.components, &theirs.components) {
        for (name, schema) in &ours.schemas {
            compare("schema", name, theirs.schemas.get(name).is_none_or(|known| are_same(known, schema)));
        }
        for (name, response) in &ours.responses {
            compare("response", name, theirs.responses.get(name).is_none_or(|known| are_same(known, response)));
        }
    }
    names
}

/// Whether both have the same JSON. utoipa's own comparison distinguishes values that were built from values that were parsed.
fn are_same<T: Serialize>(ours: &T, theirs: &T) -> bool {
    matches!((serde_json::to_value(ours), serde_json::to_value(theirs)), (Ok(ours), Ok(theirs)) if ours == theirs)
}

fn operation_ids(item: &PathItem) -> impl Iterator<Item = &str> {
    let operations =
        [&item.get, &item.put, &item.post, &item.delete, &item.options, &item.head, &item.patch, &item.trace];
    operations.into_iter().flatten().filter_map(|operation: &Operation| operation.operation_id.as_deref())
}

impl SchemaClash {
    /// The names with their kind, for example "schema `PoolStats`".
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl fmt::Display for SchemaClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the health endpoints and the application define these names differently: {}\n  \
             help: rename a type with `#[schemars(rename = \"...\")]`, or move a route with `.path(...)`",
            self.names.join(", ")
        )
    }
}

/// The same text as `Display`, since a `main` that returns the error prints `Debug`.
impl fmt::Debug for SchemaClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for SchemaClash {}
