//! Logs every change of a check, and every new cause of a failure.

use std::sync::{Arc, Once};

use super::events::{Event, Listener};
use super::transition::Transition;
use crate::log::{Log, has_no_subscriber};
use crate::message::Message;
use crate::observation::Reason;
use crate::outcome::CheckStatus;

#[derive(Debug)]
pub(super) struct EventLog(pub(super) Arc<Log>);

impl Listener for EventLog {
    fn on_event(&self, event: &Event) {
        let (check, cause) = (Arc::clone(&event.check), event.cause.clone());
        if let Some(change) = &event.change {
            let (change, text) = (change.clone(), event.text.clone());
            self.0.write(Box::new(move || write_change(&change, text.as_ref(), cause.as_ref())));
        } else if event.is_new_cause {
            let is_degraded = event.ran.as_ref().is_some_and(|ran| ran.status == CheckStatus::Degraded);
            self.0.write(Box::new(move || {
                let (check, cause) = (&*check, cause.as_ref().map(Message::as_str));
                if is_degraded {
                    tracing::warn!(target: "health_runtime", check, cause, "check is degraded with another cause");
                } else {
                    tracing::error!(target: "health_runtime", check, cause, "check failed with another cause");
                }
            }));
        } else if let Some(ran) = event.ran.as_ref().filter(|ran| ran.status == CheckStatus::Error) {
            let cause = ran.cause.clone();
            self.0.write(Box::new(move || {
                let (check, cause) = (&*check, cause.as_ref().map(Message::as_str));
                tracing::debug!(target: "health_runtime", check, cause, "run failed; the status of the check is kept");
            }));
        }
    }
}

fn write_change(change: &Transition, text: Option<&Message>, cause: Option<&Message>) {
    static WARNED: Once = Once::new();
    let Transition { check, from, to, reason, .. } = change;
    let (check, from, reason_word) = (&**check, from.map(CheckStatus::as_str), reason.map(Reason::as_str));
    let cause = cause.map(Message::as_str);
    // Beside a cause, the text is redundant: it refers to the log, or the cause begins with it.
    let text = text.map(Message::as_str).filter(|_| cause.is_none());
    match to {
        CheckStatus::Ok => tracing::info!(target: "health_runtime", check, from, reason = reason_word, "check is ok"),
        CheckStatus::Degraded => {
            tracing::warn!(target: "health_runtime", check, from, reason = reason_word, text, cause, "check is degraded");
        }
        // The runtime has shut down; the dependency may be fine.
        CheckStatus::Error if *reason == Some(Reason::Cancelled) => {
            tracing::debug!(target: "health_runtime", check, from, reason = reason_word, text, "check was cancelled");
        }
        CheckStatus::Error => {
            if cause.is_some() && has_no_subscriber() {
                WARNED.call_once(|| {
                    eprintln!(
                        "health-runtime: check `{check}` failed, and its cause cannot be logged: the program has no tracing \
                         subscriber; install one, for example with `tracing_subscriber::fmt::init()`"
                    );
                });
            }
            tracing::error!(target: "health_runtime", check, from, reason = reason_word, text, cause, "check failed");
        }
    }
}
