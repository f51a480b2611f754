//! For generated code. Not part of the public API: it changes with the macros.

pub use std::borrow::Cow;
pub use std::cfg;
pub use std::option::Option::{None, Some};
pub use std::primitive::str;
pub use std::string::String;
pub use std::time::Duration;
pub use std::vec::Vec;

pub use inventory;
pub use schemars;
pub use schemars::JsonSchema;
pub use serde;
pub use utoipa::openapi::{RefOr, Schema};
pub use utoipa::{PartialSchema, ToSchema};

pub use crate::check::CheckMeta;
pub use crate::context::{
    AnnotatedCheck, Callable, CheckOutput, Function, Parameter, Parameters, call, call_blocking, parameter,
};
pub use crate::openapi::{nested_schemas, schema_name, type_schema};
pub use crate::probe::Probe;
pub use crate::registry::Registration;

/// The settings of an annotated function, with every default. Records the caller's location.
#[track_caller]
pub fn meta(name: &'static str, description: Option<&'static str>) -> CheckMeta {
    CheckMeta::of_function(name, description)
}
