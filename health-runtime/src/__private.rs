//! What generated code may name; no part of the public interface, and free to change with the macros.

pub use std::cfg;
pub use std::time::Duration;

pub use inventory;
pub use schemars;
pub use serde;

pub use crate::check::{CheckMeta, HealthCheck};
pub use crate::context::{
    Callable, CheckContext, Function, Gives, Parameter, RunFuture, Runnable, call, call_blocking, parameter,
};
pub use crate::probe::Probe;
pub use crate::registry::Registration;
