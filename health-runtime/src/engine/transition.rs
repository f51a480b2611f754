//! A change of a check's status or reason, as clients see it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::observation::Reason;
use crate::outcome::CheckStatus;
use crate::report::{milliseconds, timestamp};

/// A change of a check's status or reason.
///
/// As JSON, it has the members `check`, `from`, `to`, `reason`, `age_ms` and `response_time_ms` (milliseconds with two decimals), and `at`
/// (RFC 3339, UTC). Members that are `None` are absent.
#[derive(Debug, Clone, Serialize)]
pub struct Transition {
    pub(super) check: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<CheckStatus>,
    pub(super) to: CheckStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Reason>,
    #[serde(rename = "age_ms", serialize_with = "milliseconds", skip_serializing_if = "Option::is_none")]
    pub(super) age: Option<Duration>,
    #[serde(rename = "response_time_ms", serialize_with = "milliseconds", skip_serializing_if = "Option::is_none")]
    pub(super) response_time: Option<Duration>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub(super) at: SystemTime,
}

impl Transition {
    /// The name of the check.
    pub fn check(&self) -> &str {
        &self.check
    }

    /// The previous status; `None` for the first one.
    pub fn from(&self) -> Option<CheckStatus> {
        self.from
    }

    /// The new status.
    pub fn to(&self) -> CheckStatus {
        self.to
    }

    /// The reason for the new status; `None` if that is `ok` and was not forced.
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// How long the previous state lasted; `None` for the first state.
    pub fn age(&self) -> Option<Duration> {
        self.age
    }

    /// How long the run took that caused the change; `None` if no run did.
    pub fn response_time(&self) -> Option<Duration> {
        self.response_time
    }

    /// When the status changed, by the wall clock.
    pub fn at(&self) -> SystemTime {
        self.at
    }
}
