//! The process that the endpoints speak for.

mod default_effect;
mod shutdown;
mod signals;

pub(crate) use shutdown::{Serving, Shutdown, Stage};
pub(crate) use signals::StopSignals;
