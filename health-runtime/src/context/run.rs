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

/// A run as the engine executes it.
pub(crate) enum Call {
    /// Polls this future.
    Async(Pin<Box<dyn Future<Output = Answer> + Send>>),
    /// Calls this function on the blocking pool.
    Blocking(Box<dyn FnOnce() -> Answer + Send>),
}

/// A check function with its types erased.
pub(crate) type RunFn = dyn Fn(CheckContext) -> Call + Send + Sync;

impl<T: Details> Run<T> {
    /// A run that awaits this future. The future is dropped at the check's timeout.
    pub fn new<F>(future: F) -> Self
    where
        F: Future<Output: IntoOutcome<Details = T>> + Send + 'static,
    {
        Self::of(Call::Async(Box::pin(async move { Answer::new(future.await.into_outcome()) })))
    }

    /// A run that calls this function on the runtime's blocking pool.
    ///
    /// The function cannot be cancelled: after the check's timeout, the check is reported as `timeout`, and no second run starts until the
    /// function has returned.
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
