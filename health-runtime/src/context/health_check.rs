//! The trait that makes a type a check.

use std::any::TypeId;

use super::{CheckContext, Function, Requirements, Run};
use crate::check::CheckMeta;
use crate::outcome::Details;

/// A health check as a value: what it is called, what it needs, and how it is run.
///
/// `#[health_check]` implements it for a type named like the annotated function. A type with settings of its own
/// implements it by hand, and is the same to the builder, to [`Depends`](crate::Depends), to
/// [`Report::get`](crate::Report::get) and to the documents.
///
/// # Examples
///
/// ```
/// use std::path::PathBuf;
///
/// use health_runtime::{CheckContext, CheckMeta, Health, HealthCheck, Outcome, Run, health_details};
///
/// /// A file that another process writes.
/// struct Export { path: PathBuf, at_least: u64 }
///
/// /// The file as it is now.
/// #[health_details]
/// struct ExportFile { bytes: u64 }
///
/// impl HealthCheck for Export {
///     type Details = ExportFile;
///
///     fn meta(&self) -> CheckMeta {
///         CheckMeta::new("export").with_description("The export is complete.").with_critical(false)
///     }
///
///     fn run(&self, _: CheckContext) -> Run<ExportFile> {
///         let (path, at_least) = (self.path.clone(), self.at_least);
///         Run::blocking(move || -> std::io::Result<_> {
///             let bytes = std::fs::metadata(path)?.len();
///             Ok(match bytes {
///                 0 => Outcome::error("the export is empty"),
///                 _ if bytes < at_least => Outcome::degraded("the export is too short"),
///                 _ => Outcome::ok(ExportFile { bytes }),
///             })
///         })
///     }
/// }
///
/// # fn build() -> Result<Health, health_runtime::BuildError> {
/// Health::builder()
///     .version(env!("CARGO_PKG_VERSION"))
///     .add(Export { path: "/var/lib/orders/export.csv".into(), at_least: 1_000 })
/// #   .without_registered()
///     .build()
/// # }
/// # build().unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a health check",
    note = "annotate its function with `#[health_check]`, or implement `HealthCheck` for the type"
)]
pub trait HealthCheck: Send + Sync + 'static {
    /// What the check reports about its dependency beside the status; `()` for nothing.
    type Details: Details;

    /// The name and the settings. Called once, when the check is added.
    fn meta(&self) -> CheckMeta;

    /// Adds what a run needs, so that [`build`](crate::HealthBuilder::build) can verify it; nothing by default.
    fn requirements(&self, requirements: &mut Requirements) {
        let _ = requirements;
    }

    /// One run.
    ///
    /// Called on the task of the run: a panic in it is this check's alone, and so is the time that it takes.
    fn run(&self, cx: CheckContext) -> Run<Self::Details>;
}

/// A check that an annotated function is. Implemented by `#[health_check]` alone, for the type of the function's name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an annotated check",
    note = "annotate its function with `#[health_check]`, or give a value to `.add(...)`"
)]
pub trait AnnotatedCheck: Send + Sync + 'static {
    #[doc(hidden)]
    type Details: Details;

    #[doc(hidden)]
    fn describe() -> CheckMeta;

    #[doc(hidden)]
    fn function() -> Function<Self::Details>;
}

#[diagnostic::do_not_recommend]
impl<C: AnnotatedCheck> HealthCheck for C {
    type Details = C::Details;

    fn meta(&self) -> CheckMeta {
        C::describe()
    }

    fn requirements(&self, requirements: &mut Requirements) {
        requirements.append(C::function().requirements);
    }

    fn run(&self, cx: CheckContext) -> Run<C::Details> {
        Run::of(C::function().run.call(cx))
    }
}

/// By what other code knows a check without its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    /// The type's own, as a function: half as large.
    check: fn() -> TypeId,
    /// Whether the check is one more of its type, under another name than the type's own.
    pub(crate) is_instance: bool,
}

impl Identity {
    pub(crate) fn of<C: HealthCheck>() -> Self {
        Self { check: TypeId::of::<C>, is_instance: false }
    }

    /// That of a check which has no type.
    pub(crate) fn none() -> Self {
        Self { check: TypeId::of::<()>, is_instance: false }
    }

    /// Whether a check is one of this type, under whatever name.
    pub(crate) fn is(&self, check: TypeId) -> bool {
        (self.check)() == check
    }

    /// Whether two checks are of one type.
    pub(crate) fn is_same_type(&self, other: Self) -> bool {
        self.is((other.check)())
    }

    /// Finds the check of a type among others, or else its only instance. The error is the number of candidates.
    pub(crate) fn find<T>(check: TypeId, among: impl IntoIterator<Item = (Self, T)>) -> Result<T, usize> {
        let candidates = among.into_iter().filter(|(identity, _)| identity.is(check));
        let (mut instances, mut others): (Vec<_>, Vec<_>) = candidates.partition(|(identity, _)| identity.is_instance);
        match (others.len(), instances.len()) {
            (1, _) => Ok(others.remove(0).1),
            (0, 1) => Ok(instances.remove(0).1),
            (others, instances) => Err(others + instances),
        }
    }
}
