//! A check that is observed from outside of its subject, and never run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::Answer;
use crate::log::Log;
use crate::workers::Workers;

/// What observes a check that has no runs. Called ten times a second on a thread of the engine, which it must not block.
pub(crate) trait Sampler: Send + Sync {
    /// Returns what is to be reported from now on; `None` if that is what was returned last.
    fn sample(&self, moment: &Moment<'_>) -> Option<Answer>;

    /// Whether it wants to know the workers of the runtime.
    fn watches_workers(&self) -> bool {
        false
    }

    /// Whether no run can make progress at present.
    fn is_stuck(&self) -> bool {
        false
    }
}

/// What a sampler may know of the time at which it is asked.
#[derive(Debug)]
pub(crate) struct Moment<'a> {
    /// By the system's clock.
    pub(crate) now: Instant,
    /// The time since the last sample in which the process did not run at all: it was stopped, or given no processor.
    pub(crate) lost: Duration,
    /// The runtime of the checks, if there is one that is alive.
    pub(crate) home: Option<SampledHome<'a>>,
    pub(crate) log: &'a Log,
}

/// The runtime of the checks.
#[derive(Debug)]
pub(crate) struct SampledHome<'a> {
    pub(crate) runtime: &'a Handle,
    pub(crate) workers: &'a Arc<Workers>,
    /// Whether its clock is paused, as a test does it.
    pub(crate) is_paused: bool,
}
