//! Called by generated code: turns an annotated function into runs with erased types.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::parameters::{Callable, Parameters};
use super::run::{Call, RunFn};
use super::{AnnotatedCheck, Answer, CheckContext, Requirements};
use crate::outcome::Outcome;

/// The error of a check function.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// An annotated function with its types erased.
pub struct Function<T> {
    pub(crate) requirements: Requirements,
    pub(crate) run: Arc<RunFn>,
    details: PhantomData<fn() -> T>,
}

/// A function that has to be awaited.
pub fn call<C, O, P, F>(parameters: P, function: F) -> Function<C::Details>
where
    C: AnnotatedCheck,
    O: CheckOutput<C::Details>,
    P: Parameters,
    F: Callable<P>,
    F::Output: Future<Output = O> + Send + 'static,
{
    let mut requirements = Requirements::default();
    parameters.require(&mut requirements);
    let run = move |cx: CheckContext| match function.call(parameters, &cx) {
        Ok(future) => Call::Async(Box::pin(async move { Answer::new(future.await.into_result()) })),
        Err(error) => Call::failed(&*error),
    };
    Function { requirements, run: Arc::new(run), details: PhantomData }
}

/// A function that blocks. Its parameters are made on its thread, too.
pub fn call_blocking<C, O, P, F>(parameters: P, function: F) -> Function<C::Details>
where
    C: AnnotatedCheck,
    O: CheckOutput<C::Details>,
    P: Parameters,
    F: Callable<P, Output = O>,
{
    let mut requirements = Requirements::default();
    parameters.require(&mut requirements);
    requirements.blocking();
    let run = move |cx: CheckContext| {
        Call::Blocking(Box::new(move || Answer::new(function.call(parameters, &cx).and_then(CheckOutput::into_result))))
    };
    Function { requirements, run: Arc::new(run), details: PhantomData }
}

impl Call {
    fn failed(error: &(dyn Error + 'static)) -> Self {
        let answer = Answer::failed(error);
        Self::Async(Box::pin(std::future::ready(answer)))
    }
}

impl<T> fmt::Debug for Function<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("requirements", &self.requirements).finish_non_exhaustive()
    }
}

/// Like [`IntoOutcome`](crate::IntoOutcome), with the type of the details given: its bounds are checked once, where the check names it.
#[diagnostic::on_unimplemented(
    message = "a health check cannot return `{Self}`",
    label = "not a return type of a health check",
    note = "return `()`, `Outcome<T>`, or `Result<T, E>` with an error that converts into `Box<dyn Error + Send + Sync>`",
    note = "an alias of the return type must have the details as its first argument: `type Answer<T> = Result<T, MyError>`"
)]
pub trait CheckOutput<T> {
    /// Converts the return value into an outcome.
    ///
    /// # Errors
    ///
    /// The error of the function.
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
