//! A check as the engine receives it, annotated or made in code.

use std::any::{TypeId, type_name};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator};

use super::{Configured, Problem};
use crate::check::CheckMeta;
use crate::context::{
    AnnotatedCheck, Answer, Call, CheckContext, HealthCheck, Requirements, Run, RunFn, Sampler, States,
};
use crate::outcome::{Details, IntoOutcome, Sealed};
use crate::schema::TypeSchema;

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
    pub(crate) function: Arc<RunFn>,
    /// What observes a check that has no runs.
    pub(crate) sampler: Option<Arc<dyn Sampler>>,
    pub(crate) requirements: Requirements,
    /// The type that identifies the check in code, and the name that this type gives the check.
    pub(crate) known_as: Option<(TypeId, Cow<'static, str>)>,
    /// The type of a check without settings of its own, which may be linked or added more than once; `None` for any other.
    pub(crate) singleton: Option<&'static str>,
    /// The schema of the details; `None` for `()`.
    pub(crate) details: DetailsSchema,
    /// The state of this check alone.
    pub(crate) states: States,
    /// Mistakes that the calls have found already.
    pub(crate) problems: Vec<Problem>,
}

/// Adds the schema of a check's details to those of the generator; `None` for `()`.
pub(crate) type DetailsSchema = fn(&mut SchemaGenerator) -> Option<Schema>;

impl Check {
    /// Creates a check that calls a function or a closure, and awaits its future.
    pub fn new<F, Fut, O>(meta: CheckMeta, function: F) -> Self
    where
        F: Fn(CheckContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = O> + Send + 'static,
        O: IntoOutcome,
    {
        Self::from_fn(meta, move |cx| Run::new(function(cx)))
    }

    /// Creates a check that calls a function or a closure on the runtime's blocking pool.
    ///
    /// The function cannot be cancelled: after the check's timeout, the check is reported as `timeout` until the function returns.
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
        check.requirements.blocking();
        check
    }

    fn from_fn<F, T>(meta: CheckMeta, function: F) -> Self
    where
        F: Fn(CheckContext) -> Run<T> + Send + Sync + 'static,
        T: Details,
    {
        Self::assemble(meta, Arc::new(move |cx| function(cx).call), details_schema::<T>)
    }

    /// Creates a check from a value that implements [`HealthCheck`].
    ///
    /// A type without fields, such as that of an annotated function, is one check, however many of its values are added.
    pub fn of<C: HealthCheck>(check: C) -> Self {
        let mut requirements = Requirements::default();
        check.requirements(&mut requirements);
        let meta = check.meta();
        Self {
            requirements,
            known_as: Some((TypeId::of::<C>(), meta.name.clone())),
            singleton: if size_of::<C>() == 0 { Some(type_name::<C>()) } else { None },
            ..Self::assemble(meta, Arc::new(move |cx| check.run(cx).call), details_schema::<C::Details>)
        }
    }

    /// The check of an annotated function. Like [`of`](Self::of), with less code for the compiler.
    pub(crate) fn annotated<C: AnnotatedCheck>() -> Self {
        let function = C::function();
        let known_as = (TypeId::of::<C>(), type_name::<C>());
        Self::of_function(C::describe(), function.requirements, function.run, known_as, details_schema::<C::Details>)
    }

    /// The part of [`annotated`](Self::annotated) that need not be compiled for every check.
    fn of_function(
        meta: CheckMeta,
        requirements: Requirements,
        function: Arc<RunFn>,
        (type_id, type_name): (TypeId, &'static str),
        details: DetailsSchema,
    ) -> Self {
        let known_as = Some((type_id, meta.name.clone()));
        Self { requirements, known_as, singleton: Some(type_name), ..Self::assemble(meta, function, details) }
    }

    /// A check of ours that is observed, and never run.
    pub(crate) fn sampled<T: Details>(meta: CheckMeta, sampler: Arc<dyn Sampler>) -> Self {
        // In the place of a function that nothing calls.
        let answer = || Answer::sampled(crate::Outcome::ok(()));
        let function = Arc::new(move |_| Call::Async(Box::pin(std::future::ready(answer()))));
        Self { sampler: Some(sampler), ..Self::assemble(meta, function, details_schema::<T>) }
    }

    fn assemble(meta: CheckMeta, function: Arc<RunFn>, details: DetailsSchema) -> Self {
        Self {
            meta,
            function,
            sampler: None,
            requirements: Requirements::default(),
            known_as: None,
            singleton: None,
            details,
            states: States::default(),
            problems: Vec::new(),
        }
    }

    /// Changes the settings. With another name, the check is an instance of its type.
    pub fn configure(mut self, change: impl FnOnce(CheckMeta) -> CheckMeta) -> Self {
        self.meta = change(self.meta);
        self.singleton = None;
        self
    }

    /// Adds a value for this check only; takes precedence over the builder's state.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.states.insert(value) {
            self.problems.push(Problem::DuplicateState { type_name: type_name::<T>() });
        }
        self.singleton = None;
        self
    }

    /// Returns the name and the settings.
    pub fn meta(&self) -> &CheckMeta {
        &self.meta
    }

    /// Renames the check, and sets its location.
    pub(crate) fn named(mut self, name: Cow<'static, str>, location: &'static Location<'static>) -> Self {
        self.meta.location = location;
        self.configure(|meta| meta.with_name(name))
    }

    /// Whether the check has this type, under any name.
    pub(crate) fn is_of_type(&self, check: TypeId) -> bool {
        self.known_as.as_ref().is_some_and(|(known, _)| *known == check)
    }

    /// Whether the check has another name than its type gives it.
    pub(crate) fn is_instance(&self) -> bool {
        self.known_as.as_ref().is_some_and(|(_, own_name)| *own_name != self.meta.name)
    }

    /// Changes the settings of the check itself: even with another name, it does not become an instance.
    fn reconfigure(&mut self, change: impl FnOnce(CheckMeta) -> CheckMeta) {
        self.meta = change(self.meta.clone());
        if let Some((_, own_name)) = &mut self.known_as {
            own_name.clone_from(&self.meta.name);
        }
    }

    /// Replaces the run of every check of its type; is added if there is none.
    #[cfg(feature = "testing")]
    pub(super) fn replace(self, checks: &mut Vec<Self>) {
        let type_id = self.known_as.as_ref().map(|(type_id, _)| *type_id);
        let mut replaced = checks.iter_mut().filter(|check| type_id.is_some_and(|id| check.is_of_type(id))).peekable();
        if replaced.peek().is_none() {
            drop(replaced);
            checks.push(self);
            return;
        }
        for check in replaced {
            check.function = Arc::clone(&self.function);
            check.requirements = Requirements::default();
        }
    }

    pub(super) fn finds_its_state(&self, states: &States) -> bool {
        self.requirements.states.iter().all(|requirement| states.has(requirement))
    }

    /// The mistakes in the check itself.
    pub(crate) fn mistakes(&mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.problems);
        let place = || self.meta.place();
        problems.extend(self.meta.mistakes().map(|mistake| Problem::InvalidSetting { check: place(), mistake }));
        // A schema that would have another meaning in a document.
        let misfit = TypeSchema::generate(self.details).and_then(|schema| schema.misfit());
        problems.extend(misfit.map(|misfit| Problem::UnusableSchema { check: place(), misfit }));
        problems
    }

    /// The required state that the builder was not given.
    pub(crate) fn missing_states(&self) -> impl Iterator<Item = Problem> {
        let missing = self.requirements.states.iter().filter(|requirement| !self.states.has(requirement));
        missing.map(|requirement| Problem::MissingState { check: self.meta.place(), type_name: requirement.type_name })
    }
}

impl Configured {
    /// Changes the settings of the check, unless the builder leaves it out.
    pub(super) fn apply(self, checks: &mut [Check], left_out: &[TypeId], problems: &mut Vec<Problem>) {
        let mut own: Vec<_> = checks.iter_mut().filter(|check| check.is_of_type(self.check)).collect();
        if own.iter().any(|check| !check.is_instance()) {
            own.retain(|check| !check.is_instance());
        }
        match own.as_mut_slice() {
            [check] => check.reconfigure(self.change),
            [] if left_out.contains(&self.check) => {}
            several => problems.push(Problem::UnclearType {
                call: "configure",
                type_name: self.type_name,
                candidates: several.len(),
            }),
        }
    }
}

fn details_schema<T: Details>(generator: &mut SchemaGenerator) -> Option<Schema> {
    if TypeId::of::<T>() == TypeId::of::<()>() { None } else { Some(T::json_schema(generator, Sealed)) }
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
