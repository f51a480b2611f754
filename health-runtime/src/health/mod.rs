//! The front door: wires the floors below.

mod builder;
mod connection_limits;
mod control;
mod endpoint;
mod expose;
mod selection;
mod shutdown;
mod snapshot;
mod watched;

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::Instant;

pub use builder::HealthBuilder;
pub(crate) use connection_limits::ConnectionLimits;
pub use endpoint::Endpoint;
pub(crate) use endpoint::Endpoints;
pub use expose::Expose;
pub use selection::{Selection, UnknownTag};
pub use shutdown::Drained;

use self::snapshot::Snapshots;
use crate::check::{UnknownCheck, is_name};
use crate::context::{HealthCheck, States};
use crate::engine::{Belief, Engine, Known, Slot, Wait};
use crate::log::Log;
use crate::observation::Observation;
use crate::probe::Probe;
#[cfg(feature = "metrics")]
use crate::process::EventLoopSampler;
use crate::process::{Limit, Shutdown};
use crate::report::{CheckReport, Phase, Report, ReportStatus};

/// The checks of a service. Answers the probes.
///
/// Cheap to clone. Dropping the last clone, including the router's, cancels runs in flight. A check that owns a `Health`, directly or
/// in its state, keeps it alive for ever: give the check only those parts of the state that it needs.
#[derive(Debug, Clone)]
pub struct Health(Arc<Inner>);

/// A [`Health`] that does not keep itself alive.
#[cfg(feature = "metrics")]
#[derive(Debug, Clone)]
pub(crate) struct WeakHealth(std::sync::Weak<Inner>);

#[cfg(feature = "metrics")]
impl WeakHealth {
    pub(crate) fn upgrade(&self) -> Option<Health> {
        self.0.upgrade().map(Health)
    }
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    snapshots: Snapshots,
    /// For checks that are registered later.
    states: Arc<States>,
    log: Arc<Log>,
    version: Arc<str>,
    service: Option<Arc<str>>,
    endpoints: Endpoints,
    server: Option<String>,
    expose: Expose,
    patience: Duration,
    respond_within: Option<Duration>,
    drain_period: Duration,
    grace_period: Duration,
    #[cfg(feature = "metrics")]
    requests: Arc<crate::metrics::Requests>,
    #[cfg(feature = "metrics")]
    metrics_prefix: Option<String>,
    connection_limits: ConnectionLimits,
    shutdown: Shutdown,
    #[cfg(feature = "metrics")]
    event_loop: Option<Arc<EventLoopSampler>>,
    saturation: Option<Arc<Limit>>,
}

// A panic leaves no state half changed: no lock is held while user code runs.
impl UnwindSafe for Health {}
impl RefUnwindSafe for Health {}

/// For which runs a report waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// For every run.
    Full,
    /// For every run that can change the status code; for the others until the patience is over.
    Route,
    /// For every run, until the patience is over.
    Brief,
}

impl Health {
    /// Returns a builder.
    pub fn builder() -> HealthBuilder {
        HealthBuilder::default()
    }

    /// Answers a probe after every run has finished.
    ///
    /// Starts a run of each check that has no fresh result, all at the same time, or joins the run in flight. Waits for every run, at most
    /// until its timeout.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, unless [`build`](HealthBuilder::build) was called in one or [`runtime`](HealthBuilder::runtime) set
    /// one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: the runs go on, and their results are kept.
    pub async fn probe(&self, probe: Probe) -> Report {
        let report = self.report(probe, &Selection::all(), self.expose().to_all(), Waiting::Full).await;
        Arc::unwrap_or_clone(report)
    }

    /// Answers a probe as its route does, without waiting long for runs that cannot change the status code.
    ///
    /// Waits while an unfinished run can change the status code; for other runs, until [`patience`](HealthBuilder::patience) is over.
    /// [`respond_within`](HealthBuilder::respond_within) limits both. A check whose run has not finished is reported with its last result
    /// and [`running_since`](CheckReport::running_since). While the service is draining, readiness is answered as by
    /// [`look`](Self::look).
    ///
    /// # Panics
    ///
    /// As [`probe`](Self::probe).
    ///
    /// # Cancel safety
    ///
    /// As [`probe`](Self::probe).
    pub async fn answer(&self, probe: Probe) -> Report {
        let report = self.report(probe, &Selection::all(), self.expose().to_all(), Waiting::Route).await;
        Arc::unwrap_or_clone(report)
    }

    /// Answers a probe at once, from the last results and without running a check.
    ///
    /// Works on any thread, with or without a runtime. A check whose last result is too old is `stale`.
    pub fn look(&self, probe: Probe) -> Report {
        self.look_selected(probe, &Selection::all(), self.expose().to_all())
    }

    /// Answers a probe about the selected checks, after their runs have finished.
    ///
    /// # Errors
    ///
    /// If the selection contains a tag that no check of the probe has.
    ///
    /// # Panics
    ///
    /// As [`probe`](Self::probe).
    ///
    /// # Cancel safety
    ///
    /// As [`probe`](Self::probe).
    pub async fn probe_selected(&self, probe: Probe, selection: &Selection) -> Result<Report, UnknownTag> {
        self.check_selection(probe, selection)?;
        let report = self.report(probe, selection, self.expose().to_all(), Waiting::Full).await;
        Ok(Arc::unwrap_or_clone(report))
    }

    /// Answers a probe about one of its checks, after its run has finished. `None` if the probe includes no check of that name.
    ///
    /// The check alone decides the status of the report, and counts as critical.
    ///
    /// # Panics
    ///
    /// As [`probe`](Self::probe).
    ///
    /// # Cancel safety
    ///
    /// As [`probe`](Self::probe).
    pub async fn probe_check(&self, probe: Probe, name: &str) -> Option<Report> {
        self.report_of(probe, name, self.expose().to_all(), Waiting::Full).await
    }

    /// Returns the lifecycle phase of the service.
    pub fn phase(&self) -> Phase {
        self.0.engine.phase()
    }

    /// The full report.
    pub(crate) async fn report(
        &self,
        probe: Probe,
        selection: &Selection,
        exposes_errors: bool,
        waiting: Waiting,
    ) -> Arc<Report> {
        if self.only_looks(probe, waiting) {
            return Arc::new(self.look_selected(probe, selection, exposes_errors));
        }
        let epoch = self.0.engine.epoch();
        let round = self.0.engine.round(probe, |slot| selection.selects(&slot.meta), self.wait(waiting)).await;
        let report = Arc::new(self.assemble_all(probe, &round, exposes_errors));
        if *selection == Selection::all() && exposes_errors == self.expose().to_all() {
            self.keep(probe, &report, &round, epoch);
        }
        report
    }

    /// The report of one check.
    pub(crate) async fn report_of(
        &self,
        probe: Probe,
        name: &str,
        exposes_errors: bool,
        waiting: Waiting,
    ) -> Option<Report> {
        let asked = self.0.engine.included(name, probe)?;
        let known = if self.only_looks(probe, waiting) {
            Engine::look_at(&asked)
        } else {
            self.0.engine.round_of(probe, &asked, self.wait(waiting)).await
        };
        Some(self.assemble(probe, &[known], exposes_errors, |_| true))
    }

    /// The full report from the last results.
    fn look_selected(&self, probe: Probe, selection: &Selection, exposes_errors: bool) -> Report {
        let known = self.0.engine.look(probe, |slot| selection.selects(&slot.meta));
        self.assemble_all(probe, &known, exposes_errors)
    }

    /// Whether a request starts and awaits no runs: the checks cannot change what a service that stops says of readiness, and a runtime
    /// that is stuck cannot run them.
    fn only_looks(&self, probe: Probe, waiting: Waiting) -> bool {
        let is_draining = || probe == Probe::Ready && self.phase() == Phase::Draining;
        waiting != Waiting::Full && (is_draining() || self.0.engine.is_stuck())
    }

    fn wait(&self, waiting: Waiting) -> Wait {
        let (patience, limit) = (self.0.patience, self.0.respond_within);
        match waiting {
            Waiting::Full => Wait::Full,
            Waiting::Route => Wait::Needed { patience, limit },
            Waiting::Brief => Wait::Briefly { patience: limit.map_or(patience, |limit| limit.min(patience)) },
        }
    }

    /// The observation of the check of this type, for a handler.
    pub(crate) async fn observe_type<C: HealthCheck>(&self) -> Result<Arc<Observation>, UnknownCheck> {
        let slot = self.0.engine.find_type::<C>()?;
        Ok(self.0.engine.observe_for_dependent(&slot).await)
    }

    pub(crate) fn check_selection(&self, probe: Probe, selection: &Selection) -> Result<(), UnknownTag> {
        let slots = self.0.engine.slots();
        selection.check_tags(&slots.iter().filter(|slot| slot.counts_for(probe)).map(|slot| &slot.meta))
    }

    /// The excluded names that match no check of this probe; `None` for a text that cannot be a name.
    pub(crate) fn ignored<'a>(&self, probe: Probe, selection: &'a Selection) -> impl Iterator<Item = Option<&'a str>> {
        let is_unknown = move |name: &&str| self.0.engine.included(name, probe).is_none();
        selection.excluded().filter(is_unknown).map(|name| is_name(name).then_some(name))
    }

    /// Makes this runtime the home of the checks, unless they have a live one.
    pub(crate) fn settle(&self, runtime: &Handle) {
        self.0.engine.settle(runtime);
    }

    pub(crate) fn log(&self) -> &Log {
        &self.0.log
    }

    pub(crate) fn version(&self) -> &Arc<str> {
        &self.0.version
    }

    pub(crate) fn service(&self) -> Option<&Arc<str>> {
        self.0.service.as_ref()
    }

    /// The title of documents and pages.
    pub(crate) fn title(&self) -> &str {
        self.service().map_or("Health endpoints", |service| service)
    }

    /// The checks in name order, the same list until one is added or removed.
    pub(crate) fn slots(&self) -> Arc<Vec<Arc<Slot>>> {
        self.0.engine.slots()
    }

    /// The server URL of the document; `None` for a relative one.
    pub(crate) fn server(&self) -> Option<&str> {
        self.0.server.as_deref()
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    pub(crate) fn expose(&self) -> &Expose {
        &self.0.expose
    }

    /// How long readiness refuses traffic before the listener closes.
    pub(crate) fn drain_period(&self) -> Duration {
        self.0.drain_period
    }

    /// How long requests in flight may take once the listener is closed.
    pub(crate) fn grace_period(&self) -> Duration {
        self.0.grace_period
    }

    /// The runtime on which checks run, if it is alive.
    #[cfg(feature = "metrics")]
    pub(crate) fn home(&self) -> Option<Handle> {
        self.0.engine.home()
    }

    /// A runtime whose timers work: the caller's, or else the one on which checks run.
    #[cfg(feature = "metrics")]
    pub(crate) fn timers(&self) -> Option<Handle> {
        self.0.engine.timers()
    }

    /// The observer of the runtime of the checks.
    #[cfg(feature = "metrics")]
    pub(crate) fn event_loop(&self) -> Option<&EventLoopSampler> {
        self.0.event_loop.as_deref().filter(|_| self.0.engine.samples("event_loop"))
    }

    /// The limit on the requests in flight.
    pub(crate) fn request_limit(&self) -> Option<&Arc<Limit>> {
        self.0.saturation.as_ref()
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn metrics_prefix(&self) -> Option<&str> {
        self.0.metrics_prefix.as_deref()
    }

    /// Returns a handle that does not keep this alive.
    #[cfg(feature = "metrics")]
    pub(crate) fn downgrade(&self) -> WeakHealth {
        WeakHealth(Arc::downgrade(&self.0))
    }

    /// The requests that layers have counted.
    #[cfg(feature = "metrics")]
    pub(crate) fn requests(&self) -> &Arc<crate::metrics::Requests> {
        &self.0.requests
    }

    fn assemble_all(&self, probe: Probe, round: &[Known], exposes_errors: bool) -> Report {
        let mut report = self.assemble(probe, round, exposes_errors, |slot| slot.meta.critical);
        if probe == Probe::Ready && report.phase != Some(Phase::Running) {
            report.status = ReportStatus::Unhealthy;
        }
        report
    }

    fn assemble(
        &self,
        probe: Probe,
        round: &[Known],
        exposes_errors: bool,
        is_critical: impl Fn(&Slot) -> bool,
    ) -> Report {
        let (now, phase) = (Instant::now(), self.phase());
        let check = |known: &Known| {
            let is_critical = is_critical(&known.slot);
            (Arc::clone(&known.slot.name), is_critical, check_report(known, probe, is_critical, now, exposes_errors))
        };
        let checks: Vec<_> = round.iter().map(check).collect();
        let counted = checks.iter().filter(|(.., check)| !check.is_excluded());
        Report {
            status: ReportStatus::of(counted.map(|(_, is_critical, check)| (check.status(), *is_critical))),
            phase: (probe != Probe::Live).then_some(phase),
            timestamp: SystemTime::now(),
            version: Arc::clone(&self.0.version),
            service: self.0.service.clone(),
            checks: (probe != Probe::Live || !checks.is_empty())
                .then(|| checks.into_iter().map(|(name, _, check)| (name, check)).collect()),
            types: self.0.engine.types(),
        }
    }
}

/// One check in a report.
fn check_report(known: &Known, probe: Probe, is_critical: bool, now: Instant, exposes_errors: bool) -> CheckReport {
    let slot = &known.slot;
    let mut report = match &known.observed {
        None => CheckReport::pending(probe),
        Some(observed) => {
            CheckReport::observed(observed, exposes_errors || slot.meta.expose_errors).aged(observed.age(now))
        }
    };
    match known.belief(is_critical, now) {
        Belief::Believed | Belief::NeverObserved => {}
        Belief::Awaited(limit) => report = report.awaited(probe, limit),
        Belief::Stale(limit) => report = report.stale(limit),
    }
    if let Some(since) = known.running_since {
        report = report.running(since);
    }
    if let Some(forced) = &*slot.forced() {
        report = report.forced(forced.status, forced.message.clone());
    }
    if known.is_excluded { report.excluded() } else { report }
}
