//! The trait of checks.

use super::{CheckContext, Function, Requirements, Run};
use crate::check::CheckMeta;
use crate::outcome::Details;

/// A health check, identified by a type.
///
/// `#[health_check]` implements this trait for a type that is named like the annotated function. Implement it by hand for a type with
/// settings of its own. The builder, [`Depends`](crate::Depends), [`Report::get`](crate::Report::get) and the documents treat both alike.
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
/// /// The state of the file.
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
///
/// A check that takes state or depends on another check declares that in `requirements`, so that `build()` can verify it:
///
/// ```
/// use std::error::Error;
///
/// use axum::extract::State;
/// use health_runtime::{
///     CheckContext, CheckMeta, Depends, FromCheckContext, HealthCheck, Outcome, Requirements, Run, health_check,
/// };
///
/// #[derive(Clone)]
/// struct Region(&'static str);
///
/// #[health_check]
/// async fn database() {}
///
/// struct Orders { home: &'static str }
///
/// impl HealthCheck for Orders {
///     type Details = ();
///
///     fn meta(&self) -> CheckMeta {
///         CheckMeta::new("orders")
///     }
///
///     fn requirements(&self, requirements: &mut Requirements) {
///         requirements.state::<Region>();
///         requirements.check::<database>();
///     }
///
///     fn run(&self, cx: CheckContext) -> Run {
///         let home = self.home;
///         Run::new(async move {
///             let State(Region(region)) = State::from_check_context(&cx)?;
///             let database = Depends::<database>::from_check_context(&cx)?;
///             let outcome = match database.message() {
///                 Some(message) => Outcome::error(message),
///                 None if region != home => Outcome::degraded("not at home"),
///                 None => Outcome::ok(()),
///             };
///             Ok::<_, Box<dyn Error + Send + Sync>>(outcome)
///         })
///     }
/// }
/// ```
///
/// Two values of a type with fields are two checks, and the type then identifies neither of them. If another check depends on one of them,
/// write a separate type for that one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a health check",
    note = "annotate a function with `#[health_check]`, or implement `HealthCheck` for the type",
    note = "for a closure, use `Check::new(meta, closure)`"
)]
pub trait HealthCheck: Send + Sync + 'static {
    /// Type of the details; `()` for none.
    type Details: Details;

    /// Returns the name and the settings. Called once, when the check is added.
    fn meta(&self) -> CheckMeta;

    /// Declares what [`build`](crate::HealthBuilder::build) must verify: the state and the checks that a run needs. Nothing by default.
    fn requirements(&self, requirements: &mut Requirements) {
        let _ = requirements;
    }

    /// Starts one run.
    ///
    /// Called on the task of the run. A panic is reported as `panicked` for this check only, and the time spent here counts towards the
    /// timeout.
    fn run(&self, cx: CheckContext) -> Run<Self::Details>;
}

/// The type that `#[health_check]` defines for an annotated function. Only the attribute implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an annotated check",
    note = "annotate a function with `#[health_check]`, or give a value to `.add(...)`"
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
        Run::of((C::function().run)(cx))
    }
}
