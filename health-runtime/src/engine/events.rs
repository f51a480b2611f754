//! What is told of a check when its status changes, and only then.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};

use super::slot::{Observed, Replaced, Slot, Verdict};
use crate::observation::{Message, Reason};
use crate::outcome::CheckStatus;

/// Where changes are told.
#[derive(Debug)]
pub(super) struct Events(Sender<Transition>);

/// A change of what is said of a check: of its status, or of the reason for it.
#[derive(Debug, Clone)]
pub struct Transition {
    check: Arc<str>,
    from: Option<CheckStatus>,
    to: CheckStatus,
    reason: Option<Reason>,
    age: Option<Duration>,
    response_time: Option<Duration>,
    at: SystemTime,
}

/// The changes from now on; made by `Health::subscribe`.
#[derive(Debug)]
pub struct Transitions(Receiver<Transition>);

impl Default for Events {
    fn default() -> Self {
        Self(Sender::new(Self::KEPT))
    }
}

impl Events {
    /// How many changes a slow subscriber may be behind before it loses the oldest.
    const KEPT: usize = 256;

    pub(super) fn subscribe(&self) -> Transitions {
        Transitions(self.0.subscribe())
    }

    /// Tells of an observation, if it changes anything. The cause of a failure is told here and nowhere else.
    pub(super) fn replaced(&self, slot: &Slot, replaced: &Replaced, cause: Option<&str>) {
        let (before, after) = (replaced.before.as_deref(), &replaced.after);
        if slot.forced().is_some() || before.is_some_and(|before| before.verdict() == after.verdict()) {
            return;
        }
        let transition = Transition {
            age: before.map(|before| after.at.saturating_duration_since(before.since)),
            response_time: Some(after.observation.response_time),
            ..Transition::new(slot, before.map(Observed::verdict), after.verdict())
        };
        self.tell(transition, after.observation.message.as_ref(), cause);
    }

    /// Tells of a status that was set by hand or is so no more, if that changes anything.
    pub(super) fn forced(&self, slot: &Slot, before: Option<Verdict>, message: Option<&Message>) {
        if let Some(after) = slot.verdict().filter(|after| before != Some(*after)) {
            self.tell(Transition::new(slot, before, after), message, None);
        }
    }

    fn tell(&self, transition: Transition, message: Option<&Message>, cause: Option<&str>) {
        let Transition { check, from, to, reason, .. } = &transition;
        let (check, from) = (&**check, from.map(CheckStatus::as_str));
        let (reason, text) = (reason.map(Reason::as_str), message.map(Message::as_str));
        match to {
            CheckStatus::Ok => tracing::info!(check, from, reason, text, "check is ok"),
            CheckStatus::Degraded => tracing::warn!(check, from, reason, text, "check is degraded"),
            CheckStatus::Error => tracing::error!(check, from, reason, text, cause, "check is in error"),
        }
        // Nobody has to listen.
        let _ = self.0.send(transition);
    }
}

impl Transition {
    fn new(slot: &Slot, from: Option<Verdict>, (to, reason): Verdict) -> Self {
        let (check, from) = (Arc::clone(&slot.name), from.map(|(status, _)| status));
        Self { check, from, to, reason, age: None, response_time: None, at: SystemTime::now() }
    }

    /// The name of the check.
    pub fn check(&self) -> &str {
        &self.check
    }

    /// The status before; none if this is the first one.
    pub fn from(&self) -> Option<CheckStatus> {
        self.from
    }

    /// The status now.
    pub fn to(&self) -> CheckStatus {
        self.to
    }

    /// Why it is what it is; none if it is `ok`.
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// How long the status and the reason before had lasted; none if there were none, or one was set by hand.
    pub fn age(&self) -> Option<Duration> {
        self.age
    }

    /// How long the run took that brought the change; none if it was made by hand.
    pub fn response_time(&self) -> Option<Duration> {
        self.response_time
    }

    /// When the change was told, by the wall clock.
    pub fn at(&self) -> SystemTime {
        self.at
    }
}

impl Transitions {
    /// The next change; none once the last `Health` is gone.
    ///
    /// A subscriber that is slow loses the oldest changes, and nobody waits for it.
    ///
    /// # Cancel safety
    ///
    /// No change is lost by dropping the future.
    pub async fn next(&mut self) -> Option<Transition> {
        loop {
            match self.0.recv().await {
                Ok(transition) => return Some(transition),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
