//! Example answers, made of the types of which real ones are made.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::models::{Components, check_name};
use super::sample::sample;
use crate::health::Health;
use crate::observation::{Message, Observation, Reason};
use crate::outcome::CheckStatus;
use crate::probe::Probe;
use crate::report::{CheckReport, Phase, Report, ReportStatus};

/// A report about these checks. In an unhealthy one the first has not answered in time; without any, the process is about to
/// stop.
pub(super) fn report(health: &Health, probe: Probe, checks: &[&str], is_healthy: bool, components: &Components) -> Value {
    // Some moment, the same in every build.
    let observed_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_352_700_121);
    let checks: Vec<_> = checks
        .iter()
        .enumerate()
        .map(|(index, &name)| {
            let ok = Observation {
                status: CheckStatus::Ok,
                reason: None,
                message: None,
                details: details(name, components),
                response_time: Duration::from_micros(1_270),
                observed_at,
            };
            let timed_out = Observation {
                status: CheckStatus::Error,
                reason: Some(Reason::Timeout),
                message: Some(Message::new("no answer within 5s")),
                details: None,
                response_time: Duration::from_micros(5_000_310),
                ..ok.clone()
            };
            let observation = if is_healthy || index > 0 { ok } else { timed_out };
            (name.into(), CheckReport::from(&observation))
        })
        .collect();
    let phase = if is_healthy || !checks.is_empty() { Phase::Ready } else { Phase::Draining };
    json!(Report {
        status: if is_healthy { ReportStatus::Healthy } else { ReportStatus::Unhealthy },
        phase: (probe != Probe::Live).then_some(phase),
        timestamp: observed_at + Duration::from_millis(2),
        version: health.version().into(),
        service: health.service().map(Into::into),
        checks: (probe != Probe::Live || !checks.is_empty()).then(|| checks.into_iter().collect()),
    })
}

fn details(check: &str, components: &Components) -> Option<Arc<RawValue>> {
    let schema = components[&check_name(check)]["properties"].get("details")?;
    Some(to_raw_value(&sample(schema, components, 8)?).ok()?.into())
}
