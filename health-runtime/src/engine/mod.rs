//! Runs the checks: who may run when, for how long, and what is known since. Knows no HTTP.

mod epochs;
mod events;
mod round;
mod run;
mod schedule;
mod slot;
mod thresholds;
mod timers;
mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

pub(crate) use self::epochs::Epoch;
use self::epochs::Epochs;
use self::events::Events;
pub use self::events::{Transition, Transitions};
pub(crate) use self::round::Known;
use self::round::{Demand, Starter};
use self::run::Overdue;
use self::schedule::{Keeper, Schedule};
pub(crate) use self::slot::{Forced, Slot};
use self::timers::Timers;
use self::watch::Watch;
use crate::check::CheckPlace;
use crate::probe::Probe;
use crate::registry::{Check, Dependencies, Registry};

/// The checks of a service and the runs of them.
#[derive(Debug)]
pub(crate) struct Engine {
    core: Arc<Core>,
    defaults: Defaults,
    /// Where runs are spawned, whoever waits for them.
    home: OnceLock<Handle>,
    keeper: OnceLock<AbortHandle>,
}

/// What runs need of the engine; it outlives it by the runs that cannot be ended.
#[derive(Debug)]
struct Core {
    /// In name order.
    slots: ArcSwap<Vec<Arc<Slot>>>,
    /// Held by whoever changes the list.
    registering: Mutex<()>,
    deadlines: Timers<Overdue>,
    schedule: Schedule,
    epochs: Epochs,
    watch: Arc<Watch>,
    events: Events,
}

/// What a check gets that does not say otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults {
    pub(crate) timeout: Duration,
    pub(crate) cache: Duration,
    pub(crate) stale_after: Duration,
}

impl Engine {
    /// The engine of checks whose dependencies are known to be there and to form no circle.
    pub(crate) fn new(registry: Registry, defaults: Defaults, jitter_seed: Option<u64>) -> Self {
        let core = Core {
            slots: ArcSwap::from_pointee(slots(registry, defaults)),
            registering: Mutex::default(),
            deadlines: Timers::default(),
            schedule: Schedule::new(jitter_seed),
            epochs: Epochs::default(),
            watch: Arc::default(),
            events: Events::default(),
        };
        Self { core: Arc::new(core), defaults, home: OnceLock::new(), keeper: OnceLock::new() }
    }

    /// Makes this runtime the engine's home and starts the first round there, unless it has one.
    pub(crate) fn start(&self, runtime: &Handle) {
        let mut is_first = false;
        let home = self.home.get_or_init(|| {
            is_first = true;
            runtime.clone()
        });
        if is_first {
            self.core.watch.start(home.clone());
            let keeper = home.spawn(Keeper::new(Arc::clone(&self.core)).keep(home.clone()));
            let _ = self.keeper.set(keeper.abort_handle());
            for slot in self.core.slots.load().iter() {
                self.begin(slot);
            }
        }
    }

    /// The check of this name, if this probe counts it.
    pub(crate) fn counted(&self, name: &str, probe: Probe) -> Option<Arc<Slot>> {
        self.find(name).filter(|slot| slot.counts_for(probe))
    }

    /// The checks in name order.
    pub(crate) fn slots(&self) -> Arc<Vec<Arc<Slot>>> {
        self.core.slots.load_full()
    }

    /// Whether every startup check has passed once, and every check of readiness has been heard of.
    pub(crate) fn has_started(&self) -> bool {
        self.core.slots.load().iter().all(|slot| {
            (!slot.counts_for(Probe::Startup) || slot.has_passed())
                && (!slot.counts_for(Probe::Ready) || slot.last().is_some())
        })
    }

    /// The epoch that it is now.
    pub(crate) fn epoch(&self) -> Epoch {
        self.core.epochs.current()
    }

    /// Runs a check although its observation may be fresh; a run in flight is joined.
    pub(crate) async fn run(&self, name: &str) -> Option<Known> {
        let slot = self.find(name)?;
        let awaited = Starter::new(&self.core, self.home()).observe(&slot, Demand::Run);
        let observed = Some(awaited.landed().await);
        Some(Known { slot, observed, excluded: false })
    }

    /// Sets a check's status by hand, or no more; false if there is no such check.
    pub(crate) fn force(&self, name: &str, forced: Option<Forced>) -> bool {
        let Some(slot) = self.find(name) else { return false };
        let before = slot.verdict();
        let message = forced.as_ref().and_then(|forced| forced.message.clone());
        slot.force(forced);
        self.core.epochs.begin();
        self.core.events.forced(&slot, before, message.as_ref());
        true
    }

    /// Adds a check that depends on none, and runs it.
    ///
    /// # Errors
    ///
    /// The check that has its name already.
    pub(crate) fn register(&self, check: Check) -> Result<(), CheckPlace> {
        let slot = {
            let _registering = lock(&self.core.registering);
            let slots = self.core.slots.load();
            let place = match slots.binary_search_by(|slot| (*slot.name).cmp(&check.meta.name)) {
                Err(place) => place,
                Ok(taken) => return Err(slots[taken].meta.place()),
            };
            let slot = Arc::new(Slot::new(check, Vec::new(), self.defaults));
            let mut slots = Vec::clone(&slots);
            slots.insert(place, Arc::clone(&slot));
            self.core.slots.store(Arc::new(slots));
            self.core.epochs.begin();
            slot
        };
        if self.home.get().is_some() {
            self.begin(&slot);
        }
        Ok(())
    }

    /// Takes a check out of all reports. A check that depends on it still does.
    pub(crate) fn remove(&self, name: &str) -> bool {
        let _registering = lock(&self.core.registering);
        let slots = self.core.slots.load();
        let left: Vec<_> = slots.iter().filter(|slot| *slot.name != *name).map(Arc::clone).collect();
        let is_removed = left.len() < slots.len();
        self.core.slots.store(Arc::new(left));
        self.core.epochs.begin();
        is_removed
    }

    pub(crate) fn subscribe(&self) -> Transitions {
        self.core.events.subscribe()
    }

    /// The first run, and the plan for the second.
    fn begin(&self, slot: &Arc<Slot>) {
        Starter::new(&self.core, self.home()).observe(slot, Demand::Observation);
        self.core.schedule.plan(slot);
    }

    fn find(&self, name: &str) -> Option<Arc<Slot>> {
        let slots = self.core.slots.load();
        let place = slots.binary_search_by(|slot| (*slot.name).cmp(name)).ok()?;
        Some(Arc::clone(&slots[place]))
    }

    /// The home runtime; without one, the runtime of the caller becomes it.
    fn home(&self) -> &Handle {
        self.home.get().unwrap_or_else(|| {
            self.start(&Handle::current());
            self.home.get().expect("an engine that was started has a home")
        })
    }
}

impl Core {
    /// Ends what is in flight, and lets nothing start any more.
    fn close(&self) {
        self.watch.close();
        for run in self.deadlines.clear() {
            run.cancel(self);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.get() {
            keeper.abort();
        }
        self.core.close();
    }
}

/// The slots in name order, each made after those that it depends on.
fn slots(registry: Registry, defaults: Defaults) -> Vec<Arc<Slot>> {
    type Remaining = BTreeMap<Arc<str>, (Check, Dependencies)>;

    fn make(name: &Arc<str>, remaining: &mut Remaining, made: &mut BTreeMap<Arc<str>, Arc<Slot>>, defaults: Defaults) {
        let Some((check, dependencies)) = remaining.remove(name) else { return };
        for (_, dependency) in &dependencies {
            make(dependency, remaining, made, defaults);
        }
        let dependencies = dependencies.into_iter().map(|(id, name)| (id, Arc::clone(&made[&name]))).collect();
        made.insert(Arc::clone(name), Arc::new(Slot::new(check, dependencies, defaults)));
    }

    let mut remaining: Remaining = registry.into_checks();
    let names: Vec<_> = remaining.keys().cloned().collect();
    let mut made = BTreeMap::new();
    for name in names {
        make(&name, &mut remaining, &mut made, defaults);
    }
    made.into_values().collect()
}

/// Locks a mutex under which nothing of a user's runs, so that a poisoned one guards nothing broken.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
