//! The report that answers a probe: the aggregate of its checks' observations.

mod check_report;
mod format;
mod problem;
pub(crate) mod timestamp;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

pub use check_report::CheckReport;
pub(crate) use format::{FORMATS, Format, Rendered, Renderings};
pub(crate) use problem::Problem;

use crate::outcome::CheckStatus;
use crate::types::Types;

/// The status of a report, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "three statuses are what clients of the wire format rely on")]
pub enum ReportStatus {
    /// Every check is `ok`, apart from those that the request excluded.
    Healthy,
    /// Something needs attention; the response is still 200.
    Degraded,
    /// A critical check is in `error`, or (readiness only) the service is starting or draining; the response is 503.
    Unhealthy,
}

/// Lifecycle phase of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ServicePhase")]
#[expect(clippy::exhaustive_enums, reason = "three phases are what clients of the wire format rely on")]
pub enum Phase {
    /// Some critical startup check has not passed yet, or some critical readiness check has no result yet.
    Starting,
    /// Started, and not shutting down.
    Running,
    /// Shutting down; send no new traffic.
    Draining,
}

impl Phase {
    /// The name of the phase in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Draining => "draining",
        }
    }
}

/// The result of a probe.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[must_use]
pub struct Report {
    /// The overall status.
    pub(crate) status: ReportStatus,
    /// Lifecycle phase of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Phase")]
    pub(crate) phase: Option<Phase>,
    /// When the report was made.
    #[serde(serialize_with = "timestamp::serialize")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) timestamp: SystemTime,
    /// The version of the service.
    pub(crate) version: Arc<str>,
    /// The name of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(crate) service: Option<Arc<str>>,
    /// The checks by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, CheckReport>")]
    pub(crate) checks: Option<Checks>,
    /// The check that each type identifies.
    #[serde(skip)]
    pub(crate) types: Arc<Types>,
}

/// Checks in name order.
#[derive(Debug, Clone)]
pub(crate) struct Checks(Vec<(Arc<str>, CheckReport)>);

/// In milliseconds with two decimals.
#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
pub(crate) fn milliseconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    #[expect(clippy::cast_precision_loss, reason = "exact for more than a thousand years")]
    let hundredths = hundredths_of_milliseconds(duration.unwrap_or_default()) as f64;
    serializer.serialize_f64(hundredths / 100.0)
}

/// Rounded half up.
fn hundredths_of_milliseconds(duration: Duration) -> u64 {
    u64::try_from((duration.as_nanos() + 5_000) / 10_000).unwrap_or(u64::MAX)
}

impl Report {
    /// The overall status.
    pub fn status(&self) -> ReportStatus {
        self.status
    }

    /// Whether the response has status code 200: true unless the status is `unhealthy`.
    pub fn is_success(&self) -> bool {
        self.status != ReportStatus::Unhealthy
    }

    /// Lifecycle phase of the service; `None` in a report of [`Probe::Live`](crate::Probe::Live).
    pub fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// The version of the service.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The name of the service; `None` if the builder was given none.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// When the report was made, by the wall clock.
    pub fn timestamp(&self) -> SystemTime {
        self.timestamp
    }

    /// Returns a check by its name; `None` if the probe includes no check of that name.
    pub fn check(&self, name: &str) -> Option<&CheckReport> {
        self.checks.as_ref()?.get(name)
    }

    /// The checks of the probe with their names, in name order.
    pub fn checks(&self) -> impl Iterator<Item = (&str, &CheckReport)> {
        self.checks.iter().flat_map(|Checks(checks)| checks).map(|(name, check)| (&**name, check))
    }
}

impl Checks {
    fn get(&self, name: &str) -> Option<&CheckReport> {
        let place = self.0.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(&self.0[place].1)
    }
}

impl FromIterator<(Arc<str>, CheckReport)> for Checks {
    /// The checks come in name order already.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, CheckReport)>>(checks: I) -> Self {
        Self(checks.into_iter().collect())
    }
}

impl Serialize for Checks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, check)| (&**name, check)))
    }
}

impl ReportStatus {
    /// The name of the status in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }

    /// The overall status of checks, each with whether it is critical.
    pub(crate) fn of(checks: impl IntoIterator<Item = (CheckStatus, bool)>) -> Self {
        let alone = |(status, critical)| match (status, critical) {
            (CheckStatus::Ok, _) => Self::Healthy,
            (CheckStatus::Error, true) => Self::Unhealthy,
            (CheckStatus::Error, false) | (CheckStatus::Degraded, _) => Self::Degraded,
        };
        checks.into_iter().map(alone).max().unwrap_or(Self::Healthy)
    }
}

impl fmt::Display for ReportStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckStatus::{Degraded, Error, Ok};

    #[test]
    fn the_worst_check_decides() {
        let of = |checks: &[(CheckStatus, bool)]| ReportStatus::of(checks.iter().copied());
        assert_eq!(of(&[]), ReportStatus::Healthy);
        assert_eq!(of(&[(Ok, true), (Ok, false)]), ReportStatus::Healthy);
        assert_eq!(of(&[(Degraded, true), (Ok, true)]), ReportStatus::Degraded);
        assert_eq!(of(&[(Degraded, false), (Ok, true)]), ReportStatus::Degraded);
        assert_eq!(of(&[(Error, false), (Ok, true)]), ReportStatus::Degraded);
        assert_eq!(of(&[(Error, true), (Degraded, true), (Ok, true)]), ReportStatus::Unhealthy);
        assert_eq!(of(&[(Degraded, false), (Error, false), (Error, true)]), ReportStatus::Unhealthy);
    }
}
