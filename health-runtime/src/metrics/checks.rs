//! Writes the metrics of the checks, and of the report of each probe.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use prometheus_client::registry::Unit;
use tokio::time::Instant;

use super::families::{Families, Name};
use super::histogram::{Bounds, microseconds};
use crate::engine::{Slot, Tally};
use crate::health::Health;
use crate::observation::Observation;
use crate::outcome::CheckStatus;
use crate::probe::Probe;
use crate::report::{Phase, ReportStatus};

const STATE: Name = Name("health_check_state", None, "1 for the last published status of the check, 0 for the others.");
const LAST_DURATION: Name = Name("health_check_last_duration", Some(Unit::Seconds), "How long the last run took.");
const DURATIONS: Name = Name("health_check_duration", Some(Unit::Seconds), "How long the runs took.");
const RUNS: Name = Name("health_check_runs", None, "Finished runs by reason; ok if there is none.");
const TRANSITIONS: Name = Name("health_check_transitions", None, "Changes of the check's status or reason.");
const LAST_SUCCESS: Name =
    Name("health_check_last_success_timestamp", Some(Unit::Seconds), "When the last run that passed finished.");
const AGE: Name = Name("health_check_observation_age", Some(Unit::Seconds), "Time since the last run finished.");
const STALE_AFTER: Name = Name(
    "health_check_stale_after",
    Some(Unit::Seconds),
    "Age from which the result of this scheduled check is too old to be trusted.",
);
const REPORTS: Name = Name("health_report_state", None, "1 for the overall status of the probe, 0 for the others.");

static BOUNDS: LazyLock<Bounds> =
    LazyLock::new(|| Bounds::new(Tally::BOUNDS.map(|milliseconds| f64::from(milliseconds) / 1e3)));

/// A check at one moment.
struct Seen<'a> {
    slot: &'a Slot,
    tally: Tally,
    published: Option<CheckStatus>,
    last: Option<Arc<Observation>>,
}

pub(super) fn encode(families: &mut Families<'_>, health: &Health) -> fmt::Result {
    let slots = health.slots();
    let checks: Vec<_> = slots.iter().map(|slot| Seen::new(slot)).collect();
    families.gauges(&REPORTS, Probe::ALL.iter().flat_map(|probe| reports(health, *probe, &checks)))?;
    families.gauges(&STATE, checks.iter().flat_map(Seen::states))?;
    let last_duration = |check: &Seen<'_>| Some(check.last_run()?.response_time.as_secs_f64());
    families.gauges(&LAST_DURATION, each(&checks, last_duration))?;
    families.histograms(
        &DURATIONS,
        each(&checks, |check| {
            if check.slot.is_sampled() {
                return None;
            }
            let counts = check.tally.durations.iter().map(|count| u64::from(*count));
            Some(BOUNDS.snapshot(counts, microseconds(check.tally.total_nanoseconds)))
        }),
    )?;
    let run = checks.iter().filter(|check| !check.slot.is_sampled());
    families.counters(&RUNS, run.flat_map(Seen::runs))?;
    families.counters(&TRANSITIONS, each(&checks, |check| Some(u64::from(check.tally.transitions))))?;
    families.gauges(&LAST_SUCCESS, each(&checks, |check| Some(unix_time(check.tally.last_success?))))?;
    let now = Instant::now();
    families.gauges(&AGE, each(&checks, |check| Some(check.last.as_ref()?.age(now).as_secs_f64())))?;
    let stale_after = |check: &Seen<'_>| check.slot.scheduled_stale_after().as_ref().map(Duration::as_secs_f64);
    families.gauges(&STALE_AFTER, each(&checks, stale_after))
}

fn each<'a, V>(
    checks: &'a [Seen<'_>],
    value: impl Fn(&Seen<'_>) -> Option<V>,
) -> impl Iterator<Item = ([(&'static str, &'a str); 1], V)> {
    checks.iter().filter_map(move |check| Some(([("check", &*check.slot.name)], value(check)?)))
}

fn reports<'a>(
    health: &Health,
    probe: Probe,
    checks: &[Seen<'_>],
) -> impl Iterator<Item = ([(&'static str, &'a str); 2], u32)> {
    let included = checks.iter().filter(|check| check.slot.counts_for(probe));
    let statuses = included.map(|check| {
        let unknown = if probe == Probe::Live { CheckStatus::Degraded } else { CheckStatus::Error };
        (check.published.unwrap_or(unknown), check.slot.meta.critical)
    });
    let mut status = ReportStatus::of(statuses);
    if probe == Probe::Ready && health.phase() != Phase::Running {
        status = ReportStatus::Unhealthy;
    }
    [ReportStatus::Healthy, ReportStatus::Degraded, ReportStatus::Unhealthy].into_iter().map(move |state| {
        let labels = [("probe", probe.as_str()), ("state", state.as_str())];
        (labels, u32::from(state == status))
    })
}

impl<'a> Seen<'a> {
    fn new(slot: &'a Slot) -> Self {
        let (tally, published) = slot.tally();
        Self { slot, tally, published, last: slot.last() }
    }

    /// What the last run found; `None` for a check that has none.
    fn last_run(&self) -> Option<&Observation> {
        self.last.as_deref().filter(|_| !self.slot.is_sampled())
    }

    fn states(&self) -> impl Iterator<Item = ([(&'static str, &str); 2], u32)> {
        [CheckStatus::Ok, CheckStatus::Degraded, CheckStatus::Error].into_iter().map(|state| {
            let labels = [("check", &*self.slot.name), ("state", state.as_str())];
            (labels, u32::from(self.published == Some(state)))
        })
    }

    fn runs(&self) -> impl Iterator<Item = ([(&'static str, &str); 2], u64)> {
        Tally::REASONS.iter().zip(self.tally.runs).map(|(reason, runs)| {
            let reason = reason.map_or("ok", |reason| reason.as_str());
            ([("check", &*self.slot.name), ("reason", reason)], u64::from(runs))
        })
    }
}

fn unix_time(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
