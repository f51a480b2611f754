//! What the log says of checks: every change, and every new cause of a failure.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Once};

use super::events::{Event, Listener};
use super::lock::lock;
use super::transitions::Transition;
use crate::log::{Log, is_unheard};
use crate::message::Message;
use crate::observation::Reason;
use crate::outcome::CheckStatus;

#[derive(Debug)]
pub(super) struct EventLog {
    log: Arc<Log>,
    /// The cause that was last logged of each check.
    causes: Mutex<HashMap<Arc<str>, Message>>,
}

impl EventLog {
    pub(super) fn new(log: Arc<Log>) -> Self {
        Self { log, causes: Mutex::default() }
    }

    /// Remembers the cause; whether it is another one than was last logged of the check.
    fn is_news(&self, event: &Event) -> bool {
        let Some(cause) = &event.cause else { return false };
        let last = lock(&self.causes).insert(Arc::clone(&event.check), cause.clone());
        last.is_none_or(|last| !last.is_same(cause))
    }
}

impl Listener for EventLog {
    fn hear(&self, event: &Event) {
        let is_news = self.is_news(event);
        if let Some(change) = &event.change {
            let (change, text, cause) = (change.clone(), event.text.clone(), event.cause.clone());
            self.log.write(move || write_change(&change, text.as_ref(), cause.as_ref()));
        } else if is_news {
            let (check, cause) = (Arc::clone(&event.check), event.cause.clone());
            self.log.write(move || {
                let (check, cause) = (&*check, cause.as_ref().map(Message::as_str));
                tracing::error!(target: "health_runtime", check, cause, "check failed with another cause");
            });
        } else if event.cause.is_none()
            && let Some(ran) = event.ran.as_ref().filter(|ran| ran.status == CheckStatus::Error)
        {
            let (check, cause) = (Arc::clone(&event.check), ran.cause.clone());
            self.log.write(move || {
                let (check, cause) = (&*check, cause.as_ref().map(Message::as_str));
                tracing::debug!(target: "health_runtime", check, cause, "run failed; the status of the check is kept");
            });
        }
    }
}

fn write_change(change: &Transition, text: Option<&Message>, cause: Option<&Message>) {
    static UNHEARD: Once = Once::new();
    let Transition { check, from, to, reason, .. } = change;
    let (check, from, reason_word) = (&**check, from.map(CheckStatus::as_str), reason.map(Reason::as_str));
    let cause = cause.map(Message::as_str);
    // Beside a cause the text says where the cause is: here.
    let text = text.map(Message::as_str).filter(|_| cause.is_none());
    match to {
        CheckStatus::Ok => tracing::info!(target: "health_runtime", check, from, reason = reason_word, "check is ok"),
        CheckStatus::Degraded => {
            tracing::warn!(target: "health_runtime", check, from, reason = reason_word, text, "check is degraded");
        }
        // The runtime shut down; nothing is known of the dependency.
        CheckStatus::Error if *reason == Some(Reason::Cancelled) => {
            tracing::debug!(target: "health_runtime", check, from, reason = reason_word, text, "check was cancelled");
        }
        CheckStatus::Error => {
            if cause.is_some() && is_unheard() {
                UNHEARD.call_once(|| {
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
