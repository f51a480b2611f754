//! Checks in code: the trait, the parameters of a check function, and its runs.

mod answer;
mod call;
mod depends;
mod health_check;
mod parameters;
mod requirements;
mod run;
mod sampler;
mod typed_report;

use std::any::{TypeId, type_name};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use answer::Answer;
pub use call::{CheckOutput, Function, call, call_blocking};
pub use depends::Depends;
pub use health_check::{AnnotatedCheck, HealthCheck};
pub use parameters::{Callable, Parameter, Parameters, parameter};
pub use requirements::Requirements;
pub(crate) use requirements::States;
pub use run::Run;
pub(crate) use run::{Call, RunFn};
pub(crate) use sampler::{Moment, SampledHome, Sampler};
pub use typed_report::TypedCheckReport;

use crate::observation::Observation;

/// Context of one run of a check.
#[derive(Debug, Clone)]
pub struct CheckContext {
    pub(crate) name: Arc<str>,
    pub(crate) deadline: Instant,
    pub(crate) states: Arc<States>,
    pub(crate) dependencies: Arc<[(TypeId, Arc<Observation>)]>,
}

impl CheckContext {
    /// The name of the check.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The deadline of the run: the check is reported as `timeout` if it has not finished by then.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The time until the deadline; zero after it.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Returns a clone of the state of this type that was given to the check or the builder; `None` if there is none.
    ///
    /// `build()` does not verify this state. [`Requirements::state`] lets it do so.
    pub fn state<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.states.get()
    }
}

/// A type that a check function can take as a parameter.
///
/// Implemented for axum's [`State<T>`](axum::extract::State), for [`Depends<other_check>`](Depends), and for
/// [`CheckContext`]. An application may implement it for types of its own.
///
/// # Examples
///
/// ```
/// use std::error::Error;
///
/// use axum::extract::State;
/// use health_runtime::{CheckContext, FromCheckContext, Requirements, health_check};
///
/// #[derive(Clone)]
/// struct Settings { prices_url: String }
///
/// /// The address of the price service.
/// struct PricesUrl(String);
///
/// impl FromCheckContext for PricesUrl {
///     fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>> {
///         let State(settings) = State::<Settings>::from_check_context(cx)?;
///         Ok(Self(settings.prices_url))
///     }
///
///     fn requirements(requirements: &mut Requirements) {
///         requirements.state::<Settings>();
///     }
/// }
///
/// #[health_check]
/// async fn prices(PricesUrl(url): PricesUrl) -> Result<(), String> {
///     if url.starts_with("https://") { Ok(()) } else { Err(format!("{url} is not safe")) }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a health check cannot take `{Self}`",
    note = "take `State<T>`, `Depends<other_check>`, `CheckContext`, or a type that implements `FromCheckContext`"
)]
pub trait FromCheckContext: Sized + Send {
    /// Makes the value for one run.
    ///
    /// # Errors
    ///
    /// If the value cannot be made. The check fails with this error, as with an error of its own.
    fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>>;

    /// Declares what `build()` must verify: the state and the checks that the value needs. Nothing by default.
    fn requirements(requirements: &mut Requirements) {
        let _ = requirements;
    }
}

impl FromCheckContext for CheckContext {
    fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(cx.clone())
    }
}

impl<T: Clone + Send + Sync + 'static> FromCheckContext for axum::extract::State<T> {
    fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>> {
        cx.state()
            .map(Self)
            .ok_or_else(|| format!("no state of type `{}` was given to the builder", type_name::<T>()).into())
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.state::<T>();
    }
}
