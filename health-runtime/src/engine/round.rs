//! Who answers a probe: runs are started or joined, side by side, and waited for.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::time::Instant;

use super::Engine;
use super::run::Run;
use super::slot::{Claim, Flight, Observed, Slot};

/// What somebody who needs an observation waits for.
pub(super) enum Awaited {
    Fresh(Arc<Observed>),
    Landing(Arc<Flight>),
}

impl Engine {
    /// The observations of the wanted checks, in name order, after the time of the slowest.
    ///
    /// # Cancel safety
    ///
    /// The runs belong to the engine: they go on, and are recorded, when the caller goes away.
    pub(crate) async fn round(&self, wanted: impl Fn(&Slot) -> bool) -> Vec<(&Slot, Arc<Observed>)> {
        let runtime = self.runtime();
        let awaited: Vec<_> =
            self.slots.iter().filter(|slot| wanted(slot)).map(|slot| (slot, self.observe(slot, runtime))).collect();
        let mut observed = Vec::with_capacity(awaited.len());
        for (slot, awaited) in awaited {
            observed.push((&**slot, awaited.landed().await));
        }
        observed
    }

    /// A fresh observation, or the run that will bring one; it is started here unless somebody else did.
    pub(super) fn observe(&self, slot: &Arc<Slot>, runtime: &Handle) -> Awaited {
        match slot.claim(Instant::now()) {
            Claim::Fresh(observed) => Awaited::Fresh(observed),
            Claim::Join(flight) => Awaited::Landing(flight),
            Claim::Start(flight) => {
                let run = Run::new(Arc::clone(slot), Arc::clone(&flight), Arc::clone(&self.deadlines));
                flight.set_abort(runtime.spawn(run).abort_handle());
                // The deadline may have passed before there was anything to abort.
                if slot.is_over(&flight) {
                    flight.abort();
                }
                Awaited::Landing(flight)
            }
        }
    }
}

impl Awaited {
    async fn landed(self) -> Arc<Observed> {
        match self {
            Self::Fresh(observed) => observed,
            Self::Landing(flight) => flight.landed().await,
        }
    }
}
