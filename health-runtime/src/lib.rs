//! health-runtime
#[doc(hidden)]
pub mod __private;
mod check;
mod context;
mod engine;
mod health;
mod http;
mod mask;
mod observation;
mod openapi;
mod outcome;
mod probe;
mod process;
mod registry;
mod report;
#[cfg(feature = "testing")]
pub mod testing;
mod schema;

pub use check::{CheckMeta, CheckPlace, HealthCheck};
pub use context::{CheckContext, Depends, FromCheckContext, Requirements, Runnable};
pub use engine::{Transition, Transitions};
pub use health::{Endpoint, Expose, Health, HealthBuilder, InstanceBuilder, Selection, UnknownTag};
pub use health_macros::{health_check, health_details};
pub use observation::{Observation, Reason};
pub use openapi::SchemaClash;
pub use outcome::{CheckStatus, Details, IntoOutcome, Outcome};
pub use probe::{Probe, Probes};
pub use registry::{BuildError, Check, Problem, Registration};
pub use report::{CheckReport, Phase, Report, ReportStatus, TypedCheckReport};
