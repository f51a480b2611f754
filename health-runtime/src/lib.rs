//! health-runtime
#[doc(hidden)]
pub mod __private;
mod check;
mod context;
mod engine;
mod health;
mod http;
mod observation;
mod outcome;
mod probe;
mod process;
mod registry;
mod report;

pub use check::{CheckMeta, CheckPlace, HealthCheck};
pub use context::{CheckContext, FromCheckContext, Requirements, Runnable};
pub use health::{Endpoint, Health, HealthBuilder};
pub use health_macros::{health_check, health_details};
pub use observation::{Observation, Reason};
pub use outcome::{CheckStatus, Details, IntoOutcome, Outcome};
pub use probe::{Probe, Probes};
pub use registry::{BuildError, Problem, Registration};
pub use report::{CheckReport, Phase, Report, ReportStatus};
