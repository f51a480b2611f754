//! Example reports, of the same types as real ones.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::models::{Components, check_name};
use super::sample::sample;
use crate::health::Health;
use crate::message::Message;
use crate::observation::{Found, Observation, Reason};
use crate::outcome::CheckStatus;
use crate::probe::Probe;
use crate::report::{CheckReport, Phase, Report, ReportStatus};

/// Why a report is unhealthy.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failing<'a> {
    /// This check has timed out.
    Check(&'a str, Duration),
    /// The service is draining.
    Draining,
}

/// A report about these checks.
pub(super) fn report(
    health: &Health,
    probe: Probe,
    checks: &[&str],
    failing: Option<Failing<'_>>,
    components: &Components,
) -> Value {
    // An arbitrary time, the same in every build.
    let observed_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_352_700_121);
    let checks = checks.iter().map(|&name| {
        let ok = Observation {
            status: CheckStatus::Ok,
            reason: None,
            message: None,
            cause: None,
            details: details(name, components),
            response_time: Duration::from_micros(1_270),
            observed_at,
            at: Instant::now(),
            consecutive_failures: 0,
        };
        let observation = match failing {
            Some(Failing::Check(failing, timeout)) if failing == name => Observation {
                status: CheckStatus::Error,
                reason: Some(Reason::Timeout),
                message: Some(Message::new(&format!("no answer within {timeout:?}"))),
                details: None,
                response_time: timeout.saturating_add(Duration::from_micros(310)),
                consecutive_failures: 1,
                ..ok
            },
            _ => ok,
        };
        (Arc::from(name), CheckReport::observed(&observation, false))
    });
    let phase = if let Some(Failing::Draining) = failing { Phase::Draining } else { Phase::Running };
    json!(Report {
        status: if failing.is_some() { ReportStatus::Unhealthy } else { ReportStatus::Healthy },
        phase: (probe != Probe::Live).then_some(phase),
        timestamp: observed_at + Duration::from_millis(2),
        version: Arc::clone(health.version()),
        service: health.service().cloned(),
        checks: (probe != Probe::Live || checks.len() > 0).then(|| checks.collect()),
        types: Arc::default(),
    })
}

fn details(check: &str, components: &Components) -> Option<Found> {
    let schema = components[&check_name(check)]["properties"].get("details")?;
    Found::new(Box::new(sample(schema, components, 8)?)).ok()?
}
