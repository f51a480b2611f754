//! A check as the engine gets it, wherever it came from.

use std::any::{TypeId, type_name};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator};

use super::Problem;
use crate::check::CheckMeta;
use crate::context::{
    AnnotatedCheck, Call, CheckContext, FromFn, Function, HealthCheck, Identity, Requirements, Run, Runnable, States,
};
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

/// Adds the schema of a check's details to those of its document; none for `()`.
pub(crate) type DetailsSchema = fn(&mut SchemaGenerator) -> Option<Schema>;

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
        Self::assemble(meta, Arc::new(FromFn(move |cx| function(cx).call)), details_schema::<T>)
    }

    /// A check that is a value.
    ///
    /// Two values of a type without fields, such as the type of an annotated function, are one check.
    pub fn of<C: HealthCheck>(check: C) -> Self {
        let mut requirements = Requirements::default();
        check.requirements(&mut requirements);
        let meta = check.meta();
        Self {
            requirements,
            identity: Identity::of::<C>(),
            singleton: if size_of::<C>() == 0 { Some(type_name::<C>()) } else { None },
            ..Self::assemble(meta, Arc::new(FromValue(check)), details_schema::<C::Details>)
        }
    }

    /// The check of an annotated function: the same, with less for the compiler to do.
    pub(crate) fn annotated<C: AnnotatedCheck>() -> Self {
        let Function { requirements, run, .. } = C::function();
        let known_as = (Identity::of::<C>(), type_name::<C>());
        Self::of_function(C::describe(), requirements, run, known_as, details_schema::<C::Details>)
    }

    fn of_function(
        meta: CheckMeta,
        requirements: Requirements,
        function: Arc<dyn Runnable>,
        (identity, type_name): (Identity, &'static str),
        details: DetailsSchema,
    ) -> Self {
        Self { requirements, identity, singleton: Some(type_name), ..Self::assemble(meta, function, details) }
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
        self.meta = change(self.meta.clone());
    }

    /// The check of a type under another name, made at this place.
    pub(crate) fn named(mut self, name: Cow<'static, str>, location: &'static Location<'static>) -> Self {
        self.identity.is_instance = self.meta.name != name;
        self.singleton = None;
        self.meta.name = name;
        self.meta.location = location;
        self
    }
}

fn details_schema<T: Details>(generator: &mut SchemaGenerator) -> Option<Schema> {
    if TypeId::of::<T>() == TypeId::of::<()>() { None } else { Some(T::json_schema(generator, Sealed)) }
}

/// A check that is a value, without the type of its details.
struct FromValue<C>(C);

impl<C: HealthCheck> Runnable for FromValue<C> {
    fn call(&self, cx: CheckContext) -> Call {
        self.0.run(cx).call
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
