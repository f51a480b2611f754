//! One run of a check, before it has started.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;

use super::{Answer, CheckContext};
use crate::outcome::{Details, IntoOutcome};

/// One run of a check: a future, or a function that blocks its thread. Returned by
/// [`HealthCheck::run`](crate::HealthCheck::run).
///
/// `T` is the type of the check's details.
#[must_use]
pub struct Run<T = ()> {
    pub(crate) call: Call,
    details: PhantomData<fn() -> T>,
}

/// What the engine does for a run.
pub(crate) enum Call {
    /// Polls this future.
    Async(Pin<Box<dyn Future<Output = Answer> + Send>>),
    /// Calls this function on a thread that it may block.
    Blocking(Box<dyn FnOnce() -> Answer + Send>),
}

/// A check function without the types of its author: says what the engine does for a run.
pub(crate) type RunFn = dyn Fn(CheckContext) -> Call + Send + Sync;

impl<T: Details> Run<T> {
    /// A run that awaits this future. It is dropped at the check's timeout.
    pub fn new<F>(future: F) -> Self
    where
        F: Future<Output: IntoOutcome<Details = T>> + Send + 'static,
    {
        Self::of(Call::Async(Box::pin(async move { Answer::new(future.await.into_outcome()) })))
    }

    /// A run that calls this function on the runtime's blocking pool.
    ///
    /// Nothing can end it at the check's timeout: the check is reported as timed out, and no second run starts until the function
    /// has returned.
    pub fn blocking<O>(function: impl FnOnce() -> O + Send + 'static) -> Self
    where
        O: IntoOutcome<Details = T>,
    {
        Self::of(Call::Blocking(Box::new(move || Answer::new(function().into_outcome()))))
    }
}

impl<T> Run<T> {
    pub(super) fn of(call: Call) -> Self {
        Self { call, details: PhantomData }
    }
}

impl<T> fmt::Debug for Run<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.call {
            Call::Async(_) => "Run::new(_)",
            Call::Blocking(_) => "Run::blocking(_)",
        })
    }
}
