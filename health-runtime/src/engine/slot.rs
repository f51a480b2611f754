//! At most one run of a check at a time, shared by concurrent probes.

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, SystemTime};

use arc_swap::{ArcSwapOption, Guard};
use tokio::sync::SetOnce;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::core::Core;
use super::events::{Event, Ran};
use super::lock::lock;
use super::run::PreparedCall;
use super::settings::{Age, Defaults, Settings};
#[cfg(feature = "metrics")]
use super::tally::Tally;
use super::thresholds::Streak;
use super::timers::{ByTime, Entries};
use super::transition::Transition;
use crate::check::CheckMeta;
use crate::contain::contained;
use crate::context::{Answer, CheckContext, RunFn, Sampler, States};
use crate::message::Message;
use crate::observation::{Found, Observation, Reason};
use crate::outcome::CheckStatus;
use crate::probe::Probe;
use crate::registry::{Check, DetailsSchema};

/// One check: its settings, the run in flight, and the last observation.
pub(crate) struct Slot {
    pub(crate) name: Arc<str>,
    pub(crate) meta: CheckMeta,
    pub(crate) details: DetailsSchema,
    pub(super) settings: Settings,
    pub(super) dependencies: Vec<(TypeId, Arc<Self>)>,
    /// The longest that a run may take, including the runs of its dependencies.
    pub(super) longest_run: Duration,
    /// Whether runs start on the blocking pool.
    pub(super) is_blocking: bool,
    /// What observes a check that is never run.
    pub(super) sampler: Option<Arc<dyn Sampler>>,
    /// The check function and its state; `None` after they were dropped.
    function: Option<OwnedFunction>,
    last: ArcSwapOption<Observation>,
    forced: ArcSwapOption<Forced>,
    has_passed: OnceLock<()>,
    is_dependency: OnceLock<()>,
    is_removed: OnceLock<()>,
    state: Mutex<SlotState>,
}

struct OwnedFunction {
    function: Arc<RunFn>,
    states: Arc<States>,
}

/// A status that an operator set.
#[derive(Debug)]
pub(crate) struct Forced {
    pub(crate) status: CheckStatus,
    pub(crate) message: Option<Message>,
}

/// A run, as its waiters see it.
#[derive(Debug)]
pub(super) struct RunHandle {
    /// When the run was started, by the wall clock.
    pub(super) since: SystemTime,
    finished: SetOnce<Arc<Observation>>,
    abort: OnceLock<AbortHandle>,
    /// Set if the run occupies a thread of the blocking pool, so that it cannot be cancelled.
    blocks: OnceLock<()>,
}

/// The state under the slot's lock.
#[derive(Debug, Default)]
struct SlotState {
    in_flight: Option<InFlight>,
    streak: Streak,
    /// The status and reason of the last event, and its time.
    published: Option<(Verdict, Instant)>,
    /// The cause that was last logged.
    logged: Option<Message>,
    /// Why the last event replaced the status of the last observation; `None` if it did not.
    disbelief: Option<Reason>,
    /// `None` for a check that has never been scheduled, like most.
    scheduled: Option<Box<Scheduled>>,
    #[cfg(feature = "metrics")]
    tally: Tally,
}

/// The places of a check in the schedule.
#[derive(Debug, Default)]
struct Scheduled {
    next_run: Option<Planned>,
    /// The time from which the last observation is stale.
    stale: Option<Planned>,
}

/// The run that occupies the slot, until its call has ended, which may be long after its deadline.
#[derive(Debug)]
struct InFlight {
    run: Arc<RunHandle>,
    /// What was decided about it, by the run itself or by its deadline.
    found: Option<Box<Observation>>,
}

/// Whether a fresh observation is sufficient, or a run is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    Observation,
    Run,
}

/// The result of a claim.
pub(super) enum Claim {
    /// A fresh observation.
    Fresh(Arc<Observation>),
    /// A run in flight.
    Join(Arc<RunHandle>),
    /// A run that the caller has to start.
    Start(Arc<RunHandle>),
}

/// A place in the schedule.
type Planned = <ByTime<Weak<Slot>> as Entries>::Ticket;

/// The status and reason that clients see; transitions compare these.
type Verdict = (CheckStatus, Option<Reason>);

/// Replaced data. Drop it without the lock: the destructors of details are user code.
#[must_use]
pub(super) struct Replaced {
    before: Option<Arc<Observation>>,
    /// Details that a threshold held back.
    _not_shown: Option<Found>,
}

impl Slot {
    pub(super) fn new(check: Check, dependencies: Vec<(TypeId, Arc<Self>)>, defaults: Defaults) -> Self {
        for (_, dependency) in &dependencies {
            let _ = dependency.is_dependency.set(());
        }
        let settings = match check.sampler {
            Some(_) => Settings::sampled(),
            None => Settings::new(&check.meta, defaults),
        };
        let longest_dependency = dependencies.iter().map(|(_, dependency)| dependency.longest_run).max();
        Self {
            name: Arc::from(&*check.meta.name),
            settings,
            longest_run: settings.timeout.saturating_add(longest_dependency.unwrap_or_default()),
            dependencies,
            is_blocking: check.requirements.is_blocking,
            meta: check.meta,
            details: check.details,
            sampler: check.sampler,
            function: Some(OwnedFunction { function: check.function, states: check.states.shared() }),
            last: ArcSwapOption::empty(),
            forced: ArcSwapOption::empty(),
            has_passed: OnceLock::new(),
            is_dependency: OnceLock::new(),
            is_removed: OnceLock::new(),
            state: Mutex::default(),
        }
    }

    /// Whether other checks depend on this one.
    pub(super) fn is_dependency(&self) -> bool {
        self.is_dependency.get().is_some()
    }

    /// The longest that a run may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    /// Whether this probe includes the check.
    pub(crate) fn counts_for(&self, probe: Probe) -> bool {
        self.meta.probes.contains(probe)
    }

    /// Whether this check holds up the start of the service: a critical startup check that has never passed, or a critical readiness
    /// check without a result.
    pub(super) fn holds_up_start(&self) -> bool {
        let forced = self.forced().as_ref().map(|forced| forced.status);
        let has_passed =
            || self.has_passed.get().is_some() || forced.is_some_and(|status| status != CheckStatus::Error);
        let has_result = || forced.is_some() || self.last.load().as_ref().is_some_and(|last| !last.is_cancelled());
        self.meta.critical
            && (self.counts_for(Probe::Startup) && !has_passed() || self.counts_for(Probe::Ready) && !has_result())
    }

    /// Whether the check is observed, and never run.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampler.is_some()
    }

    /// Whether the check was removed from all reports.
    pub(super) fn is_removed(&self) -> bool {
        self.is_removed.get().is_some()
    }

    /// The last observation, of any age.
    pub(crate) fn last(&self) -> Option<Arc<Observation>> {
        self.last.load_full()
    }

    /// The age of an observation of this check.
    pub(super) fn age(&self, observed: &Observation, now: Instant) -> Age {
        // What is sampled is known: a sampler returns only what has changed. A stopped process is no older when it goes on.
        let age = if self.is_sampled() { Duration::ZERO } else { observed.age(now) };
        match self.settings.age(age) {
            // A cancelled run says nothing about the dependency.
            Age::Fresh if observed.is_cancelled() => Age::Expired,
            age => age,
        }
    }

    /// When an observation of this check is no longer fresh.
    pub(super) fn fresh_until(&self, observed: &Observation) -> Instant {
        if observed.is_cancelled() { observed.at() } else { self.settings.fresh_until(observed.at()) }
    }

    /// The status that an operator set.
    pub(crate) fn forced(&self) -> Guard<Option<Arc<Forced>>> {
        self.forced.load()
    }

    /// Forces the status, or clears a forced one.
    pub(super) fn force(&self, core: &Core, forced: Option<Forced>) {
        let before = {
            let mut state = lock(&self.state);
            let before = self.forced.swap(forced.map(Arc::new));
            self.push_event(core, &mut state, self.last.load().as_deref(), Instant::now(), None);
            before
        };
        drop(before);
        core.changed();
        core.decisions.notify_waiters();
    }

    /// An observation as reports show it, with a forced status.
    pub(super) fn as_reported(&self, observed: &Arc<Observation>) -> Arc<Observation> {
        match &*self.forced() {
            Some(forced) => Arc::new(observed.forced(forced.status, forced.message.clone())),
            None => Arc::clone(observed),
        }
    }

    /// When the run in flight started, and whether it is past its deadline.
    pub(super) fn in_flight(&self) -> Option<(SystemTime, bool)> {
        lock(&self.state).in_flight.as_ref().map(|in_flight| (in_flight.run.since, in_flight.found.is_some()))
    }

    /// Returns a fresh observation, the run in flight, or a new run.
    pub(super) fn claim(self: &Arc<Self>, core: &Core, demand: Demand, now: Instant, at: SystemTime) -> Claim {
        let fresh = || {
            let last = self.last.load();
            let fresh = last.as_ref().filter(|last| demand == Demand::Observation && self.age(last, now) == Age::Fresh);
            fresh.map(Arc::clone)
        };
        if let Some(fresh) = fresh() {
            return Claim::Fresh(fresh);
        }
        let (claim, replaced) = {
            let mut state = lock(&self.state);
            // A run may have finished since the first look.
            if state.in_flight.is_none()
                && let Some(fresh) = fresh()
            {
                return Claim::Fresh(fresh);
            }
            let replaced = self.count_again(core, &mut state, now);
            (state.claim(at), replaced)
        };
        if replaced.is_some() {
            core.changed();
            if self.settings.interval.is_some() {
                core.schedule.expect(self, now + self.settings.stale_after());
            }
        }
        claim
    }

    /// What a run needs to call the check function, which is user code.
    pub(super) fn call(&self, deadline: Instant, dependencies: Arc<[(TypeId, Arc<Observation>)]>) -> PreparedCall {
        let OwnedFunction { function, states } =
            self.function.as_ref().expect("a slot has its function until it is dropped");
        let (name, states) = (Arc::clone(&self.name), Arc::clone(states));
        PreparedCall { function: Arc::clone(function), cx: CheckContext { name, deadline, states, dependencies } }
    }

    /// Stores a run's result. If thresholds hold a flip back, the old status is kept. Does nothing if the run was decided
    /// already. With `is_gone` the slot is freed in the same step.
    pub(super) fn finish(
        self: &Arc<Self>,
        core: &Core,
        run: &RunHandle,
        found: Observation,
        is_gone: bool,
    ) -> Option<Replaced> {
        let (replaced, after) = {
            let mut state = lock(&self.state);
            let in_flight = state.in_flight.as_mut().filter(|in_flight| in_flight.run.is(run))?;
            if in_flight.found.is_some() {
                return None;
            }
            if is_gone {
                state.in_flight = None;
            } else {
                in_flight.found = Some(Box::new(found.clone()));
            }
            #[cfg(feature = "metrics")]
            state.tally.record(&found);
            self.observe(core, &mut state, found)
        };
        core.changed();
        // Outside the lock: this wakes the waiters.
        let at = after.at();
        let is_error = |observation: &Arc<Observation>| observation.status == CheckStatus::Error;
        let decides = self.meta.critical && (is_error(&after) || replaced.before.as_ref().is_some_and(is_error));
        let _ = run.finished.set(after);
        if decides {
            core.decisions.notify_waiters();
        }
        if self.settings.interval.is_some() {
            core.schedule.expect(self, at + self.settings.stale_after());
        }
        Some(replaced)
    }

    /// Stores an observation that no run made.
    pub(super) fn publish(&self, core: &Core, answer: Answer, at: std::time::Instant) {
        let found = Observation {
            status: answer.status,
            reason: answer.reason,
            message: answer.message,
            cause: answer.cause,
            details: answer.details,
            response_time: Duration::ZERO,
            observed_at: SystemTime::now(),
            at,
            consecutive_failures: 0,
        };
        let (replaced, after) = {
            let mut state = lock(&self.state);
            if self.last.load().as_ref().is_some_and(|last| last.at > at) {
                return;
            }
            #[cfg(feature = "metrics")]
            {
                state.tally.last_success =
                    Some(found.observed_at).filter(|_| found.status != CheckStatus::Error).or(state.tally.last_success);
            }
            self.observe(core, &mut state, found)
        };
        core.changed();
        if replaced.before.as_ref().map(|before| before.status) != Some(after.status) {
            core.decisions.notify_waiters();
        }
    }

    /// Frees the slot after a run that outlived its deadline.
    pub(super) fn vacate(self: &Arc<Self>, core: &Arc<Core>, run: &RunHandle) {
        let gone = lock(&self.state).in_flight.take_if(|in_flight| in_flight.run.is(run));
        // The result of the run was valid until its end.
        if let (Some(_), Some(_), Some(last)) = (gone, self.settings.interval, self.last()) {
            core.schedule.expect(self, last.at() + self.settings.stale_after());
            core.wake_watch();
        }
    }

    /// Whether a run's result is decided.
    pub(super) fn is_decided(&self, run: &RunHandle) -> bool {
        let state = lock(&self.state);
        state.in_flight.as_ref().is_none_or(|in_flight| !in_flight.run.is(run) || in_flight.found.is_some())
    }

    /// The counts of the runs, and the last published status.
    #[cfg(feature = "metrics")]
    pub(crate) fn tally(&self) -> (Tally, Option<CheckStatus>) {
        let state = lock(&self.state);
        (state.tally.clone(), state.published.map(|((status, _), _)| status))
    }

    /// The age from which a scheduled check's observation is stale; `None` without a schedule.
    #[cfg(feature = "metrics")]
    pub(crate) fn scheduled_stale_after(&self) -> Option<Duration> {
        self.settings.interval.map(|_| self.settings.stale_after())
    }

    /// Stores the place of the next run in the schedule. Returns the previous place, or this one if the check was removed.
    pub(super) fn set_planned(&self, ticket: Planned) -> Option<Planned> {
        let mut state = lock(&self.state);
        if self.is_removed() { Some(ticket) } else { state.scheduled().next_run.replace(ticket) }
    }

    /// Does the same for the time from which the last observation is stale. Of two such times, the later one is kept.
    pub(super) fn set_stale(&self, ticket: Planned) -> Option<Planned> {
        let mut state = lock(&self.state);
        if self.is_removed() {
            return Some(ticket);
        }
        match &mut state.scheduled().stale {
            Some(later) if *later > ticket => Some(ticket),
            place => place.replace(ticket),
        }
    }

    /// Reports that the last observation is too old, if it is.
    pub(super) fn publish_stale(&self, core: &Core, now: Instant) {
        {
            let mut state = lock(&self.state);
            let last = self.last.load();
            let Some(last) = last.as_ref().filter(|last| self.age(last, now) == Age::Stale) else { return };
            state.disbelief = match &state.in_flight {
                None => Some(Reason::Stale),
                // The result of a run that cannot be cancelled stays valid, unless a threshold holds it back.
                Some(_) if self.meta.critical && last.status != CheckStatus::Error => Some(Reason::Pending),
                Some(_) => return,
            };
            self.push_event(core, &mut state, self.last.load().as_deref(), now, None);
        }
        core.changed();
    }

    /// Marks the check as removed: it has no more events. Returns its places in the schedule.
    pub(super) fn remove(&self) -> [Option<Planned>; 2] {
        let mut state = lock(&self.state);
        // Under the lock, so that no event and no scheduled run follows.
        let _ = self.is_removed.set(());
        let Scheduled { next_run, stale } = *state.scheduled.take().unwrap_or_default();
        [next_run, stale]
    }

    /// Counts a run that cannot be cancelled once more, in the place of the run that would start now. Otherwise a failure that a threshold
    /// holds back would never be counted again.
    fn count_again(&self, core: &Core, state: &mut SlotState, now: Instant) -> Option<Replaced> {
        let found = Observation { at: now.into_std(), ..Observation::clone(state.in_flight.as_ref()?.found.as_ref()?) };
        let is_held_back = self.last.load().as_ref().map(|last| last.verdict()) != Some((found.status, found.reason));
        is_held_back.then(|| self.observe(core, state, found).0)
    }

    /// Stores an observation, after thresholds are applied.
    fn observe(&self, core: &Core, state: &mut SlotState, mut found: Observation) -> (Replaced, Arc<Observation>) {
        let ran = Ran { status: found.status, cause: found.cause.clone() };
        let has_passed = found.status != CheckStatus::Error;
        let flips = state.streak.record(has_passed, self.settings.thresholds);
        found.consecutive_failures = state.streak.failures();
        let before = self.last.load_full();
        let kept = before.as_ref().filter(|_| !flips);
        let not_shown = kept.and_then(|before| found.keep_verdict_of(before));
        if has_passed {
            let _ = self.has_passed.set(());
        }
        let after = Arc::new(found);
        self.last.store(Some(Arc::clone(&after)));
        state.disbelief = None;
        self.push_event(core, state, Some(&after), after.at(), Some(ran));
        (Replaced { before, _not_shown: not_shown }, after)
    }

    /// Appends an event to the queue, if anything has changed.
    fn push_event(
        &self,
        core: &Core,
        state: &mut SlotState,
        last: Option<&Observation>,
        now: Instant,
        ran: Option<Ran>,
    ) {
        let forced = self.forced();
        let (verdict, text, cause) = match (&*forced, last) {
            (Some(forced), _) => ((forced.status, Some(Reason::Forced)), forced.message.as_ref(), None),
            (None, Some(_)) if state.disbelief.is_some() => ((CheckStatus::Error, state.disbelief), None, None),
            (None, Some(last)) => (last.verdict(), last.message.as_ref(), last.cause.as_ref()),
            // A forced status ended before the first run.
            (None, None) if state.published.is_some() => ((CheckStatus::Error, Some(Reason::Pending)), None, None),
            (None, None) => return,
        };
        let published = state.published;
        let is_change = published.is_none_or(|(published, _)| published != verdict);
        let has_failed = ran.as_ref().is_some_and(|ran| ran.status == CheckStatus::Error);
        let is_kept = has_failed && (forced.is_some() || verdict.0 != CheckStatus::Error);
        let is_new_cause =
            cause.is_some_and(|cause| state.logged.replace(cause.clone()).is_none_or(|logged| !logged.is_same(cause)));
        if self.is_removed() || !(is_change || is_new_cause || is_kept) {
            return;
        }
        let change = is_change.then(|| Transition {
            check: Arc::clone(&self.name),
            from: published.map(|((status, _), _)| status),
            to: verdict.0,
            reason: verdict.1,
            age: published.map(|(_, since)| now.saturating_duration_since(since)),
            response_time: ran.as_ref().and(last).map(|last| last.response_time),
            at: SystemTime::now(),
        });
        if is_change {
            #[cfg(feature = "metrics")]
            {
                state.tally.transitions = state.tally.transitions.wrapping_add(1);
            }
            state.published = Some((verdict, now));
        }
        let (text, cause) = (text.cloned(), cause.cloned());
        core.events.push(Event { check: Arc::clone(&self.name), ran, change, text, cause, is_new_cause });
    }
}

impl SlotState {
    fn scheduled(&mut self) -> &mut Scheduled {
        self.scheduled.get_or_insert_default()
    }

    fn claim(&mut self, at: SystemTime) -> Claim {
        if let Some(in_flight) = &self.in_flight {
            return Claim::Join(Arc::clone(&in_flight.run));
        }
        let run = Arc::new(RunHandle {
            since: at,
            finished: SetOnce::new(),
            abort: OnceLock::new(),
            blocks: OnceLock::new(),
        });
        self.in_flight = Some(InFlight { run: Arc::clone(&run), found: None });
        Claim::Start(run)
    }
}

impl Observation {
    pub(super) fn at(&self) -> Instant {
        Instant::from_std(self.at)
    }

    pub(crate) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.at())
    }

    fn verdict(&self) -> Verdict {
        (self.status, self.reason)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.reason == Some(Reason::Cancelled)
    }
}

impl RunHandle {
    /// Waits for the observation of the run. Cancel safe: the run does not depend on its waiters.
    pub(super) async fn finished(&self) -> Arc<Observation> {
        Arc::clone(self.finished.wait().await)
    }

    /// The observation of the run, if it has finished.
    pub(super) fn result(&self) -> Option<Arc<Observation>> {
        self.finished.get().cloned()
    }

    /// Whether the run has finished, or is past its deadline.
    pub(super) fn is_finished(&self) -> bool {
        self.finished.get().is_some()
    }

    pub(super) fn set_blocks(&self) {
        let _ = self.blocks.set(());
    }

    pub(super) fn blocks(&self) -> bool {
        self.blocks.get().is_some()
    }

    /// Stores the task, so that the deadline can cancel it.
    pub(super) fn set_abort(&self, abort: AbortHandle) {
        let _ = self.abort.set(abort);
    }

    /// Cancels the task at its next `.await`.
    pub(super) fn abort(&self) {
        if let Some(abort) = self.abort.get() {
            abort.abort();
        }
    }

    fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Drop for Slot {
    /// Drops user code; a panic in its destructor is contained.
    fn drop(&mut self) {
        let function = self.function.take();
        let _ = contained(|| drop(function));
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("name", &self.name).finish_non_exhaustive()
    }
}
