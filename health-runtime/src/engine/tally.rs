//! Counts the runs of a check.

use std::time::SystemTime;

use crate::observation::{Observation, Reason};
use crate::outcome::CheckStatus;

/// Counts the finished runs of a check and the changes of its status or reason. Read and written under the lock of its slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// In the order of [`Tally::REASONS`].
    pub(crate) runs: [u32; Self::REASONS.len()],
    /// Runs per bucket: those that took at most this one of [`Tally::BOUNDS`], and more than the previous; the last bucket has the rest.
    pub(crate) durations: [u32; Self::BOUNDS.len() + 1],
    pub(crate) total_nanoseconds: u64,
    pub(crate) transitions: u32,
    pub(crate) last_success: Option<SystemTime>,
}

impl Tally {
    /// The reasons of finished runs; `None` for `ok`.
    pub(crate) const REASONS: [Option<Reason>; 7] = [
        None,
        Some(Reason::Degraded),
        Some(Reason::Slow),
        Some(Reason::Failed),
        Some(Reason::Timeout),
        Some(Reason::Panicked),
        Some(Reason::Cancelled),
    ];

    /// In milliseconds.
    pub(crate) const BOUNDS: [u32; 12] = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

    /// Counts the result of a run, before thresholds.
    pub(super) fn record(&mut self, found: &Observation) {
        if let Some(reason) = Self::place(found.reason) {
            // An overflow restarts a counter, which Prometheus understands.
            self.runs[reason] = self.runs[reason].wrapping_add(1);
        }
        let took = u64::try_from(found.response_time.as_nanos()).unwrap_or(u64::MAX);
        let is_within = |milliseconds: &u32| took <= u64::from(*milliseconds) * 1_000_000;
        let bucket = Self::BOUNDS.iter().position(is_within).unwrap_or(Self::BOUNDS.len());
        self.durations[bucket] = self.durations[bucket].wrapping_add(1);
        self.total_nanoseconds = self.total_nanoseconds.saturating_add(took);
        if found.status != CheckStatus::Error {
            self.last_success = Some(found.observed_at);
        }
    }

    /// The index of a run's reason in [`REASONS`](Self::REASONS); `None` for a reason that no run has.
    fn place(reason: Option<Reason>) -> Option<usize> {
        Some(match reason {
            None => 0,
            Some(Reason::Degraded) => 1,
            Some(Reason::Slow) => 2,
            Some(Reason::Failed) => 3,
            Some(Reason::Timeout) => 4,
            Some(Reason::Panicked) => 5,
            Some(Reason::Cancelled) => 6,
            Some(Reason::Forced | Reason::Pending | Reason::Stale) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_a_run_has_its_place() {
        for (place, reason) in Tally::REASONS.into_iter().enumerate() {
            assert_eq!(Tally::place(reason), Some(place), "{reason:?}");
        }
    }
}
