//! The result of a finished call, with its types erased.

use std::error::Error;

use super::call::BoxError;
use crate::mask::source_chain;
use crate::message::Message;
use crate::observation::{Found, Reason};
use crate::outcome::{CheckStatus, Details, Outcome};

/// The result of a finished call, with its types erased.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: CheckStatus,
    pub(crate) reason: Option<Reason>,
    pub(crate) message: Option<Message>,
    pub(crate) details: Option<Found>,
    /// Error text; sent only to clients that may see errors.
    pub(crate) cause: Option<Message>,
}

impl Answer {
    /// The only part that is compiled for every type of details: short, and without closures.
    pub(super) fn new<T: Details>(result: Result<Outcome<T>, BoxError>) -> Self {
        match result {
            Ok(Outcome { status, message, cause, details: Some(details) }) => {
                Self::given(status, message, cause, Some(Box::new(details)))
            }
            Ok(Outcome { status, message, cause, details: None }) => Self::given(status, message, cause, None),
            Err(error) => Self::failed(&*error),
        }
    }

    /// The answer of a check that is not run.
    pub(crate) fn sampled<T: Details>(outcome: Outcome<T>) -> Self {
        Self::new(Ok(outcome))
    }

    fn given(
        status: CheckStatus,
        message: Option<String>,
        cause: Option<String>,
        details: Option<Box<dyn Details>>,
    ) -> Self {
        let details = match details.map(Found::new).transpose() {
            Ok(details) => details.flatten(),
            Err(error) => return Self::failed(&error),
        };
        let reason = match status {
            CheckStatus::Ok => None,
            CheckStatus::Degraded => Some(Reason::Degraded),
            CheckStatus::Error => Some(Reason::Failed),
        };
        // The cause begins with the message, since it is logged or sent in its place.
        let cause =
            message.as_ref().zip(cause).map(|(message, cause)| Message::masked(format_args!("{message}: {cause}")));
        Self { status, reason, message: message.map(Message::masked), details, cause }
    }

    /// Replaces an answer whose details are longer than this.
    pub(crate) fn within(self, limit: usize) -> Self {
        match self.details.as_ref().map(|details| details.json().get().len()) {
            Some(length) if length > limit => {
                let message = format!("the details are {length} bytes of JSON; at most {limit} bytes are allowed");
                Self::missing(Reason::Failed, &message)
            }
            _ => self,
        }
    }

    /// An answer by the engine, for a call that has none.
    pub(crate) fn missing(reason: Reason, message: &str) -> Self {
        Self {
            status: CheckStatus::Error,
            reason: Some(reason),
            message: Some(Message::new(message)),
            details: None,
            cause: None,
        }
    }

    pub(super) fn failed(error: &(dyn Error + 'static)) -> Self {
        Self::withheld(Reason::Failed, "check failed, the cause is in the log", source_chain(error))
    }

    /// The answer of a call that panicked.
    pub(crate) fn panicked(cause: String) -> Self {
        Self::withheld(Reason::Panicked, "check panicked, the cause is in the log", cause)
    }

    fn withheld(reason: Reason, message: &str, cause: String) -> Self {
        Self { cause: Some(Message::masked(cause)), ..Self::missing(reason, message) }
    }
}
