//! The settings of a check as the engine uses them: with defaults applied, durations capped, and ages computed.

use std::time::Duration;

use tokio::time::Instant;

use super::thresholds::Thresholds;
use crate::check::CheckMeta;

/// Longer than any service runs, and short enough for every clock.
pub(crate) const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The shortest time between two runs of a schedule.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// Settings of checks that have none of their own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults {
    pub(crate) timeout: Duration,
    pub(crate) cache: Duration,
    pub(crate) stale_after: Duration,
    /// In bytes of JSON.
    pub(crate) details_limit: usize,
}

/// The settings of one check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) timeout: Duration,
    pub(super) interval: Option<Duration>,
    pub(super) thresholds: Thresholds,
    pub(super) details_limit: usize,
    /// How long an observation is fresh; `None` with an interval: it is then fresh until it is stale.
    cache: Option<Duration>,
    /// The age beyond which an observation is stale.
    stale_after: Duration,
}

/// The age of an observation, in three steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// It is reused without a run.
    Fresh,
    /// It is valid until the next run has finished.
    Expired,
    /// It is too old to be trusted.
    Stale,
}

impl Settings {
    pub(super) fn new(meta: &CheckMeta, defaults: Defaults) -> Self {
        let timeout = meta.timeout.unwrap_or(defaults.timeout).min(LONGEST);
        let interval = meta.interval.map(|interval| interval.clamp(SHORTEST_INTERVAL, LONGEST));
        let cache = match interval {
            Some(_) => None,
            None => Some(meta.cache.unwrap_or(defaults.cache).min(LONGEST)),
        };
        let stale_after = match (interval, cache) {
            (Some(interval), _) => interval.saturating_mul(2).saturating_add(timeout),
            // Not before the next run can have finished.
            (None, cache) => defaults.stale_after.max(cache.unwrap_or_default().saturating_add(timeout)),
        };
        Self {
            timeout,
            interval,
            thresholds: Thresholds { failure: meta.failure_threshold, success: meta.success_threshold },
            details_limit: defaults.details_limit,
            cache,
            stale_after: stale_after.min(LONGEST),
        }
    }

    /// Those of a check that is sampled, and never run.
    pub(super) fn sampled() -> Self {
        Self {
            timeout: LONGEST,
            interval: None,
            thresholds: Thresholds { failure: 1, success: 1 },
            details_limit: usize::MAX,
            cache: None,
            // Ten times what passes at most between two observations.
            stale_after: Duration::from_secs(10),
        }
    }

    /// The only code that decides the age of an observation.
    pub(super) fn age(&self, age: Duration) -> Age {
        match self.cache {
            _ if age > self.stale_after => Age::Stale,
            Some(cache) if age >= cache => Age::Expired,
            _ => Age::Fresh,
        }
    }

    /// When an observation made at this time is no longer fresh.
    pub(super) fn fresh_until(&self, at: Instant) -> Instant {
        at + self.cache.unwrap_or(self.stale_after)
    }

    /// The age beyond which an observation is stale.
    pub(super) fn stale_after(&self) -> Duration {
        self.stale_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const DEFAULTS: Defaults =
        Defaults { timeout: seconds(5), cache: seconds(1), stale_after: seconds(60), details_limit: 0 };

    #[test]
    fn an_observation_is_fresh_then_expired_then_stale() {
        let check = CheckMeta::new("check");
        for (meta, fresh_below, stale_above) in [
            (check.clone(), 1, 60),
            (check.clone().with_cache(seconds(0)), 0, 60),
            // Longer than `stale_after`: a result is fresh for the whole cache period.
            (check.clone().with_cache(seconds(300)), 300, 305),
            (check.clone().with_cache(seconds(58)), 58, 63),
            (check.clone().with_interval(seconds(10)), 26, 25),
            (check.clone().with_interval(seconds(10)).with_timeout(seconds(100)), 121, 120),
            (check.clone().with_timeout(seconds(90)), 1, 91),
        ] {
            let settings = Settings::new(&meta, DEFAULTS);
            for age in 0..400 {
                let expected = match age {
                    _ if age > stale_above => Age::Stale,
                    _ if age < fresh_below => Age::Fresh,
                    _ => Age::Expired,
                };
                assert_eq!(settings.age(seconds(age)), expected, "{age} s of {meta:?}");
            }
        }
    }

    #[test]
    fn the_longest_durations_are_capped() {
        let longest = Defaults { timeout: Duration::MAX, cache: Duration::MAX, stale_after: Duration::MAX, ..DEFAULTS };
        for meta in [CheckMeta::new("check"), CheckMeta::new("check").with_interval(Duration::MAX)] {
            let settings = Settings::new(&meta, longest);
            assert_eq!(settings.age(seconds(0)), Age::Fresh);
            let _ = settings.fresh_until(Instant::now() + settings.timeout);
        }
    }
}
