//! The front door: wires the floors below.

mod builder;
mod endpoint;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;

pub use builder::HealthBuilder;
pub use endpoint::Endpoint;
pub(crate) use endpoint::Endpoints;

use crate::engine::{Engine, Observed, Slot};
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
    lifecycle: Lifecycle,
    version: Arc<str>,
    service: Option<Arc<str>>,
    endpoints: Endpoints,
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
        // While the process starts, readiness hangs on the startup checks: somebody has to run them.
        let starts = probe == Probe::Ready && self.phase() == Phase::Starting;
        let wanted = |slot: &Slot| slot.counts_for(probe) || starts && slot.counts_for(Probe::Startup);
        let observed = self.0.engine.round(wanted).await;
        let phase = self.phase();
        let reported = observed.into_iter().filter(|(slot, _)| slot.counts_for(probe));
        let mut report = self.report(probe, phase, reported);
        if probe == Probe::Ready && phase != Phase::Ready {
            report.status = ReportStatus::Unhealthy;
        }
        report
    }

    /// Asks a probe's question about one of its checks; none if it does not count a check of this name.
    ///
    /// The check alone decides the status.
    ///
    /// # Panics
    ///
    /// As [`probe`](Self::probe).
    ///
    /// # Cancel safety
    ///
    /// As [`probe`](Self::probe).
    pub async fn probe_check(&self, probe: Probe, name: &str) -> Option<Report> {
        if !self.0.engine.counts(name, probe) {
            return None;
        }
        let observed = self.0.engine.round(|slot| *slot.name == *name).await;
        Some(self.report(probe, self.phase(), observed))
    }

    /// Where the process is in its life.
    pub fn phase(&self) -> Phase {
        if self.0.lifecycle.phase() == Phase::Starting && self.0.engine.has_started() {
            self.0.lifecycle.advance(Phase::Ready);
        }
        self.0.lifecycle.phase()
    }

    /// Starts the first round on this runtime, unless it has been started.
    pub(crate) fn start(&self, runtime: &Handle) {
        self.0.engine.start(runtime);
    }

    pub(crate) fn lifecycle(&self) -> &Lifecycle {
        &self.0.lifecycle
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    /// How long readiness refuses traffic before the listener closes.
    pub(crate) fn drain_period(&self) -> Duration {
        self.0.drain_period
    }

    /// How long requests in flight may take once the listener is closed.
    pub(crate) fn grace_period(&self) -> Duration {
        self.0.grace_period
    }

    fn report<'a>(
        &self,
        probe: Probe,
        phase: Phase,
        observed: impl IntoIterator<Item = (&'a Slot, Arc<Observed>)>,
    ) -> Report {
        let checks: BTreeMap<_, _> = observed
            .into_iter()
            .map(|(slot, observed)| (Arc::clone(&slot.name), CheckReport::from(&observed.observation)))
            .collect();
        Report {
            status: ReportStatus::of(checks.values().map(CheckReport::status)),
            phase: (probe != Probe::Live).then_some(phase),
            timestamp: SystemTime::now(),
            version: Arc::clone(&self.0.version),
            service: self.0.service.clone(),
            checks: (probe != Probe::Live || self.0.engine.counts_any(probe)).then_some(checks),
        }
    }
}
