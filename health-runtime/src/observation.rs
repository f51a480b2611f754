//! The result of the last finished run of a check.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::contain::contained;
use crate::finite;
use crate::message::Message;
use crate::outcome::{CheckStatus, Details, Sealed};

/// Stable, machine-readable reason codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "CheckReason")]
#[non_exhaustive]
pub enum Reason {
    /// The check returned an error.
    Failed,
    /// The check did not finish before its timeout.
    Timeout,
    /// The check panicked.
    Panicked,
    /// The run was cancelled because the async runtime that executed it shut down.
    Cancelled,
    /// The run passed but took longer than the check's `slow` limit.
    Slow,
    /// The check itself reported `degraded`.
    Degraded,
    /// An operator forced the status.
    Forced,
    /// No run has finished yet, or the last result is too old and a run is in flight.
    Pending,
    /// The last result is too old, and no run is in flight.
    Stale,
}

impl Reason {
    /// The code in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Slow => "slow",
            Self::Degraded => "degraded",
            Self::Forced => "forced",
            Self::Pending => "pending",
            Self::Stale => "stale",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The result of the last finished run of a check, after thresholds and overrides are applied.
#[derive(Debug, Clone)]
pub struct Observation {
    pub(crate) status: CheckStatus,
    pub(crate) reason: Option<Reason>,
    pub(crate) message: Option<Message>,
    /// The error text, for the log and for clients that may see it.
    pub(crate) cause: Option<Message>,
    pub(crate) details: Option<Found>,
    pub(crate) response_time: Duration,
    pub(crate) observed_at: SystemTime,
    /// When the run finished, by the monotonic clock.
    pub(crate) at: Instant,
    pub(crate) consecutive_failures: u32,
}

impl Observation {
    /// The observation of a check of which no run has finished yet.
    pub(crate) fn pending() -> Self {
        Self {
            status: CheckStatus::Error,
            reason: Some(Reason::Pending),
            message: Some(Message::never_observed()),
            cause: None,
            details: None,
            response_time: Duration::ZERO,
            observed_at: SystemTime::now(),
            at: Instant::now(),
            consecutive_failures: 0,
        }
    }

    /// Replaces the status of an observation that is too old.
    pub(crate) fn disbelieved(&self, reason: Reason, message: Message) -> Self {
        Self { status: CheckStatus::Error, reason: Some(reason), message: Some(message), ..self.clone() }
    }

    /// Replaces the status by one that an operator forced.
    pub(crate) fn forced(&self, status: CheckStatus, message: Option<Message>) -> Self {
        let message = message.or_else(|| Message::of_forced(status));
        Self { status, reason: Some(Reason::Forced), message, ..self.clone() }
    }

    /// Keeps the published status, message and details, while a threshold holds a change back. Returns the details that were replaced.
    pub(crate) fn keep_verdict_of(&mut self, published: &Self) -> Option<Found> {
        self.status = published.status;
        self.reason = published.reason;
        self.message.clone_from(&published.message);
        self.cause.clone_from(&published.cause);
        std::mem::replace(&mut self.details, published.details.clone())
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

    /// How long the run took; zero if no run has finished yet.
    pub fn response_time(&self) -> Duration {
        self.response_time
    }

    /// When the run finished, by the wall clock. If no run has finished yet, the time at which this observation was made.
    pub fn observed_at(&self) -> SystemTime {
        self.observed_at
    }

    /// Number of consecutive failed runs; 0 if the last run passed.
    pub fn consecutive_failures(&self) -> u32 {
        self.consecutive_failures
    }

    /// The details; `None` if there are none, or if their type is not `T`.
    pub fn details<T: Details>(&self) -> Option<&T> {
        self.details.as_ref()?.get()
    }
}

/// Details as the check function returned them, and as JSON; shared by clones.
#[derive(Clone)]
pub(crate) struct Found(Arc<FoundDetails>);

struct FoundDetails {
    json: Box<RawValue>,
    value: Option<Box<dyn Details>>,
}

impl Found {
    /// `None` for `()`.
    pub(crate) fn new(details: Box<dyn Details>) -> serde_json::Result<Option<Self>> {
        if details.as_any(Sealed).is::<()>() {
            return Ok(None);
        }
        let json = finite::to_json(details.as_serialize(Sealed))?;
        Ok(Some(Self(Arc::new(FoundDetails { json, value: Some(details) }))))
    }

    pub(crate) fn json(&self) -> &RawValue {
        &self.0.json
    }

    /// The details, if they are of this type.
    pub(crate) fn get<T: Details>(&self) -> Option<&T> {
        self.0.value.as_ref()?.as_any(Sealed).downcast_ref()
    }
}

impl Drop for FoundDetails {
    /// The destructor of the details is user code.
    fn drop(&mut self) {
        let value = self.value.take();
        let _ = contained(|| drop(value));
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json().get())
    }
}
