//! The answer to a probe: the aggregate of its checks' observations.

mod check_report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

pub use check_report::CheckReport;
pub(crate) use check_report::timestamp;

use crate::outcome::CheckStatus;

/// The status of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(clippy::exhaustive_enums, reason = "three statuses are what clients of the wire format rely on")]
pub enum ReportStatus {
    /// Every check is `ok`.
    Healthy,
    /// Something needs a look; the answer is still 200.
    Degraded,
    /// A critical check is in `error`; the answer is 503.
    Unhealthy,
}

/// Where the process is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(clippy::exhaustive_enums, reason = "three phases are what clients of the wire format rely on")]
pub enum Phase {
    /// Not every check of readiness and startup has been heard of.
    Starting,
    /// In service.
    Ready,
    /// Asked to stop: no new traffic, please.
    Draining,
}

impl Phase {
    /// The word for it on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Draining => "draining",
        }
    }
}

/// The answer to a probe.
#[derive(Debug, Clone, Serialize)]
#[must_use]
pub struct Report {
    pub(crate) status: ReportStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phase: Option<Phase>,
    #[serde(serialize_with = "timestamp")]
    pub(crate) timestamp: SystemTime,
    pub(crate) version: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) checks: Option<BTreeMap<Arc<str>, CheckReport>>,
}

impl Report {
    /// The verdict.
    pub fn status(&self) -> ReportStatus {
        self.status
    }

    /// Whether the status is answered with 200: everything but `unhealthy`.
    pub fn is_success(&self) -> bool {
        self.status != ReportStatus::Unhealthy
    }

    /// Where the process is in its life; none in a report of liveness.
    pub fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// When the report was made.
    pub fn timestamp(&self) -> SystemTime {
        self.timestamp
    }

    /// One check by its name; none if the probe does not count it.
    pub fn check(&self, name: &str) -> Option<&CheckReport> {
        self.checks.as_ref()?.get(name)
    }

    /// The checks in name order.
    pub fn checks(&self) -> impl Iterator<Item = (&str, &CheckReport)> {
        self.checks.iter().flatten().map(|(name, check)| (&**name, check))
    }
}

impl ReportStatus {
    /// The verdict over checks of which each can make the report unhealthy.
    pub(crate) fn of(checks: impl IntoIterator<Item = CheckStatus>) -> Self {
        checks.into_iter().fold(Self::Healthy, |worst, check| match (worst, check) {
            (Self::Unhealthy, _) | (_, CheckStatus::Error) => Self::Unhealthy,
            (Self::Degraded, _) | (_, CheckStatus::Degraded) => Self::Degraded,
            (Self::Healthy, CheckStatus::Ok) => Self::Healthy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckStatus::{Degraded, Error, Ok};

    #[test]
    fn the_worst_check_decides() {
        assert_eq!(ReportStatus::of([]), ReportStatus::Healthy);
        assert_eq!(ReportStatus::of([Ok, Ok]), ReportStatus::Healthy);
        assert_eq!(ReportStatus::of([Degraded, Ok]), ReportStatus::Degraded);
        assert_eq!(ReportStatus::of([Error, Degraded, Ok]), ReportStatus::Unhealthy);
        assert_eq!(ReportStatus::of([Degraded, Error]), ReportStatus::Unhealthy);
    }
}
