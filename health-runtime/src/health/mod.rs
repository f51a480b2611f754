//! The front door: wires the floors below.

mod builder;
mod control;
mod endpoint;
mod expose;
mod selection;
mod snapshot;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::Instant;

pub use builder::{HealthBuilder, InstanceBuilder};
pub use endpoint::Endpoint;
pub(crate) use endpoint::Endpoints;
pub use expose::Expose;
pub use selection::{Selection, UnknownTag};

use self::snapshot::Snapshots;
use crate::check::is_name;
use crate::engine::{Engine, Known, Slot};
use crate::probe::Probe;
use crate::process::Lifecycle;
use crate::report::{CheckReport, Phase, Report, ReportStatus};

/// The health of a service: its checks, and the answers to the probes.
///
/// A cheap clone. When the last one is dropped, the router's among them, the runs in flight are ended.
#[derive(Debug, Clone)]
pub struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    snapshots: Snapshots,
    lifecycle: Lifecycle,
    version: Arc<str>,
    service: Option<Arc<str>>,
    endpoints: Endpoints,
    server: Option<String>,
    expose: Expose,
    respond_within: Option<Duration>,
    drain_period: Duration,
    grace_period: Duration,
}

impl Health {
    /// Starts to describe the health of a service.
    pub fn builder() -> HealthBuilder {
        HealthBuilder::default()
    }

    /// Asks a probe's question.
    ///
    /// Checks without a fresh observation are run, side by side; one that runs already is joined.
    ///
    /// # Panics
    ///
    /// When there is no tokio runtime: neither `build()` nor an earlier probe was called on one, and this call is not either.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing: the runs go on, and their observations are kept.
    pub async fn probe(&self, probe: Probe) -> Report {
        self.report(probe, &Selection::all(), self.expose().to_everybody()).await
    }

    /// Asks a probe's question about some of its checks.
    ///
    /// # Errors
    ///
    /// When the selection names a tag that none of the probe's checks has.
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
        Ok(self.report(probe, selection, self.expose().to_everybody()).await)
    }

    /// Asks a probe's question about one of its checks; none if it does not count a check of this name.
    ///
    /// The check alone decides the status, and counts as critical.
    ///
    /// # Panics
    ///
    /// As [`probe`](Self::probe).
    ///
    /// # Cancel safety
    ///
    /// As [`probe`](Self::probe).
    pub async fn probe_check(&self, probe: Probe, name: &str) -> Option<Report> {
        self.report_of(probe, name, self.expose().to_everybody()).await
    }

    /// Where the process is in its life.
    pub fn phase(&self) -> Phase {
        if self.0.lifecycle.phase() == Phase::Starting && self.0.engine.has_started() {
            self.0.lifecycle.advance(Phase::Ready);
        }
        self.0.lifecycle.phase()
    }

    /// The full report.
    pub(crate) async fn report(&self, probe: Probe, selection: &Selection, exposes_errors: bool) -> Report {
        // While the process starts, readiness hangs on the startup checks: somebody has to run them.
        let starts = probe == Probe::Ready && self.phase() == Phase::Starting;
        let epoch = self.0.engine.epoch();
        let counts = |slot: &Slot| slot.counts_for(probe) || starts && slot.counts_for(Probe::Startup);
        let selects = |slot: &Slot| !slot.counts_for(probe) || selection.selects(&slot.meta);
        let mut round = self.0.engine.round(counts, selects, self.0.respond_within).await;
        round.retain(|known| known.slot.counts_for(probe));
        let mut report = self.assemble(probe, &round, exposes_errors, |slot| slot.meta.critical);
        if probe == Probe::Ready && report.phase != Some(Phase::Ready) {
            report.status = ReportStatus::Unhealthy;
        }
        if *selection == Selection::all() && exposes_errors == self.expose().to_everybody() {
            self.keep(probe, &report, &round, epoch);
        }
        report
    }

    /// The report of one check.
    pub(crate) async fn report_of(&self, probe: Probe, name: &str, exposes_errors: bool) -> Option<Report> {
        let asked = self.0.engine.counted(name, probe)?;
        let round =
            self.0.engine.round(|slot| std::ptr::eq(slot, &raw const *asked), |_| true, self.0.respond_within).await;
        Some(self.assemble(probe, &round, exposes_errors, |_| true))
    }

    pub(crate) fn check_selection(&self, probe: Probe, selection: &Selection) -> Result<(), UnknownTag> {
        let slots = self.0.engine.slots();
        selection.check_tags(&slots.iter().filter(|slot| slot.counts_for(probe)).map(|slot| &slot.meta))
    }

    /// The names to leave out that this probe does not count anyway; only what could be a name.
    pub(crate) fn ignored<'a>(&self, probe: Probe, selection: &'a Selection) -> impl Iterator<Item = &'a str> {
        let is_unknown = move |name: &&str| is_name(name) && self.0.engine.counted(name, probe).is_none();
        selection.excluded().filter(is_unknown)
    }

    /// Starts the first round on this runtime, unless it has been started.
    pub(crate) fn start(&self, runtime: &Handle) {
        self.0.engine.start(runtime);
    }

    pub(crate) fn lifecycle(&self) -> &Lifecycle {
        &self.0.lifecycle
    }

    pub(crate) fn version(&self) -> &Arc<str> {
        &self.0.version
    }

    pub(crate) fn service(&self) -> Option<&Arc<str>> {
        self.0.service.as_ref()
    }

    /// What documents and pages are headed with.
    pub(crate) fn title(&self) -> &str {
        self.service().map_or("Health endpoints", |service| service)
    }

    /// The checks in name order, the same list until one is added or removed.
    pub(crate) fn slots(&self) -> Arc<Vec<Arc<Slot>>> {
        self.0.engine.slots()
    }

    /// Where clients find the routes, if the document is not to say it relative to itself.
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

    fn assemble(
        &self,
        probe: Probe,
        round: &[Known],
        exposes_errors: bool,
        is_critical: impl Fn(&Slot) -> bool,
    ) -> Report {
        let now = Instant::now();
        let checks: Vec<_> =
            round.iter().map(|known| (&*known.slot, check_report(known, probe, now, exposes_errors))).collect();
        let counted = checks.iter().filter(|(_, check)| !check.is_excluded());
        let phase = self.phase();
        Report {
            status: ReportStatus::of(counted.map(|(slot, check)| (check.status(), is_critical(slot)))),
            phase: (probe != Probe::Live).then_some(phase),
            timestamp: SystemTime::now(),
            version: Arc::clone(&self.0.version),
            service: self.0.service.clone(),
            checks: (probe != Probe::Live || !checks.is_empty())
                .then(|| checks.into_iter().map(|(slot, check)| (Arc::clone(&slot.name), check)).collect()),
        }
    }
}

/// What a probe is told of a check.
fn check_report(known: &Known, probe: Probe, now: Instant, exposes_errors: bool) -> CheckReport {
    let slot = &known.slot;
    let mut report = match &known.observed {
        None => CheckReport::pending(probe),
        Some(observed) => {
            let report = CheckReport::observed(&observed.observation, exposes_errors || slot.meta.expose_errors)
                .aged(observed.age(now));
            match slot.is_stale(observed, now) {
                Some(limit) => report.stale(limit),
                None => report,
            }
        }
    };
    if let Some(forced) = &*slot.forced() {
        report = report.forced(forced.status, forced.message.clone());
    }
    if known.excluded { report.excluded() } else { report }
}
