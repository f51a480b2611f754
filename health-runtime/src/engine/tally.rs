//! What the runs of one check came to, kept for whoever reads it later: no reader is told.

use std::time::SystemTime;

use crate::observation::{Observation, Reason};
use crate::outcome::CheckStatus;

/// The finished runs of a check and the changes of what clients see of it. Read and written under the lock of its slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// In the order of [`Tally::REASONS`].
    pub(crate) runs: [u32; Self::REASONS.len()],
    /// Runs that took no longer than each of [`Tally::BOUNDS`], and longer than the one before; the last took longer than all.
    pub(crate) durations: [u32; Self::BOUNDS.len() + 1],
    pub(crate) total_nanoseconds: u64,
    pub(crate) transitions: u32,
    pub(crate) last_success: Option<SystemTime>,
}

impl Tally {
    /// What a run can come to: to no reason at all, or to one of these.
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

    /// Counts what a run found, whatever clients see.
    pub(super) fn record(&mut self, found: &Observation) {
        let reason = match found.reason {
            None => 0,
            reason => Self::REASONS.iter().position(|known| *known == reason).unwrap_or_default(),
        };
        self.runs[reason] = self.runs[reason].saturating_add(1);
        let took = u64::try_from(found.response_time.as_nanos()).unwrap_or(u64::MAX);
        let is_within = |milliseconds: &u32| took <= u64::from(*milliseconds) * 1_000_000;
        let bucket = Self::BOUNDS.iter().position(is_within).unwrap_or(Self::BOUNDS.len());
        self.durations[bucket] = self.durations[bucket].saturating_add(1);
        self.total_nanoseconds = self.total_nanoseconds.saturating_add(took);
        if found.status != CheckStatus::Error {
            self.last_success = Some(found.observed_at);
        }
    }
}
