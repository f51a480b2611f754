//! Runs the checks. Does not depend on HTTP.
//!
//! | word | meaning |
//! | --- | --- |
//! | slot | one check in the engine: its settings, the run in flight, the last observation |
//! | claim | a request to a slot: returns a fresh observation, the run in flight, or a new run that the caller has to start |
//! | run | one execution; waiters hold its `RunHandle`, and its `RunGuard` frees the slot however it ends |
//! | round | what one probe starts, joins and waits for |
//! | known | the state of a check when a probe is answered |
//! | home | the runtime on which runs are spawned |
//! | scheduler | the task at home that ends overdue runs and starts planned ones |
//! | watch thread | ends overdue runs when blocked workers prevent the scheduler from doing so |
//! | sample | an observation of a check that no run made; the sampler makes ten a second |
//! | epoch | the time between two changes of what reports contain |

mod clock;
mod core;
mod epochs;
mod event_log;
mod events;
mod home;
mod known;
mod lifecycle;
mod lock;
mod publisher;
mod round;
mod run;
mod sampling;
mod schedule;
mod settings;
mod slot;
#[cfg(feature = "metrics")]
mod tally;
mod thresholds;
mod timers;
mod transition;
mod watch;

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::runtime::Handle;

pub(crate) use self::clock::has_time_driver;
use self::core::Core;
pub(crate) use self::epochs::Epoch;
use self::home::Host;
pub(crate) use self::known::{Belief, Known};
use self::lock::lock;
use self::publisher::Publisher;
pub use self::publisher::{Lagged, Transitions};
use self::round::Round;
pub(crate) use self::round::Wait;
pub(crate) use self::settings::{Defaults, LONGEST};
use self::slot::Demand;
pub(crate) use self::slot::{Forced, Slot};
#[cfg(feature = "metrics")]
pub(crate) use self::tally::Tally;
pub use self::transition::Transition;
use crate::check::UnknownCheck;
use crate::context::HealthCheck;
use crate::log::Log;
use crate::observation::Observation;
use crate::probe::Probe;
use crate::registry::{Check, Dependencies, Problem, Registry};
use crate::report::Phase;
use crate::types::Types;

/// The checks of a service and their runs.
#[derive(Debug)]
pub(crate) struct Engine {
    core: Arc<Core>,
    publisher: Publisher,
    defaults: Defaults,
}

impl Engine {
    /// The engine of validated checks: all dependencies exist and form no cycle.
    pub(crate) fn new(registry: Registry, defaults: Defaults, jitter_seed: Option<u64>, log: Arc<Log>) -> Self {
        let publisher = Publisher::default();
        let types = registry.types().clone();
        let core = Core::new(slots(registry, defaults), types, jitter_seed, log, &publisher);
        core.changed();
        Self { core: Arc::new(core), publisher, defaults }
    }

    /// Starts to observe the checks that are never run. After the first home is known, which they would miss.
    pub(crate) fn start_sampling(&self) {
        self.core.start_sampling();
    }

    /// Makes this runtime the home and starts the first round there, unless there is a live home.
    pub(crate) fn settle(&self, runtime: &Handle) {
        self.core.settle(runtime);
    }

    /// A runtime whose timers work: the caller's, or else the home.
    #[cfg(feature = "metrics")]
    pub(crate) fn timers(&self) -> Option<Handle> {
        self.core.home.timers()
    }

    /// The home, if it is alive.
    #[cfg(feature = "metrics")]
    pub(crate) fn home(&self) -> Option<Handle> {
        self.core.home.runtime()
    }

    /// Whether no run can make progress at present, as far as samplers know.
    pub(crate) fn is_stuck(&self) -> bool {
        self.core.slots.load().iter().any(|slot| slot.sampler.as_ref().is_some_and(|sampler| sampler.is_stuck()))
    }

    /// The checks in name order.
    pub(crate) fn slots(&self) -> Arc<Vec<Arc<Slot>>> {
        self.core.slots.load_full()
    }

    /// The check of this name, if this probe includes it.
    pub(crate) fn included(&self, name: &str, probe: Probe) -> Option<Arc<Slot>> {
        self.find(name).filter(|slot| slot.counts_for(probe))
    }

    /// The current epoch.
    pub(crate) fn epoch(&self) -> Epoch {
        self.core.epochs.current()
    }

    /// Runs the selected checks of a probe that have no fresh observation. Returns the state of all its checks, in name order.
    ///
    /// # Panics
    ///
    /// If there is no home, and the caller is outside of a runtime.
    ///
    /// # Cancel safety
    ///
    /// The runs belong to the engine: if the future is dropped, they go on, and their results are kept.
    pub(crate) async fn round(&self, probe: Probe, is_selected: impl Fn(&Slot) -> bool, wait: Wait) -> Vec<Known> {
        let slots = self.core.slots.load_full();
        let round = |host: Host| {
            let round = Round::start(&self.core, &host.runtime, probe, &slots, &is_selected);
            round.known(wait, host.has_scheduler)
        };
        let known = self.at_home(round).await.unwrap_or_else(|| self.look(probe, &is_selected));
        let now = self.core.slots.load_full();
        if Arc::ptr_eq(&slots, &now) { known } else { current(known, &now) }
    }

    /// Does the same for one check.
    pub(crate) async fn round_of(&self, probe: Probe, slot: &Arc<Slot>, wait: Wait) -> Known {
        self.observe(Some(probe), slot, Demand::Observation, wait).await
    }

    pub(crate) fn phase(&self) -> Phase {
        if self.core.lifecycle.phase() == Phase::Starting {
            // An observation is visible a moment before its consequences.
            self.core.check_start();
        }
        self.core.lifecycle.phase()
    }

    /// Starts to drain: from now on readiness does not depend on checks.
    pub(crate) fn drain(&self) {
        self.core.advance(Phase::Draining);
        self.core.events.deliver();
    }

    /// The state of the checks of a probe, without running any. Needs no runtime.
    pub(crate) fn look(&self, probe: Probe, is_selected: impl Fn(&Slot) -> bool) -> Vec<Known> {
        let slots = self.core.slots.load();
        let included = slots.iter().filter(|slot| slot.counts_for(probe));
        included.map(|slot| Known::look(Arc::clone(slot), !is_selected(slot))).collect()
    }

    /// The state of one check, without running it. Needs no runtime.
    pub(crate) fn look_at(slot: &Arc<Slot>) -> Known {
        Known::look(Arc::clone(slot), false)
    }

    /// Runs a check even if its observation is fresh; joins a run in flight.
    pub(crate) async fn run(&self, name: &str) -> Result<Arc<Observation>, UnknownCheck> {
        let slot = self.find(name).ok_or_else(|| UnknownCheck::named(name))?;
        let known = self.observe(None, &slot, Demand::Run, Wait::Full).await;
        Ok(known.observed.unwrap_or_else(|| Arc::new(Observation::pending())))
    }

    /// A fresh observation of a check of any probe, as reports show it.
    pub(crate) async fn observe_for_dependent(&self, slot: &Arc<Slot>) -> Arc<Observation> {
        self.observe(None, slot, Demand::Observation, Wait::Full).await.for_dependent()
    }

    /// Forces a check's status, or no longer does.
    pub(crate) fn force(&self, name: &str, forced: Option<Forced>) -> Result<(), UnknownCheck> {
        let slot = self.find(name).ok_or_else(|| UnknownCheck::named(name))?;
        slot.force(&self.core, forced);
        Ok(())
    }

    /// Adds a check, and runs it. Returns the mistakes that prevent this.
    pub(crate) fn register(&self, check: Check) -> Vec<Problem> {
        let slot = {
            let _registering = lock(&self.core.registering);
            let slots = self.core.slots.load();
            let place = match slots.binary_search_by(|slot| (*slot.name).cmp(&check.meta.name)) {
                Err(place) => place,
                Ok(taken) => {
                    return vec![Problem::DuplicateName {
                        first: slots[taken].meta.place(),
                        second: check.meta.place(),
                    }];
                }
            };
            let (dependencies, missing) = self.dependencies(&check);
            if !missing.is_empty() {
                return missing;
            }
            let known_as = check.known_as.as_ref().map(|(type_id, _)| (*type_id, check.is_instance()));
            let slot = Arc::new(Slot::new(check, dependencies, self.defaults));
            let mut slots = Vec::clone(&slots);
            slots.insert(place, Arc::clone(&slot));
            self.core.slots.store(Arc::new(slots));
            if let Some((type_id, is_instance)) = known_as {
                self.core.change_types(|types| types.add(type_id, &slot.name, is_instance));
            }
            slot
        };
        self.core.changed();
        self.core.begin_at_home(&slot);
        Vec::new()
    }

    /// Removes a check from all reports. Checks that depend on it still do.
    pub(crate) fn remove(&self, name: &str) -> Result<(), UnknownCheck> {
        let removed = {
            let _registering = lock(&self.core.registering);
            let slots = self.core.slots.load();
            let place = slots.binary_search_by(|slot| (*slot.name).cmp(name));
            let place = place.map_err(|_| UnknownCheck::named(name))?;
            let mut left = Vec::clone(&slots);
            let removed = left.remove(place);
            self.core.slots.store(Arc::new(left));
            self.core.change_types(|types| types.remove(name));
            removed
        };
        self.core.schedule.remove(&removed);
        // A forced status could not be released any more, and dependents would still see it.
        removed.force(&self.core, None);
        self.core.changed();
        self.core.decisions.notify_waiters();
        Ok(())
    }

    pub(crate) fn subscribe(&self) -> Transitions {
        self.publisher.subscribe()
    }

    async fn observe(&self, probe: Option<Probe>, slot: &Arc<Slot>, demand: Demand, wait: Wait) -> Known {
        let known = self.at_home(|host| {
            let round = Round::of(&self.core, &host.runtime, probe, slot, demand);
            round.known(wait, host.has_scheduler)
        });
        known.await.and_then(|mut known| known.pop()).unwrap_or_else(|| Self::look_at(slot))
    }

    /// Runs a round. Runs it once more, on another runtime, if the runtime of a run has shut down meanwhile. `None` if no runtime may run
    /// checks.
    async fn at_home<F: Future<Output = Vec<Known>>>(&self, round: impl Fn(Host) -> F) -> Option<Vec<Known>> {
        let known = round(self.core.host()?).await;
        if known.iter().any(Known::was_cancelled) { Some(round(self.core.host()?).await) } else { Some(known) }
    }

    /// The check that each type identifies.
    pub(crate) fn types(&self) -> Arc<Types> {
        self.core.types.load_full()
    }

    /// The check of a type, or else its only instance.
    pub(crate) fn find_type<C: HealthCheck>(&self) -> Result<Arc<Slot>, UnknownCheck> {
        self.find_type_id(TypeId::of::<C>()).map_err(|candidates| UnknownCheck::of_type(type_name::<C>(), candidates))
    }

    fn find_type_id(&self, check: TypeId) -> Result<Arc<Slot>, usize> {
        self.find(self.core.types.load().find(check)?).ok_or(0)
    }

    /// The dependencies of a check, and those that are missing.
    fn dependencies(&self, check: &Check) -> (Vec<(TypeId, Arc<Slot>)>, Vec<Problem>) {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for dependency in &check.requirements.dependencies {
            match self.find_type_id(dependency.id) {
                Ok(slot) => found.push((dependency.id, slot)),
                Err(candidates) => missing.push(Problem::UnclearDependency {
                    check: check.meta.place(),
                    type_name: dependency.type_name,
                    candidates,
                }),
            }
        }
        (found, missing)
    }

    /// Whether there is a check of this name that is never run.
    #[cfg(feature = "metrics")]
    pub(crate) fn samples(&self, name: &str) -> bool {
        self.find(name).is_some_and(|slot| slot.is_sampled())
    }

    fn find(&self, name: &str) -> Option<Arc<Slot>> {
        let slots = self.core.slots.load();
        let place = slots.binary_search_by(|slot| (*slot.name).cmp(name)).ok()?;
        Some(Arc::clone(&slots[place]))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.core.home.stop_scheduler();
        self.core.close();
    }
}

/// The state at the end of a round in which checks were removed or registered: without removed checks, and with checks that replace one
/// of the same name. Other new checks are part of the next round.
fn current(known: Vec<Known>, slots: &[Arc<Slot>]) -> Vec<Known> {
    let successor = |known: &Known| {
        let place = slots.binary_search_by(|slot| slot.name.cmp(&known.slot.name)).ok()?;
        Some(&slots[place])
    };
    let still = |known: Known| match successor(&known) {
        Some(slot) if Arc::ptr_eq(slot, &known.slot) => Some(known),
        Some(slot) => Some(Known::look(Arc::clone(slot), known.is_excluded)),
        None => None,
    };
    known.into_iter().filter_map(still).collect()
}

/// The slots in name order. Each is created after the slots that it depends on.
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
