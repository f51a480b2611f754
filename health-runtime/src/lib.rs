//! Declarative health checks for axum.
//!
//! Start with [`macro@health_check`], which makes a function a check, and with [`Health::builder`], which collects the checks of
//! an application and returns a router for the probes.
//!
//! # Examples
//!
//! ```standalone_crate
//! use axum::Router;
//! use axum::extract::State;
//! use health_runtime::{Health, health_check};
//!
//! #[derive(Clone)]
//! struct Upstream(&'static str);
//!
//! /// The price service accepts connections.
//! #[health_check(timeout = "2s")]
//! async fn prices(State(upstream): State<Upstream>) -> std::io::Result<()> {
//!     tokio::net::TcpStream::connect(upstream.0).await.map(drop)
//! }
//!
//! fn app() -> Result<Router, health_runtime::BuildError> {
//!     let health = Health::builder().version(env!("CARGO_PKG_VERSION")).state(Upstream("prices:80")).build()?;
//!     Ok(Router::new().merge(health.router()))
//! }
//! # app().unwrap();
//! ```
//!
//! # Features
//!
//! * `metrics` (default): [`Health::metrics_layer`] and `GET /metrics`.
//! * `deadpool_redis_0_23`, `redis_1`, `reqwest_0_13`, `sea_orm_2_postgres`, `sea_orm_2_sqlite`, `sqlx_0_9`, `tcp`: ready-made [checks].
//! * `http2`: HTTP/2 for [`Health::serve`]. Also on if another crate of the program enables it in `hyper-util`.
//! * `swagger-ui`: Swagger UI at `/docs`, embedded in the binary.
//! * `testing`: scripted checks, and assertions on reports.
//! * `utoipa-axum`: `Health::openapi_router` for `utoipa-axum`.

#![doc = include_str!("../docs/log.md")]
// The documentation host builds with this cfg, and a nightly compiler: items then show which feature they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
mod check;
pub mod checks;
mod contain;
mod context;
mod engine;
mod finite;
mod health;
mod http;
mod log;
mod mask;
mod message;
#[cfg(feature = "metrics")]
mod metrics;
mod observation;
mod openapi;
mod outcome;
mod own_thread;
mod probe;
mod process;
mod registry;
mod report;
mod schema;
#[cfg(feature = "testing")]
pub mod testing;
mod types;
mod workers;

#[doc(no_inline)]
pub use axum;
pub use check::{CheckMeta, CheckPlace, UnknownCheck};
pub use context::{
    AnnotatedCheck, CheckContext, Depends, FromCheckContext, HealthCheck, Requirements, Run, TypedCheckReport,
};
pub use engine::{Lagged, Transition, Transitions};
pub use health::{Drained, Endpoint, Expose, Health, HealthBuilder, Selection, UnknownTag};
#[doc = include_str!("../docs/health_check.md")]
pub use health_macros::health_check;
#[doc = include_str!("../docs/health_details.md")]
pub use health_macros::health_details;
pub use http::{SaturationBody, SaturationFuture, SaturationLayer, SaturationService, ServeApp};
#[cfg(feature = "metrics")]
pub use metrics::{
    ExceptHealthRoutes, ExceptHealthRoutesFuture, ExceptHealthRoutesService, HealthRoute, MetricsBody,
    MetricsCollector, MetricsFuture, MetricsLayer, MetricsService,
};
pub use observation::{Observation, Reason};
pub use openapi::SchemaClash;
pub use outcome::{CheckStatus, Details, IntoOutcome, Outcome};
pub use probe::Probe;
pub use process::{BlockedWorker, EventLoop, Saturation, ThreadState};
pub use registry::{BuildError, Check, Problem};
pub use report::{CheckReport, Phase, Report, ReportStatus};
#[doc(no_inline)]
pub use {schemars, utoipa};
