//! Runs the checks: who may run when, for how long, and what is known since. Knows no HTTP.

mod deadlines;
mod events;
mod round;
mod run;
mod slot;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use self::deadlines::Deadlines;
pub(crate) use self::slot::{Observed, Slot};
use crate::context::States;
use crate::probe::Probe;
use crate::registry::Registry;

/// The checks of a service and the runs of them.
#[derive(Debug)]
pub(crate) struct Engine {
    /// In name order.
    slots: Vec<Arc<Slot>>,
    deadlines: Arc<Deadlines>,
    home: OnceLock<Home>,
}

/// What a check gets that does not say otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults {
    pub(crate) timeout: Duration,
    pub(crate) cache: Duration,
}

/// Where runs are spawned, whoever waits for them.
#[derive(Debug)]
struct Home {
    runtime: Handle,
    deadlines: AbortHandle,
}

impl Engine {
    pub(crate) fn new(registry: &Registry, states: &Arc<States>, defaults: Defaults) -> Self {
        let slots = registry.iter().map(|check| Arc::new(Slot::new(check, Arc::clone(states), defaults)));
        Self { slots: slots.collect(), deadlines: Arc::default(), home: OnceLock::new() }
    }

    /// Makes this runtime the engine's home and starts the first round there, unless it has one.
    pub(crate) fn start(&self, runtime: &Handle) {
        let mut is_first = false;
        self.home.get_or_init(|| {
            is_first = true;
            watch::start(Arc::clone(&self.deadlines), runtime.clone());
            let deadlines = runtime.spawn(Arc::clone(&self.deadlines).keep()).abort_handle();
            Home { runtime: runtime.clone(), deadlines }
        });
        if is_first {
            for slot in &self.slots {
                self.observe(slot, runtime);
            }
        }
    }

    /// Whether this probe counts a check of this name.
    pub(crate) fn counts(&self, name: &str, probe: Probe) -> bool {
        self.slots.iter().any(|slot| *slot.name == *name && slot.counts_for(probe))
    }

    /// Whether any check counts for this probe.
    pub(crate) fn counts_any(&self, probe: Probe) -> bool {
        self.slots.iter().any(|slot| slot.counts_for(probe))
    }

    /// Whether every startup check has passed once, and every check of readiness has been heard of.
    pub(crate) fn has_started(&self) -> bool {
        self.slots.iter().all(|slot| {
            (!slot.counts_for(Probe::Startup) || slot.has_passed())
                && (!slot.counts_for(Probe::Ready) || slot.last().is_some())
        })
    }

    /// The home runtime; without one, the runtime of the caller becomes it.
    fn runtime(&self) -> &Handle {
        let runtime = || self.home.get().map(|home| &home.runtime);
        runtime().unwrap_or_else(|| {
            self.start(&Handle::current());
            runtime().expect("an engine that was started has a home")
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.deadlines.close();
        if let Some(home) = self.home.get() {
            home.deadlines.abort();
        }
    }
}

/// Locks a mutex under which nothing of a user's runs, so that a poisoned one guards nothing broken.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
