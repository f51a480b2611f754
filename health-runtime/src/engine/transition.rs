//! A change of what clients see of a check.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::observation::Reason;
use crate::outcome::CheckStatus;

/// A change of a check's status or reason.
#[derive(Debug, Clone)]
pub struct Transition {
    pub(super) check: Arc<str>,
    pub(super) from: Option<CheckStatus>,
    pub(super) to: CheckStatus,
    pub(super) reason: Option<Reason>,
    pub(super) age: Option<Duration>,
    pub(super) response_time: Option<Duration>,
    pub(super) at: SystemTime,
}

impl Transition {
    /// The name of the check.
    pub fn check(&self) -> &str {
        &self.check
    }

    /// The status before; `None` if this is the first one.
    pub fn from(&self) -> Option<CheckStatus> {
        self.from
    }

    /// The status now.
    pub fn to(&self) -> CheckStatus {
        self.to
    }

    /// The reason for the status; `None` if it is `ok` and was not forced.
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// How long the previous state lasted; `None` for the first state.
    pub fn age(&self) -> Option<Duration> {
        self.age
    }

    /// How long the run took that brought the change; `None` if no run did.
    pub fn response_time(&self) -> Option<Duration> {
        self.response_time
    }

    /// When the status changed, by the wall clock.
    pub fn at(&self) -> SystemTime {
        self.at
    }
}
