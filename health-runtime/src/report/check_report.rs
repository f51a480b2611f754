//! One check in a report.

use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::{milliseconds, timestamp};
use crate::message::Message;
use crate::observation::{Found, Observation, Reason};
use crate::outcome::{CheckStatus, Details};
use crate::probe::Probe;

/// One check in a report: a flat object with the same optional members for every check.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckReport {
    /// The status of the check.
    pub(super) status: CheckStatus,
    /// Machine-readable reason for the status. Absent only if the status is `ok` and was not forced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Reason")]
    pub(super) reason: Option<Reason>,
    /// Human-readable explanation. Always present if the status is not `ok`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = Message::MAX_ESCAPED))]
    pub(super) message: Option<Message>,
    /// How long the last run took, in milliseconds with two decimals.
    #[serde(rename = "response_time_ms", serialize_with = "milliseconds", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64", range(min = 0))]
    pub(super) response_time: Option<Duration>,
    /// When the last run finished.
    #[serde(serialize_with = "optional_timestamp", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(super) observed_at: Option<SystemTime>,
    /// The age of the observation when the report was made, by the monotonic clock.
    #[serde(skip)]
    age: Option<Duration>,
    /// When the run in flight started. Present only if there is no result yet, the result is no longer fresh, or this run has timed out
    /// and cannot be cancelled.
    #[serde(serialize_with = "optional_timestamp", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(super) running_since: Option<SystemTime>,
    /// Number of consecutive failed runs. Absent if the last run passed.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(range(min = 1))]
    pub(super) consecutive_failures: u32,
    /// True if an operator forced the status; absent otherwise.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) forced: bool,
    /// True if `tag` or `exclude` left this check out, so that it does not affect the overall status; absent otherwise.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) excluded: bool,
    /// Details returned by the check.
    #[serde(serialize_with = "json", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "serde_json::Value")]
    pub(super) details: Option<Found>,
}

impl CheckReport {
    /// The report of a check of which no run has finished yet.
    pub(crate) fn pending(probe: Probe) -> Self {
        let status = match probe {
            // A restart does not make a first run come sooner.
            Probe::Live => CheckStatus::Degraded,
            Probe::Ready | Probe::Startup => CheckStatus::Error,
        };
        Self {
            status,
            reason: Some(Reason::Pending),
            message: Some(Message::never_observed()),
            response_time: None,
            observed_at: None,
            age: None,
            running_since: None,
            consecutive_failures: 0,
            forced: false,
            excluded: false,
            details: None,
        }
    }

    /// What a run found; with its error text, if the client may see that.
    pub(crate) fn observed(observation: &Observation, exposes_errors: bool) -> Self {
        let cause = observation.cause.as_ref().filter(|_| exposes_errors);
        Self {
            status: observation.status,
            reason: observation.reason,
            message: cause.or(observation.message.as_ref()).cloned(),
            response_time: Some(observation.response_time),
            observed_at: Some(observation.observed_at),
            age: None,
            running_since: None,
            consecutive_failures: observation.consecutive_failures,
            forced: false,
            excluded: false,
            details: observation.details.clone(),
        }
    }

    /// Sets the age of the observation.
    pub(crate) fn aged(self, age: Duration) -> Self {
        Self { age: Some(age), ..self }
    }

    /// Replaces the status of an observation that is too old while a run is in flight.
    pub(crate) fn awaited(self, probe: Probe, limit: Duration) -> Self {
        let Self { status, reason, .. } = Self::pending(probe);
        Self { status, reason, message: Some(Message::awaited(limit)), ..self }
    }

    /// Adds a run in flight.
    pub(crate) fn running(self, since: SystemTime) -> Self {
        Self { running_since: Some(since), ..self }
    }

    /// Replaces the status of an observation that is too old.
    pub(crate) fn stale(self, limit: Duration) -> Self {
        Self { status: CheckStatus::Error, reason: Some(Reason::Stale), message: Some(Message::stale(limit)), ..self }
    }

    /// Replaces the status by one that an operator forced.
    pub(crate) fn forced(self, status: CheckStatus, message: Option<Message>) -> Self {
        let message = message.or_else(|| Message::of_forced(status));
        Self { status, reason: Some(Reason::Forced), message, forced: true, ..self }
    }

    /// Marks the check as excluded by the request.
    pub(crate) fn excluded(self) -> Self {
        Self { excluded: true, ..self }
    }

    /// The status of the check.
    pub fn status(&self) -> CheckStatus {
        self.status
    }

    /// The reason for the status; `None` if the status is `ok` and was not forced.
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// Human-readable explanation; `None` only if the status is `ok`.
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(Message::as_str)
    }

    /// How long the last run took; `None` if no run has finished yet.
    pub fn response_time(&self) -> Option<Duration> {
        self.response_time
    }

    /// When the last run finished, by the wall clock; `None` if no run has finished yet.
    pub fn observed_at(&self) -> Option<SystemTime> {
        self.observed_at
    }

    /// When the run in flight started, by the wall clock.
    ///
    /// `None` if no run is in flight. Also `None` if the result is fresh, unless the run has timed out and cannot be cancelled.
    pub fn running_since(&self) -> Option<SystemTime> {
        self.running_since
    }

    /// The age of the observation when the report was made, by the monotonic clock.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Number of consecutive failed runs; 0 if the last run passed.
    pub fn consecutive_failures(&self) -> u32 {
        self.consecutive_failures
    }

    /// Whether an operator forced the status.
    pub fn is_forced(&self) -> bool {
        self.forced
    }

    /// Whether the request excluded the check, so that it does not affect the overall status.
    pub fn is_excluded(&self) -> bool {
        self.excluded
    }

    /// The details as JSON text; `None` if there are none.
    pub fn details_json(&self) -> Option<&str> {
        self.details.as_ref().map(|details| details.json().get())
    }

    /// The details; `None` if there are none, or if their type is not `T`.
    pub fn details<T: Details>(&self) -> Option<&T> {
        self.details.as_ref()?.get()
    }
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn json<S: Serializer>(details: &Option<Found>, serializer: S) -> Result<S::Ok, S::Error> {
    details.as_ref().map(Found::json).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn optional_timestamp<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => timestamp::serialize(time, serializer),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_one_flat_object_and_absent_members_are_left_out() {
        let observation = Observation {
            status: CheckStatus::Ok,
            reason: None,
            message: None,
            cause: None,
            details: Found::new(Box::new([1, 2])).unwrap(),
            response_time: Duration::from_nanos(1_274_999),
            observed_at: SystemTime::UNIX_EPOCH + Duration::from_micros(1_500),
            at: std::time::Instant::now(),
            consecutive_failures: 0,
        };
        assert_eq!(
            serde_json::to_string(&CheckReport::observed(&observation, false)).unwrap(),
            r#"{"status":"ok","response_time_ms":1.27,"observed_at":"1970-01-01T00:00:00.001Z","details":[1,2]}"#
        );
    }
}
