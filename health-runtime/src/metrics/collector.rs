//! All metric families of a service, for any registry.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Unit;

use super::families::{Families, Name};
use super::requests::{Series, Status};
use super::{checks, process, watched};
use crate::health::{Health, WeakHealth};

const REQUESTS: Name = Name(
    "http_requests",
    None,
    "Requests by method, route and status class; aborted if dropped before the response head.",
);
const ERRORS: Name = Name("http_errors", None, "Requests that were answered with a 5xx status or ended by a panic.");
const DURATIONS: Name = Name(
    "http_request_duration",
    Some(Unit::Seconds),
    "Time from a request to the head of its response; of the health routes only errors and slow ones.",
);
const IN_FLIGHT: Name = Name("http_requests_in_flight", None, "Requests whose response body has not ended.");
const BUILD: Name = Name("build", None, "The service and its version; always 1.");

/// The metrics of a service as a collector of `prometheus-client` 0.26; made by
/// [`Health::metrics_collector`](crate::Health::metrics_collector).
///
/// Reads the metrics at each scrape; has none after the last [`Health`](crate::Health) is dropped.
#[derive(Debug, Clone)]
pub struct MetricsCollector {
    health: WeakHealth,
    with_process: bool,
}

impl MetricsCollector {
    pub(super) fn new(health: &Health) -> Self {
        Self { health: health.downgrade(), with_process: true }
    }
}

impl MetricsCollector {
    /// Leaves out the metrics of the process and of its runtime.
    #[must_use]
    pub fn without_process(self) -> Self {
        Self { with_process: false, ..self }
    }
}

impl Collector for MetricsCollector {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(health) = self.health.upgrade() else { return Ok(()) };
        let mut families = Families(encoder);
        let service = health.service().map(|service| ("service", &**service));
        let labels: Vec<_> = service.into_iter().chain([("version", &**health.version())]).collect();
        families.info(&BUILD, &labels.as_slice())?;
        requests(&mut families, &health)?;
        checks::encode(&mut families, &health)?;
        watched::encode(&mut families, &health)?;
        if !self.with_process {
            return Ok(());
        }
        if let Some(runtime) = health.home() {
            process::encode_runtime(&mut families, &runtime)?;
        }
        process::encode(&mut families)
    }
}

fn requests(families: &mut Families<'_>, health: &Health) -> fmt::Result {
    let series = health.requests().series();
    let by_status = |series| Status::ALL.into_iter().map(move |status| (status, series));
    families.counters(
        &REQUESTS,
        series.iter().flat_map(|series| by_status(&**series)).map(|(status, series)| {
            let [method, route] = labels(series);
            ([method, route, ("status", status.as_str())], series.count(status))
        }),
    )?;
    families.counters(&ERRORS, series.iter().map(|series| (labels(series), series.count(Status::ServerError))))?;
    families.histograms(&DURATIONS, series.iter().map(|series| (labels(series), series.durations())))?;
    if series.is_empty() {
        return Ok(());
    }
    families.gauge(&IN_FLIGHT, &series.iter().map(|series| series.in_flight()).sum::<u64>())
}

fn labels(series: &Series) -> [(&'static str, &str); 2] {
    [("method", series.method.as_str()), ("route", series.route())]
}
