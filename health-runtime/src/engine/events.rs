//! What is told of a check when its status changes, and only then.

use super::slot::Published;
use crate::observation::{Message, Observation, Reason};
use crate::outcome::CheckStatus;

/// Logs an effective change. The cause of a failure leaves the process here and nowhere else.
pub(super) fn published(check: &str, published: &Published, cause: Option<&str>) {
    let after = &published.after.observation;
    let before = published.before.as_ref().map(|before| &before.observation);
    if before.map(verdict) == Some(verdict(after)) {
        return;
    }
    let from = before.map(|before| before.status.as_str());
    let status = after.status.as_str();
    let reason = after.reason.map(Reason::as_str);
    let text = after.message.as_ref().map(Message::as_str);
    match after.status {
        CheckStatus::Ok => tracing::info!(check, from, "check is {status}"),
        CheckStatus::Degraded => tracing::warn!(check, from, reason, text, "check is {status}"),
        CheckStatus::Error => tracing::error!(check, from, reason, text, cause, "check is in {status}"),
    }
}

fn verdict(observation: &Observation) -> (CheckStatus, Option<Reason>) {
    (observation.status, observation.reason)
}
