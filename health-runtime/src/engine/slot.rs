//! Who may run now: at most one run of a check at a time, shared by all who ask.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::SetOnce;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::{Defaults, lock};
use crate::context::{CheckContext, RunFuture, States};
use crate::observation::Observation;
use crate::outcome::CheckStatus;
use crate::probe::{Probe, Probes};
use crate::registry::Registration;

/// One check: how it is run, the run in flight, and what the last finished run found.
pub(crate) struct Slot {
    pub(crate) name: Arc<str>,
    probes: Probes,
    pub(super) timeout: Duration,
    cache: Duration,
    run: fn(CheckContext) -> RunFuture,
    states: Arc<States>,
    published: ArcSwapOption<Observed>,
    passed: OnceLock<()>,
    flight: Mutex<Option<InFlight>>,
}

/// An observation and its place on the monotonic clock.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) observation: Observation,
    pub(super) at: Instant,
}

/// One run, as those see it who wait for it.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) started: Instant,
    pub(super) deadline: Instant,
    landed: SetOnce<Arc<Observed>>,
    abort: OnceLock<AbortHandle>,
}

/// The run that occupies a slot. It does so until it is gone, which for one that hogs its thread is after its deadline.
struct InFlight {
    flight: Arc<Flight>,
    /// Whether its observation is decided, by the run or by its deadline.
    over: bool,
}

/// What there is for somebody who needs an observation.
pub(super) enum Claim {
    /// The last one is young enough.
    Fresh(Arc<Observed>),
    /// Somebody else has started a run.
    Join(Arc<Flight>),
    /// The one who asked has to start this run.
    Start(Arc<Flight>),
}

/// What publishing an observation changed.
pub(super) struct Published {
    pub(super) before: Option<Arc<Observed>>,
    pub(super) after: Arc<Observed>,
}

impl Slot {
    /// Longer than any service lives, and short enough for every clock.
    const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

    pub(super) fn new(check: &Registration, states: Arc<States>, defaults: Defaults) -> Self {
        Self {
            name: Arc::from(&*check.meta.name),
            probes: check.meta.probes,
            timeout: check.meta.timeout.unwrap_or(defaults.timeout).min(Self::LONGEST),
            cache: defaults.cache,
            run: check.run,
            states,
            published: ArcSwapOption::empty(),
            passed: OnceLock::new(),
            flight: Mutex::new(None),
        }
    }

    /// A fresh observation, the run in flight, or a new one.
    pub(super) fn claim(&self, now: Instant) -> Claim {
        if let Some(fresh) = self.fresh(now) {
            return Claim::Fresh(fresh);
        }
        let mut current = lock(&self.flight);
        if let Some(in_flight) = &*current {
            return Claim::Join(Arc::clone(&in_flight.flight));
        }
        // A run may have ended since the first look.
        if let Some(fresh) = self.fresh(now) {
            return Claim::Fresh(fresh);
        }
        let flight = Arc::new(Flight {
            started: now,
            deadline: now + self.timeout,
            landed: SetOnce::new(),
            abort: OnceLock::new(),
        });
        *current = Some(InFlight { flight: Arc::clone(&flight), over: false });
        Claim::Start(flight)
    }

    /// The last observation, whatever its age.
    pub(super) fn last(&self) -> Option<Arc<Observed>> {
        self.published.load_full()
    }

    /// Whether this probe counts the check.
    pub(crate) fn counts_for(&self, probe: Probe) -> bool {
        self.probes.contains(probe)
    }

    /// Whether a run has ever passed.
    pub(super) fn has_passed(&self) -> bool {
        self.passed.get().is_some()
    }

    /// One call of the check function.
    pub(super) fn call(&self, flight: &Flight) -> RunFuture {
        (self.run)(CheckContext::new(Arc::clone(&self.name), flight.deadline, Arc::clone(&self.states)))
    }

    /// Publishes what a run found; nothing if that is decided already.
    pub(super) fn publish(&self, flight: &Flight, observed: Observed) -> Option<Published> {
        let after = Arc::new(observed);
        let before = {
            let mut current = lock(&self.flight);
            let in_flight = current.as_mut().filter(|current| current.flight.is(flight) && !current.over)?;
            in_flight.over = true;
            if after.observation.status != CheckStatus::Error {
                let _ = self.passed.set(());
            }
            self.published.swap(Some(Arc::clone(&after)))
        };
        // Outside the lock: this wakes those who wait.
        let _ = flight.landed.set(Arc::clone(&after));
        Some(Published { before, after })
    }

    /// Makes room for the next run.
    pub(super) fn vacate(&self, flight: &Flight) {
        let mut current = lock(&self.flight);
        if current.as_ref().is_some_and(|current| current.flight.is(flight)) {
            *current = None;
        }
    }

    /// Whether a run's observation is decided.
    pub(super) fn is_over(&self, flight: &Flight) -> bool {
        lock(&self.flight).as_ref().is_none_or(|current| !current.flight.is(flight) || current.over)
    }

    fn fresh(&self, now: Instant) -> Option<Arc<Observed>> {
        self.last().filter(|observed| now.saturating_duration_since(observed.at) < self.cache)
    }
}

impl Flight {
    /// What the run found. Cancel safe: the run does not depend on who waits for it.
    pub(super) async fn landed(&self) -> Arc<Observed> {
        Arc::clone(self.landed.wait().await)
    }

    /// Lets the deadline end the run's task.
    pub(super) fn set_abort(&self, abort: AbortHandle) {
        let _ = self.abort.set(abort);
    }

    /// Ends the run's task the next time it yields.
    pub(super) fn abort(&self) {
        if let Some(abort) = self.abort.get() {
            abort.abort();
        }
    }

    fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("name", &self.name).finish_non_exhaustive()
    }
}
