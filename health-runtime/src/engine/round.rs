//! Who answers a probe: runs are started or joined, side by side, and waited for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;

use super::run::Seat;
use super::slot::{Awaited, Claim, Observed, Slot};
use super::{Core, Engine};

/// What is known of a check at the end of a round; nothing if no run has finished in time.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) slot: Arc<Slot>,
    pub(crate) observed: Option<Arc<Observed>>,
    /// Whether the round left the check out.
    pub(crate) excluded: bool,
}

impl Known {
    /// Later than anything that is planned.
    pub(crate) const LONGEST: Duration = Slot::LONGEST;

    /// Until when this is known; none if it is not, or not meant to be.
    pub(crate) fn fresh_until(&self) -> Option<Instant> {
        let observed = self.observed.as_ref().filter(|_| !self.excluded)?;
        Some(self.slot.fresh_until(observed))
    }
}

/// Starts each check at most once, those first that others depend on.
pub(super) struct Starter<'a> {
    core: &'a Arc<Core>,
    home: &'a Handle,
    /// What may be asked for more than once.
    started: HashMap<*const Slot, Awaited>,
}

/// Whether a check that has a fresh observation is run all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    Observation,
    Run,
}

impl Engine {
    /// What is known of the checks that a probe counts, in name order, after the time of the slowest that is asked.
    ///
    /// Checks that are not selected are not run. With some patience, runs that take longer go on without being waited for.
    ///
    /// # Cancel safety
    ///
    /// The runs belong to the engine: they go on, and are recorded, when the caller goes away.
    pub(crate) async fn round(
        &self,
        counts: impl Fn(&Slot) -> bool,
        selects: impl Fn(&Slot) -> bool,
        patience: Option<Duration>,
    ) -> Vec<Known> {
        let (answers, until) = (self.ask(counts, selects), patience.map(|patience| Instant::now() + patience));
        let mut round = Vec::with_capacity(answers.len());
        for (slot, awaited) in answers {
            let observed = match &awaited {
                Some(awaited) => awaited.landed_by(until).await.or_else(|| slot.believable()),
                None => slot.last(),
            };
            round.push(Known { slot, observed, excluded: awaited.is_none() });
        }
        round
    }

    /// Starts or joins what is selected, without waiting for it.
    fn ask(
        &self,
        counts: impl Fn(&Slot) -> bool,
        selects: impl Fn(&Slot) -> bool,
    ) -> Vec<(Arc<Slot>, Option<Awaited>)> {
        let mut starter = Starter::new(&self.core, self.home());
        let slots = self.core.slots.load();
        let counted = slots.iter().filter(|slot| counts(slot));
        counted
            .map(|slot| (Arc::clone(slot), selects(slot).then(|| starter.observe(slot, Demand::Observation))))
            .collect()
    }
}

impl<'a> Starter<'a> {
    pub(super) fn new(core: &'a Arc<Core>, home: &'a Handle) -> Self {
        Self { core, home, started: HashMap::new() }
    }

    /// A fresh observation, or the run that will bring one.
    pub(super) fn observe(&mut self, slot: &Arc<Slot>, demand: Demand) -> Awaited {
        if !slot.is_dependency() {
            return self.claim(slot, demand);
        }
        if let Some(awaited) = self.started.get(&Arc::as_ptr(slot)) {
            return awaited.clone();
        }
        let awaited = self.claim(slot, demand);
        self.started.insert(Arc::as_ptr(slot), awaited.clone());
        awaited
    }

    fn claim(&mut self, slot: &Arc<Slot>, demand: Demand) -> Awaited {
        let claim = match demand {
            Demand::Observation => slot.claim(Instant::now()),
            Demand::Run => slot.claim_run(),
        };
        match claim {
            Claim::Fresh(observed) => Awaited::Known(observed),
            Claim::Join(flight) => Awaited::Landing(flight),
            Claim::Start(flight) => {
                let seat = Seat::new(Arc::clone(self.core), Arc::clone(slot), Arc::clone(&flight));
                let dependencies = slot.dependencies.iter();
                let dependencies =
                    dependencies.map(|(id, slot)| (*id, self.observe(slot, Demand::Observation))).collect();
                seat.start(self.home, dependencies);
                Awaited::Landing(flight)
            }
        }
    }
}

impl Slot {
    /// The last observation, unless it is too old.
    fn believable(&self) -> Option<Arc<Observed>> {
        self.last().filter(|observed| self.is_stale(observed, Instant::now()).is_none())
    }
}
