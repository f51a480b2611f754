//! One check in a report.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::observation::{Message, Observation, Reason};
use crate::outcome::CheckStatus;

/// One check in a report: a flat object with the same optional members for every check.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    status: CheckStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    #[serde(rename = "response_time_ms", serialize_with = "milliseconds", skip_serializing_if = "Option::is_none")]
    response_time: Option<Duration>,
    #[serde(serialize_with = "optional_timestamp", skip_serializing_if = "Option::is_none")]
    observed_at: Option<SystemTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

/// Details that were serialised when the run was over.
#[derive(Debug, Clone)]
struct Details(Arc<RawValue>);

impl CheckReport {
    /// The verdict.
    pub fn status(&self) -> CheckStatus {
        self.status
    }

    /// Why it is what it is; none if it is `ok`.
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// The text for people; there is one whenever the status is not `ok`.
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(Message::as_str)
    }

    /// How long the run took.
    pub fn response_time(&self) -> Option<Duration> {
        self.response_time
    }

    /// When the run was over, by the wall clock.
    pub fn observed_at(&self) -> Option<SystemTime> {
        self.observed_at
    }

    /// The details as JSON text.
    pub fn details_json(&self) -> Option<&str> {
        self.details.as_ref().map(|details| details.0.get())
    }
}

impl From<&Observation> for CheckReport {
    fn from(observation: &Observation) -> Self {
        Self {
            status: observation.status,
            reason: observation.reason,
            message: observation.message.clone(),
            response_time: Some(observation.response_time),
            observed_at: Some(observation.observed_at),
            details: observation.details.clone().map(Details),
        }
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn milliseconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    let milliseconds = duration.unwrap_or_default().as_secs_f64() * 1e3;
    serializer.serialize_f64((milliseconds * 100.0).round() / 100.0)
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn optional_timestamp<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => timestamp(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// RFC 3339 in UTC with milliseconds.
pub(crate) fn timestamp<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let time = jiff::Timestamp::try_from(*time).map_err(serde::ser::Error::custom)?;
    serializer.collect_str(&format_args!("{time:.3}"))
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
            details: Some(serde_json::value::to_raw_value(&[1, 2]).unwrap().into()),
            response_time: Duration::from_nanos(1_274_999),
            observed_at: SystemTime::UNIX_EPOCH + Duration::from_micros(1_500),
        };
        assert_eq!(
            serde_json::to_string(&CheckReport::from(&observation)).unwrap(),
            r#"{"status":"ok","response_time_ms":1.27,"observed_at":"1970-01-01T00:00:00.001Z","details":[1,2]}"#
        );
    }
}
