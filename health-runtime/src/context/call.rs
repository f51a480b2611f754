//! What generated code calls: from an annotated function with its author's types to a run.

use std::error::Error;

use super::parameters::Callable;
use super::run::Call;
use super::{Answer, CheckContext, HealthCheck, Run};
use crate::outcome::Outcome;

/// What an author's code may fail with.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// A run of a function that has to be awaited.
pub fn call<C, O, P, F>(parameters: P, function: F, cx: &CheckContext) -> Run<C::Details>
where
    C: HealthCheck,
    O: CheckOutput<C::Details>,
    F: Callable<P>,
    F::Output: Future<Output = O> + Send + 'static,
{
    Run::of(match function.call(parameters, cx) {
        Ok(future) => Call::Async(Box::pin(async move { Answer::new(future.await.into_result()) })),
        Err(error) => Call::failed(&*error),
    })
}

/// The same for a function that blocks. Its parameters are made on its thread, too.
pub fn call_blocking<C, O, P, F>(parameters: P, function: F, cx: CheckContext) -> Run<C::Details>
where
    C: HealthCheck,
    O: CheckOutput<C::Details>,
    F: Callable<P, Output = O>,
    P: Send + 'static,
{
    Run::of(Call::Blocking(Box::new(move || {
        Answer::new(function.call(parameters, &cx).and_then(CheckOutput::into_result))
    })))
}

impl Call {
    fn failed(error: &(dyn Error + 'static)) -> Self {
        let answer = Answer::failed(error);
        Self::Async(Box::pin(std::future::ready(answer)))
    }
}

/// [`IntoOutcome`](crate::IntoOutcome) with the details given: what they can do is asked once, where the check names their type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an outcome of a health check",
    label = "not an outcome",
    note = "return `()`, `Outcome<T>`, or `Result<T, E>` with an error that converts into a boxed `Error`",
    note = "an alias has to show its details: `type Answer<T> = Result<T, MyError>`"
)]
pub trait CheckOutput<T> {
    /// The outcome, or the error that is kept out of reports.
    ///
    /// # Errors
    ///
    /// The function's own.
    fn into_result(self) -> Result<Outcome<T>, BoxError>;
}

impl CheckOutput<()> for () {
    fn into_result(self) -> Result<Outcome, BoxError> {
        Ok(Outcome::ok(()))
    }
}

#[diagnostic::do_not_recommend]
impl<T> CheckOutput<T> for Outcome<T> {
    fn into_result(self) -> Result<Self, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Into<BoxError>> CheckOutput<T> for Result<T, E> {
    fn into_result(self) -> Result<Outcome<T>, BoxError> {
        self.map(Outcome::ok).map_err(Into::into)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Into<BoxError>> CheckOutput<T> for Result<Outcome<T>, E> {
    fn into_result(self) -> Result<Outcome<T>, BoxError> {
        self.map_err(Into::into)
    }
}
