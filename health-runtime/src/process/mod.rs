//! The process that the endpoints speak for.

mod signals;

pub(crate) use signals::{Stop, StopSignals};
