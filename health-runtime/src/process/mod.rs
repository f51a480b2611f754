//! The process that the endpoints speak for.

mod default_effect;
mod event_loop;
mod saturation;
mod shutdown;
mod signals;

pub(crate) use event_loop::EventLoopSampler;
pub use event_loop::{BlockedWorker, EventLoop, ThreadState};
pub use saturation::Saturation;
pub(crate) use saturation::{Limit, Permit, SaturationSampler};
pub(crate) use shutdown::{Shutdown, Stage, Until};
pub(crate) use signals::StopSignals;
