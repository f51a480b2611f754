//! What generated code may name; no part of the public interface, and free to change with the macros.

pub use std::cfg;
pub use std::default::Default;
pub use std::time::Duration;

pub use inventory;
pub use schemars;
pub use serde;

pub use crate::check::CheckMeta;
pub use crate::context::{
    Callable, CheckContext, CheckOutput, HealthCheck, Parameter, Parameters, Requirements, Run, call, call_blocking,
    parameter,
};
pub use crate::probe::Probe;
pub use crate::registry::Registration;
