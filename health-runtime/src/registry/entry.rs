//! A check as the engine gets it, wherever it came from.

use std::any::{TypeId, type_name};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator};

use super::Problem;
use crate::check::CheckMeta;
use crate::context::{Call, CheckContext, HealthCheck, Identity, Requirements, Run, States};
use crate::outcome::{Details, IntoOutcome, Sealed};

/// A check for the builder: a value of a type that implements [`HealthCheck`], or a closure.
///
/// # Examples
///
/// ```
/// use health_runtime::{Check, CheckMeta, Health};
///
/// # fn health(shards: Vec<String>) -> Result<Health, health_runtime::BuildError> {
/// let mut builder = Health::builder().version("1.0.0").without_registered();
/// for (number, shard) in shards.into_iter().enumerate() {
///     let meta = CheckMeta::new(format!("shard-{number}")).with_critical(false);
///     builder = builder.add(Check::new(meta, move |_| {
///         let shard = shard.clone();
///         async move { tokio::net::TcpStream::connect(shard).await.map(drop) }
///     }));
/// }
/// builder.build()
/// # }
/// # assert!(health(vec!["127.0.0.1:1".to_owned()]).is_ok());
/// ```
#[must_use]
pub struct Check {
    pub(crate) meta: CheckMeta,
    pub(crate) function: Arc<dyn Runnable>,
    pub(crate) requirements: Requirements,
    pub(crate) identity: Identity,
    /// The type of a check without settings of its own, which may be linked or named more than once; `None` for any other.
    pub(crate) singleton: Option<&'static str>,
    /// The schema of the details; none for `()`.
    pub(crate) details: DetailsSchema,
    /// The state of this check alone.
    pub(crate) states: States,
    /// Mistakes that can be seen while the calls are made.
    pub(crate) problems: Vec<Problem>,
}

/// What can be run, without the type of its details.
pub(crate) trait Runnable: Send + Sync {
    fn call(&self, cx: CheckContext) -> Call;
}

/// What describes itself.
trait Described: Runnable {
    fn describe(&self, requirements: &mut Requirements) -> CheckMeta;
}

/// Adds the schema of a check's details to those of its document; none for `()`.
pub(crate) type DetailsSchema = fn(&mut SchemaGenerator) -> Option<Schema>;

/// A function that returns a run.
struct FromFn<F>(F);

impl Check {
    /// A check that calls a function or a closure, and awaits its future.
    pub fn new<F, Fut, O>(meta: CheckMeta, function: F) -> Self
    where
        F: Fn(CheckContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = O> + Send + 'static,
        O: IntoOutcome,
    {
        Self::from_fn(meta, move |cx| Run::new(function(cx)))
    }

    /// A check that calls a function or a closure that blocks its thread, on the runtime's blocking pool.
    pub fn blocking<F, O>(meta: CheckMeta, function: F) -> Self
    where
        F: Fn(CheckContext) -> O + Send + Sync + 'static,
        O: IntoOutcome,
    {
        let function = Arc::new(function);
        let mut check = Self::from_fn(meta, move |cx| {
            let function = Arc::clone(&function);
            Run::blocking(move || function(cx))
        });
        check.requirements.thread();
        check
    }

    fn from_fn<F, T>(meta: CheckMeta, function: F) -> Self
    where
        F: Fn(CheckContext) -> Run<T> + Send + Sync + 'static,
        T: Details,
    {
        Self::assemble(meta, Arc::new(FromFn(function)), details_schema::<T>)
    }

    /// A check that is a value.
    ///
    /// Two values of a type without fields, such as the type of an annotated function, are one check.
    pub fn of<C: HealthCheck>(check: C) -> Self {
        Self::described(Arc::new(check), Identity::of::<C>(), singleton::<C>(), details_schema::<C::Details>)
    }

    /// All of [`of`](Self::of) that need not be compiled for every type.
    fn described(
        check: Arc<dyn Described>,
        identity: Identity,
        singleton: Option<&'static str>,
        details: DetailsSchema,
    ) -> Self {
        let mut requirements = Requirements::default();
        let meta = check.describe(&mut requirements);
        Self { identity, singleton, requirements, ..Self::assemble(meta, check, details) }
    }

    fn assemble(meta: CheckMeta, function: Arc<dyn Runnable>, details: DetailsSchema) -> Self {
        Self {
            meta,
            function,
            requirements: Requirements::default(),
            identity: Identity::none(),
            singleton: None,
            details,
            states: States::default(),
            problems: Vec::new(),
        }
    }

    /// Changes the settings.
    pub fn configure(mut self, change: impl FnOnce(CheckMeta) -> CheckMeta) -> Self {
        self.change(change);
        self
    }

    /// Gives this check alone a value of state, which goes before that of all checks.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.states.insert(value) {
            self.problems.push(Problem::DuplicateState { type_name: type_name::<T>() });
        }
        self
    }

    /// The name and the settings.
    pub fn meta(&self) -> &CheckMeta {
        &self.meta
    }

    pub(super) fn change(&mut self, change: impl FnOnce(CheckMeta) -> CheckMeta) {
        let changed = change(self.meta.clone());
        self.identity.has_own_name &= self.meta.name == changed.name;
        self.meta = changed;
    }

    /// The check of a type under another name, made at this place.
    pub(crate) fn named(mut self, name: Cow<'static, str>, location: &'static Location<'static>) -> Self {
        self.meta.location = location;
        self.singleton = None;
        self.configure(|meta| meta.with_name(name))
    }
}

/// The name of a type without fields.
fn singleton<C>() -> Option<&'static str> {
    if size_of::<C>() == 0 { Some(type_name::<C>()) } else { None }
}

fn details_schema<T: Details>(generator: &mut SchemaGenerator) -> Option<Schema> {
    if TypeId::of::<T>() == TypeId::of::<()>() { None } else { Some(T::json_schema(generator, Sealed)) }
}

impl<C: HealthCheck> Runnable for C {
    fn call(&self, cx: CheckContext) -> Call {
        self.run(cx).call
    }
}

impl<C: HealthCheck> Described for C {
    fn describe(&self, requirements: &mut Requirements) -> CheckMeta {
        self.requirements(requirements);
        self.meta()
    }
}

impl<F: Fn(CheckContext) -> Run<T> + Send + Sync, T> Runnable for FromFn<F> {
    fn call(&self, cx: CheckContext) -> Call {
        (self.0)(cx).call
    }
}

impl<C: HealthCheck> From<C> for Check {
    fn from(check: C) -> Self {
        Self::of(check)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("meta", &self.meta).finish_non_exhaustive()
    }
}
