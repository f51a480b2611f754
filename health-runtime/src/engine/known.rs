//! The state of a check when a probe is answered.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::settings::Age;
use super::slot::{RunHandle, Slot};
use crate::message::Message;
use crate::observation::{Observation, Reason};
use crate::outcome::CheckStatus;

/// The state of a check when a probe is answered.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) slot: Arc<Slot>,
    /// `None` if no run has ever finished.
    pub(crate) observed: Option<Arc<Observation>>,
    /// When the run in flight started; `None` beside a fresh observation.
    pub(crate) running_since: Option<SystemTime>,
    /// Whether the probe excluded the check.
    pub(crate) is_excluded: bool,
    /// Whether the observation is shown even if it is stale: it was made for this probe, or its run cannot be cancelled.
    holds: bool,
}

/// Whether the last observation is recent enough to be the status of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    Believed,
    /// There is none: no run has finished yet.
    NeverObserved,
    /// It is older than this, and a run is in flight.
    Awaited(Duration),
    /// It is older than this, and no run is in flight.
    Stale(Duration),
}

impl Known {
    /// The state of a check that is not run for this probe.
    pub(super) fn look(slot: Arc<Slot>, is_excluded: bool) -> Self {
        let is_fresh = |last: &Arc<Observation>| slot.age(last, Instant::now()) == Age::Fresh;
        let (mut observed, mut in_flight) = (slot.last(), None);
        if !observed.as_ref().is_some_and(is_fresh) {
            // Read in this order: after a run that ends in between, there is an observation, and no run in flight.
            in_flight = slot.in_flight();
            observed = slot.last();
            in_flight = in_flight.filter(|_| !observed.as_ref().is_some_and(is_fresh));
        }
        let is_stuck = in_flight.is_some_and(|(_, is_overdue)| is_overdue);
        Self {
            holds: is_stuck && observed.as_ref().is_some_and(|last| last.status == CheckStatus::Error),
            running_since: in_flight.map(|(since, _)| since),
            slot,
            observed,
            is_excluded,
        }
    }

    /// The state of a check that was observed during the probe, or had a fresh observation when the probe came.
    pub(super) fn answered(slot: Arc<Slot>, is_excluded: bool) -> Self {
        Self { observed: slot.last(), slot, running_since: None, is_excluded, holds: true }
    }

    /// The state of a check whose run was started or joined when the probe came.
    pub(super) fn asked(slot: Arc<Slot>, run: &RunHandle, arrival: Instant, is_excluded: bool) -> Self {
        match run.result() {
            Some(observed) if observed.at() >= arrival => Self::answered(slot, is_excluded),
            _ => Self::look(slot, is_excluded),
        }
    }

    /// Whether the run that answered this probe was cancelled because its runtime shut down.
    pub(super) fn was_cancelled(&self) -> bool {
        self.holds && self.observed.as_ref().is_some_and(|observed| observed.is_cancelled())
    }

    /// When the observation is no longer fresh; `None` if there is no fresh one, or the check was excluded.
    pub(crate) fn fresh_until(&self) -> Option<Instant> {
        let observed = self.observed.as_ref().filter(|_| !self.is_excluded && self.running_since.is_none())?;
        Some(self.slot.fresh_until(observed))
    }

    /// The observation for code that depends on the check: as the report of a critical check shows it.
    pub(super) fn for_dependent(&self) -> Arc<Observation> {
        let Some(observed) = &self.observed else { return self.slot.as_reported(&Arc::new(Observation::pending())) };
        let disbelieved = |reason, message| Arc::new(observed.disbelieved(reason, message));
        self.slot.as_reported(&match self.belief(true, Instant::now()) {
            Belief::Believed | Belief::NeverObserved => Arc::clone(observed),
            Belief::Awaited(limit) => disbelieved(Reason::Pending, Message::awaited(limit)),
            Belief::Stale(limit) => disbelieved(Reason::Stale, Message::stale(limit)),
        })
    }

    pub(crate) fn belief(&self, is_critical: bool, now: Instant) -> Belief {
        let Some(observed) = &self.observed else { return Belief::NeverObserved };
        let limit = self.slot.settings.stale_after();
        match self.slot.age(observed, now) {
            Age::Stale if self.holds => Belief::Believed,
            Age::Stale if self.running_since.is_none() => Belief::Stale(limit),
            Age::Stale if is_critical => Belief::Awaited(limit),
            _ => Belief::Believed,
        }
    }
}
