//! The settings of the checks that watch the process, and how they become checks.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::process::{EventLoopSampler, Limit, SaturationSampler};
use crate::registry::{Check, Problem};

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
    error_after: Duration,
    location: &'static Location<'static>,
}

impl Default for EventLoopSettings {
    fn default() -> Self {
        Self { degraded: Duration::from_secs(1), error: Duration::from_secs(5), location: Location::caller() }
    }
}

impl EventLoopSettings {
    const SHORTEST: Duration = Duration::from_millis(200);

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

    pub(super) fn add_to(self, checks: &mut Vec<Check>, problems: &mut Vec<Problem>) -> Arc<EventLoopSampler> {
        let sampler = Arc::new(EventLoopSampler::new(self.degraded, self.error));
        let check = placed(sampler.check(), self.location);
        // A healthy runtime of a busy machine lags, too, and an error restarts the service.
        if self.degraded < Self::SHORTEST || self.error < self.degraded {
            let mistake = "the limit for `degraded` must be at least 200ms, and that for `error` not shorter";
            problems.push(Problem::InvalidSetting { check: check.meta.place(), mistake });
        }
        checks.push(check);
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

    #[track_caller]
    pub(super) fn set_error_after(&mut self, time: Duration) {
        self.error_after = time;
        if self.limit.is_none() {
            self.location = Location::caller();
        }
    }

    pub(super) fn add_to(self, checks: &mut Vec<Check>, problems: &mut Vec<Problem>) -> Arc<Limit> {
        let limit = Arc::new(Limit::new(self.limit.unwrap_or_default()));
        let check = placed(SaturationSampler::new(Arc::clone(&limit), self.error_after).check(), self.location);
        let mistake = match self.limit {
            None => Some("`saturation_error_after` has no effect without `saturation(limit)`"),
            Some(0) => Some("the limit must be at least 1"),
            Some(_) => None,
        };
        problems.extend(mistake.map(|mistake| Problem::InvalidSetting { check: check.meta.place(), mistake }));
        checks.push(check);
        limit
    }
}

fn placed(mut check: Check, location: &'static Location<'static>) -> Check {
    check.meta.location = location;
    check
}
