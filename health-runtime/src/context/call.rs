//! From a check function with its author's types to a future that the engine can run.

use std::any::TypeId;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::pin::Pin;

use super::{CheckContext, FromCheckContext, Requirements};
use crate::check::HealthCheck;
use crate::observation::{Found, Message, Reason};
use crate::outcome::{CheckStatus, Details, IntoOutcome, Outcome};

/// A check that can be run; `#[health_check]` implements it beside [`HealthCheck`].
pub trait Runnable: HealthCheck {
    /// Adds what the function's parameters need.
    fn requirements(requirements: &mut Requirements);

    /// One call of the function, not yet polled.
    fn run(cx: CheckContext) -> RunFuture;
}

/// One call of a check function.
pub struct RunFuture(Pin<Box<dyn Future<Output = Answer> + Send>>);

impl RunFuture {
    pub(crate) fn new(future: impl Future<Output = Answer> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }

    pub(crate) fn into_future(self) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        self.0
    }
}

impl fmt::Debug for RunFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFuture").finish_non_exhaustive()
    }
}

/// Adds what one parameter needs.
pub fn require<P: FromCheckContext>(requirements: &mut Requirements) {
    P::requirements(requirements);
}

/// Calls a check function with its parameters, in the future that is returned.
///
/// Everything of the author's runs when that future is polled: the parameters' making, the function, the conversion of its
/// error into text, the serialisation of its details. So one place can contain what they do.
pub fn call<C, P, O, F, Fut>(function: F, cx: CheckContext) -> RunFuture
where
    C: HealthCheck,
    P: Parameters + 'static,
    O: IntoOutcome<Details = C::Details>,
    F: FnOnce(P) -> Fut + Send + 'static,
    Fut: Future<Output = O> + Send + 'static,
{
    RunFuture::new(async move {
        match P::from_check_context(&cx) {
            Ok(parameters) => Answer::new(function(parameters).await),
            Err(error) => Answer::failed(&*error),
        }
    })
}

/// The parameters of a check function: `()`, or a parameter and the rest.
pub trait Parameters: Sized + Send {
    /// The values for one run.
    ///
    /// # Errors
    ///
    /// Those of the parameters.
    fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>>;
}

impl Parameters for () {
    fn from_check_context(_: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}

impl<P: FromCheckContext, Rest: Parameters> Parameters for (P, Rest) {
    fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok((P::from_check_context(cx)?, Rest::from_check_context(cx)?))
    }
}

/// What a finished call said, without the author's types.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: CheckStatus,
    pub(crate) reason: Option<Reason>,
    pub(crate) message: Option<Message>,
    pub(crate) details: Option<Found>,
    /// The text that must not leave the process.
    pub(crate) cause: Option<String>,
}

impl Answer {
    pub(crate) fn new(output: impl IntoOutcome) -> Self {
        output.into_outcome().map_or_else(|error| Self::failed(&*error), Self::of_outcome)
    }

    fn of_outcome<T: Details>(outcome: Outcome<T>) -> Self {
        let (status, message, details) = outcome.into_parts();
        let says_something = TypeId::of::<T>() != TypeId::of::<()>();
        let details = match details.filter(|_| says_something).map(Found::new).transpose() {
            Ok(details) => details,
            Err(error) => return Self::failed(&error),
        };
        let reason = match status {
            CheckStatus::Ok => None,
            CheckStatus::Degraded => Some(Reason::Degraded),
            CheckStatus::Error => Some(Reason::Failed),
        };
        Self { status, reason, message: message.as_deref().map(Message::new), details, cause: None }
    }

    /// The answer that the engine gives for a call that gives none.
    pub(crate) fn missing(reason: Reason, message: &str) -> Self {
        Self {
            status: CheckStatus::Error,
            reason: Some(reason),
            message: Some(Message::new(message)),
            details: None,
            cause: None,
        }
    }

    fn failed(error: &(dyn Error + 'static)) -> Self {
        Self::withheld(Reason::Failed, "check failed, the cause is in the log", source_chain(error))
    }

    /// The answer of a call that panicked.
    pub(crate) fn panicked(cause: String) -> Self {
        Self::withheld(Reason::Panicked, "check panicked, the cause is in the log", cause)
    }

    fn withheld(reason: Reason, message: &str, cause: String) -> Self {
        Self { cause: Some(cause), ..Self::missing(reason, message) }
    }
}

/// An error and what led to it, outermost first.
fn source_chain(error: &(dyn Error + 'static)) -> String {
    // A chain that bites its own tail is somebody's bug, and must not become an endless text.
    const LONGEST: usize = 32;

    let mut text = error.to_string();
    for source in std::iter::successors(error.source(), |&error| error.source()).take(LONGEST) {
        write!(text, ": {source}").expect("a String takes every text");
    }
    text
}
