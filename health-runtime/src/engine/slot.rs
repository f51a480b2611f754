//! Who may run now: at most one run of a check at a time, shared by all who ask.

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};
use tokio::sync::SetOnce;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::thresholds::{Streak, Thresholds};
use super::{Core, Defaults, lock};
use crate::check::CheckMeta;
use crate::context::{CheckContext, RunFuture, States};
use crate::observation::{Message, Observation, Reason};
use crate::outcome::CheckStatus;
use crate::probe::Probe;
use crate::registry::{Check, DetailsSchema};

/// One check: how it is run, the run in flight, and what the last finished run found.
pub(crate) struct Slot {
    pub(crate) name: Arc<str>,
    pub(crate) meta: CheckMeta,
    pub(crate) details: DetailsSchema,
    pub(super) timeout: Duration,
    pub(super) dependencies: Vec<(TypeId, Arc<Self>)>,
    cache: Duration,
    stale_after: Duration,
    run: Arc<dyn Fn(CheckContext) -> RunFuture + Send + Sync>,
    states: Arc<States>,
    published: ArcSwapOption<Observed>,
    forced: ArcSwapOption<Forced>,
    passed: OnceLock<()>,
    is_dependency: OnceLock<()>,
    desk: Mutex<Desk>,
}

/// An observation and its place on the monotonic clock.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) observation: Arc<Observation>,
    pub(super) at: Instant,
    /// When the status or the reason became what it is.
    pub(super) since: Instant,
}

/// A status that was set by hand.
#[derive(Debug)]
pub(crate) struct Forced {
    pub(crate) status: CheckStatus,
    pub(crate) message: Option<Message>,
}

/// One run, as those see it who wait for it.
#[derive(Debug, Default)]
pub(super) struct Flight {
    landed: SetOnce<Arc<Observed>>,
    abort: OnceLock<AbortHandle>,
}

/// What is decided under the slot's lock.
#[derive(Debug, Default)]
struct Desk {
    in_flight: Option<InFlight>,
    streak: Streak,
}

/// The run that occupies a slot. It does so until it is gone, which for one that ignores its end is after its deadline.
#[derive(Debug)]
struct InFlight {
    flight: Arc<Flight>,
    /// Whether its observation is decided, by the run or by its deadline.
    over: bool,
}

/// What somebody who needs an observation waits for.
#[derive(Debug, Clone)]
pub(super) enum Awaited {
    Known(Arc<Observed>),
    Landing(Arc<Flight>),
}

/// What there is for somebody who needs an observation.
pub(super) enum Claim {
    /// The last one will do.
    Fresh(Arc<Observed>),
    /// Somebody else has started a run.
    Join(Arc<Flight>),
    /// The one who asked has to start this run.
    Start(Arc<Flight>),
}

/// A status and its reason: what has to differ for a change to be one.
pub(super) type Verdict = (CheckStatus, Option<Reason>);

/// What publishing an observation did.
pub(super) struct Published {
    pub(super) before: Option<Arc<Observed>>,
    pub(super) after: Arc<Observed>,
}

impl Slot {
    /// Longer than any service lives, and short enough for every clock.
    pub(super) const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

    pub(super) fn new(check: Check, dependencies: Vec<(TypeId, Arc<Self>)>, defaults: Defaults) -> Self {
        let timeout = check.meta.timeout.unwrap_or(defaults.timeout).min(Self::LONGEST);
        for (_, dependency) in &dependencies {
            let _ = dependency.is_dependency.set(());
        }
        let stale_after = match check.meta.interval {
            Some(interval) => interval.saturating_mul(2).saturating_add(timeout),
            None => defaults.stale_after,
        };
        Self {
            name: Arc::from(&*check.meta.name),
            timeout,
            dependencies,
            cache: check.meta.cache.unwrap_or(defaults.cache),
            stale_after,
            meta: check.meta,
            details: check.details,
            run: check.run,
            states: check.states.shared(),
            published: ArcSwapOption::empty(),
            forced: ArcSwapOption::empty(),
            passed: OnceLock::new(),
            is_dependency: OnceLock::new(),
            desk: Mutex::default(),
        }
    }

    /// Whether other checks depend on this one.
    pub(super) fn is_dependency(&self) -> bool {
        self.is_dependency.get().is_some()
    }

    /// Whether this probe counts the check.
    pub(crate) fn counts_for(&self, probe: Probe) -> bool {
        self.meta.probes.contains(probe)
    }

    /// Whether a run has ever passed.
    pub(super) fn has_passed(&self) -> bool {
        self.passed.get().is_some()
    }

    /// The last observation, whatever its age.
    pub(crate) fn last(&self) -> Option<Arc<Observed>> {
        self.published.load_full()
    }

    /// How old an observation may be at most, if this one is older.
    pub(crate) fn is_stale(&self, observed: &Observed, now: Instant) -> Option<Duration> {
        (observed.age(now) > self.stale_after).then_some(self.stale_after)
    }

    /// Until when an observation answers probes.
    pub(super) fn fresh_until(&self, observed: &Observed) -> Instant {
        let fresh = if self.meta.interval.is_some() { self.stale_after } else { self.cache.min(self.stale_after) };
        observed.at + fresh.min(Self::LONGEST)
    }

    /// The status that was set by hand.
    pub(crate) fn forced(&self) -> Guard<Option<Arc<Forced>>> {
        self.forced.load()
    }

    /// Sets a status by hand, or leaves the word to the observations again. What was set before comes back.
    pub(super) fn force(&self, forced: Option<Forced>) -> Option<Arc<Forced>> {
        self.forced.swap(forced.map(Arc::new))
    }

    /// What a client is told of the check now, as far as it decides about a change.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        if let Some(forced) = &*self.forced() {
            return Some((forced.status, Some(Reason::Forced)));
        }
        self.published.load().as_ref().map(|observed| observed.verdict())
    }

    /// An observation that is young enough, the run in flight, or a new one.
    ///
    /// The checks on a schedule answer with what they have.
    pub(super) fn claim(&self, now: Instant) -> Claim {
        if let Some(fresh) = self.fresh(now) {
            return Claim::Fresh(fresh);
        }
        let mut desk = lock(&self.desk);
        // A run may have ended since the first look.
        if desk.in_flight.is_none()
            && let Some(fresh) = self.fresh(now)
        {
            return Claim::Fresh(fresh);
        }
        desk.claim()
    }

    /// The run in flight, or a new one.
    pub(super) fn claim_run(&self) -> Claim {
        lock(&self.desk).claim()
    }

    /// One call of the check function.
    pub(super) fn call(&self, deadline: Instant, dependencies: Arc<[(TypeId, Arc<Observation>)]>) -> RunFuture {
        let (name, states) = (Arc::clone(&self.name), Arc::clone(&self.states));
        (self.run)(CheckContext { name, deadline, states, dependencies })
    }

    /// Publishes what a run found, or what was published before while a flip is held back; nothing if the run's
    /// observation is decided already. A run that is gone leaves the slot with it: whoever asks from now on gets another.
    pub(super) fn publish(
        &self,
        core: &Core,
        flight: &Flight,
        mut found: Observation,
        at: Instant,
        is_gone: bool,
    ) -> Option<Published> {
        let passed = found.status != CheckStatus::Error;
        let thresholds = Thresholds { failure: self.meta.failure_threshold, success: self.meta.success_threshold };
        // The displaced details are their author's to drop, and the lock is not held meanwhile.
        let (published, _displaced) = {
            let mut desk = lock(&self.desk);
            desk.in_flight.as_mut().filter(|current| current.flight.is(flight) && !current.over)?.over = true;
            if is_gone {
                desk.in_flight = None;
            }
            let publishes = desk.streak.record(passed, thresholds);
            found.consecutive_failures = desk.streak.failures();
            let before = self.published.load_full();
            let held_back = before.as_ref().filter(|_| !publishes);
            let displaced = held_back.and_then(|before| found.keep_verdict_of(&before.observation));
            if passed {
                let _ = self.passed.set(());
            }
            let changed = before.as_ref().is_none_or(|before| before.verdict() != (found.status, found.reason));
            let since = before.as_ref().filter(|_| !changed).map_or(at, |before| before.since);
            let after = Arc::new(Observed { observation: Arc::new(found), at, since });
            self.published.store(Some(Arc::clone(&after)));
            (Published { before, after }, displaced)
        };
        core.epochs.begin();
        // Outside the lock: this wakes those who wait.
        let _ = flight.landed.set(Arc::clone(&published.after));
        Some(published)
    }

    /// Makes room for the next run.
    pub(super) fn vacate(&self, flight: &Flight) {
        let mut desk = lock(&self.desk);
        if desk.in_flight.as_ref().is_some_and(|current| current.flight.is(flight)) {
            desk.in_flight = None;
        }
    }

    /// Whether a run's observation is decided.
    pub(super) fn is_over(&self, flight: &Flight) -> bool {
        lock(&self.desk).in_flight.as_ref().is_none_or(|current| !current.flight.is(flight) || current.over)
    }

    fn fresh(&self, now: Instant) -> Option<Arc<Observed>> {
        let young = |observed: &Arc<Observed>| self.meta.interval.is_some() || observed.age(now) < self.cache;
        self.last().filter(young)
    }
}

impl Desk {
    fn claim(&mut self) -> Claim {
        if let Some(in_flight) = &self.in_flight {
            return Claim::Join(Arc::clone(&in_flight.flight));
        }
        let flight = Arc::new(Flight::default());
        self.in_flight = Some(InFlight { flight: Arc::clone(&flight), over: false });
        Claim::Start(flight)
    }
}

impl Observed {
    pub(crate) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.at)
    }

    pub(super) fn verdict(&self) -> Verdict {
        (self.observation.status, self.observation.reason)
    }
}

impl Flight {
    /// What the run found. Cancel safe: the run does not depend on who waits for it.
    pub(super) async fn landed(&self) -> Arc<Observed> {
        Arc::clone(self.landed.wait().await)
    }

    /// What the run found, if it is over.
    pub(super) fn has_landed(&self) -> Option<Arc<Observed>> {
        self.landed.get().cloned()
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

impl Awaited {
    /// What it is, once it is there. Cancel safe.
    pub(super) async fn landed(&self) -> Arc<Observed> {
        match self {
            Self::Known(observed) => Arc::clone(observed),
            Self::Landing(flight) => flight.landed().await,
        }
    }

    /// The same, unless it takes longer than until then.
    pub(super) async fn landed_by(&self, until: Option<Instant>) -> Option<Arc<Observed>> {
        match (self, until) {
            (Self::Landing(flight), Some(until)) if flight.has_landed().is_none() => {
                timeout_at(until, flight.landed()).await.ok()
            }
            _ => Some(self.landed().await),
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("name", &self.name).finish_non_exhaustive()
    }
}
