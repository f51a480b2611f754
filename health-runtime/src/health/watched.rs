//! The settings of the checks that watch the process, and how they become checks.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::process::{EventLoopSampler, Limit, SaturationSampler};
use crate::registry::Check;

/// The settings of `event_loop`.
#[derive(Debug)]
pub(super) struct EventLoopSettings {
    degraded: Duration,
    error: Duration,
    location: &'static Location<'static>,
}

/// The settings of `saturation`.
#[derive(Debug)]
pub(super) struct SaturationSettings {
    limit: Option<usize>,
    pub(super) error_after: Duration,
    location: &'static Location<'static>,
}

impl Default for EventLoopSettings {
    fn default() -> Self {
        Self { degraded: Duration::from_secs(1), error: Duration::from_secs(5), location: Location::caller() }
    }
}

impl EventLoopSettings {
    /// The caller's place in the source is the check's place.
    #[track_caller]
    pub(super) fn place(&mut self) {
        self.location = Location::caller();
    }

    #[track_caller]
    pub(super) fn set_limits(&mut self, degraded: Duration, error: Duration) {
        self.place();
        (self.degraded, self.error) = (degraded, error);
    }

    pub(super) fn add_to(self, checks: &mut Vec<Check>) -> Arc<EventLoopSampler> {
        let sampler = Arc::new(EventLoopSampler::new(self.degraded, self.error));
        checks.push(placed(sampler.check(), self.location));
        sampler
    }
}

impl Default for SaturationSettings {
    fn default() -> Self {
        Self { limit: None, error_after: Duration::from_secs(5), location: Location::caller() }
    }
}

impl SaturationSettings {
    #[track_caller]
    pub(super) fn set_limit(&mut self, limit: usize) {
        (self.limit, self.location) = (Some(limit), Location::caller());
    }

    /// Adds nothing without a limit.
    pub(super) fn add_to(self, checks: &mut Vec<Check>) -> Option<Arc<Limit>> {
        let limit = Arc::new(Limit::new(self.limit?));
        checks.push(placed(SaturationSampler::new(Arc::clone(&limit), self.error_after).check(), self.location));
        Some(limit)
    }
}

fn placed(mut check: Check, location: &'static Location<'static>) -> Check {
    check.meta.location = location;
    check
}
