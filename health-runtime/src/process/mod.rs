//! The process that the endpoints speak for.

mod lifecycle;
mod signals;

pub(crate) use lifecycle::Lifecycle;
pub(crate) use signals::{Stop, StopSignals};
