//! The process that the endpoints speak for.

mod default_effect;
mod shutdown;
mod signals;

pub(crate) use shutdown::{Shutdown, Stage, Until};
pub(crate) use signals::StopSignals;
