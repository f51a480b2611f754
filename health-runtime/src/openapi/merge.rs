//! Puts the document of the health endpoints into another one.

use std::error::Error;
use std::fmt;

use utoipa::openapi::{Components, OpenApi, PathItem};

use crate::health::Health;

/// Two documents that say different things under one name, and so cannot be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaClash {
    names: Vec<String>,
}

impl Health {
    /// Puts the routes and the schemas of the health endpoints into the application's own document.
    ///
    /// Its title, version and servers stay as they are.
    ///
    /// # Errors
    ///
    /// When both have a path, a schema, a response or an operation of one name that is not the same in both; the other
    /// document is then unchanged.
    pub fn merge_into(&self, api: &mut OpenApi) -> Result<(), SchemaClash> {
        let ours = self.openapi();
        let names = clashes(&ours, api);
        if !names.is_empty() {
            return Err(SchemaClash { names });
        }
        api.paths.paths.extend(ours.paths.paths);
        let components = api.components.get_or_insert_default();
        let Components { schemas, responses, .. } = ours.components.unwrap_or_default();
        components.schemas.extend(schemas);
        components.responses.extend(responses);
        let tags = api.tags.get_or_insert_default();
        let is_new = |tag: &_| !tags.iter().any(|known| known.name == tag.name);
        let new: Vec<_> = ours.tags.into_iter().flatten().filter(is_new).collect();
        tags.extend(new);
        Ok(())
    }
}

/// What stands in both and differs.
fn clashes(ours: &OpenApi, theirs: &OpenApi) -> Vec<String> {
    let mut names = Vec::new();
    let mut compare = |kind: &str, name: &str, is_same: bool| {
        if !is_same {
            names.push(format!("{kind} `{name}`"));
        }
    };
    for (path, item) in &ours.paths.paths {
        compare("path", path, theirs.paths.paths.get(path).is_none_or(|known| known == item));
    }
    names
}
