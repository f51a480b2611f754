//! From a check function with its author's types to a future that the engine can run.

use std::any::TypeId;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::parameters::{Callable, Made};
use super::{CheckContext, Requirements};
use crate::check::HealthCheck;
use crate::mask::excerpt;
use crate::message::Message;
use crate::observation::{Found, Reason};
use crate::outcome::{CheckStatus, Details, IntoOutcome, Outcome};

/// A check that can be run; `#[health_check]` implements it beside [`HealthCheck`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a health check",
    note = "annotate its function with `#[health_check]`"
)]
pub trait Runnable: HealthCheck {
    /// The annotated function.
    fn function() -> Function;
}

/// A check function without its author's types.
pub struct Function {
    pub(crate) requirements: Requirements,
    pub(crate) run: Arc<dyn Fn(CheckContext) -> RunFuture + Send + Sync>,
}

impl Function {
    fn new<F: Callable<P>, P>(parameters: P, run: impl Fn(CheckContext) -> RunFuture + Send + Sync + 'static) -> Self {
        let mut requirements = Requirements::default();
        F::require(parameters, &mut requirements);
        Self { requirements, run: Arc::new(run) }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("requirements", &self.requirements).finish_non_exhaustive()
    }
}

/// One call of a check function.
pub struct RunFuture {
    future: Pin<Box<dyn Future<Output = Answer> + Send>>,
    is_blocking: bool,
}

impl RunFuture {
    pub(crate) fn new(future: impl Future<Output = Answer> + Send + 'static) -> Self {
        Self { future: Box::pin(future), is_blocking: false }
    }

    /// A call that blocks the thread that polls it, once, and is ready then.
    fn blocking(future: impl Future<Output = Answer> + Send + 'static) -> Self {
        Self { is_blocking: true, ..Self::new(future) }
    }

    pub(crate) fn is_blocking(&self) -> bool {
        self.is_blocking
    }

    pub(crate) fn into_future(self) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        self.future
    }
}

impl fmt::Debug for RunFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFuture").field("is_blocking", &self.is_blocking).finish_non_exhaustive()
    }
}

/// A check function that has to be awaited.
///
/// Everything of the author's runs when its future is polled: the making of the parameters, the function, the conversion of its
/// error into text, the serialisation of its details. So one place can contain what they do.
pub fn call<C, O, P, F>(parameters: P, function: F) -> Function
where
    C: HealthCheck,
    O: Gives<C::Details>,
    F: Callable<P>,
    F::Output: Future<Output = O> + Send + 'static,
    P: Copy + Send + Sync + 'static,
{
    Function::new::<F, P>(parameters, move |cx| {
        RunFuture::new(async move {
            match function.call(parameters, &cx) {
                Ok(future) => Answer::given(future.await.give()),
                Err(error) => Answer::failed(&*error),
            }
        })
    })
}

/// As [`call`], of a function that blocks.
pub fn call_blocking<C, O, P, F>(parameters: P, function: F) -> Function
where
    C: HealthCheck,
    O: Gives<C::Details>,
    F: Callable<P, Output = O>,
    P: Copy + Send + Sync + 'static,
{
    Function::new::<F, P>(parameters, move |cx| {
        RunFuture::blocking(async move {
            match function.call(parameters, &cx) {
                Ok(output) => Answer::given(output.give()),
                Err(error) => Answer::failed(&*error),
            }
        })
    })
}

/// As [`IntoOutcome`] with these details, whatever they can do: that is asked once, where the check names their type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an outcome of a health check",
    label = "not an outcome",
    note = "return `()`, `Outcome<T>`, or `Result<T, E>` with an error that converts into a boxed `Error`",
    note = "an alias has to show its details: `type Answer<T> = Result<T, MyError>`"
)]
pub trait Gives<T> {
    /// The outcome, or the error that is kept out of reports.
    ///
    /// # Errors
    ///
    /// The function's own.
    fn give(self) -> Made<Outcome<T>>;
}

impl Gives<()> for () {
    fn give(self) -> Made<Outcome> {
        Ok(Outcome::ok(()))
    }
}

#[diagnostic::do_not_recommend]
impl<T> Gives<T> for Outcome<T> {
    fn give(self) -> Made<Self> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Into<Box<dyn Error + Send + Sync>>> Gives<T> for Result<T, E> {
    fn give(self) -> Made<Outcome<T>> {
        self.map(Outcome::ok).map_err(Into::into)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Into<Box<dyn Error + Send + Sync>>> Gives<T> for Result<Outcome<T>, E> {
    fn give(self) -> Made<Outcome<T>> {
        self.map_err(Into::into)
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
    pub(crate) cause: Option<Message>,
}

impl Answer {
    pub(crate) fn new(output: impl IntoOutcome) -> Self {
        Self::given(output.into_outcome())
    }

    fn given<T: Details>(outcome: Made<Outcome<T>>) -> Self {
        outcome.map_or_else(|error| Self::failed(&*error), Self::of_outcome)
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
        Self { status, reason, message: message.map(Message::masked), details, cause: None }
    }

    /// The same, unless the details are longer than this.
    pub(crate) fn within(self, limit: usize) -> Self {
        match self.details.as_ref().map(|details| details.json.get().len()) {
            Some(length) if length > limit => {
                let message = format!("the details are {length} bytes of JSON; at most {limit} bytes are allowed");
                Self::missing(Reason::Failed, &message)
            }
            _ => self,
        }
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
        Self { cause: Some(Message::masked(cause)), ..Self::missing(reason, message) }
    }
}

/// An error and its sources, outermost first, without those that repeat what is there already.
fn source_chain(error: &(dyn Error + 'static)) -> String {
    // A chain that is its own source must not become an endless text.
    const LONGEST: usize = 32;

    let mut text = excerpt(error);
    for source in std::iter::successors(error.source(), |&error| error.source()).take(LONGEST) {
        let source = excerpt(source);
        if !text.contains(&source) {
            text = excerpt(format_args!("{text}: {source}"));
        }
    }
    text
}
