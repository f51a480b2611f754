//! The probes over HTTP.

mod body;
mod depends;
#[cfg(feature = "swagger-ui")]
mod docs;
mod documents;
mod file;
mod html;
mod listen;
#[cfg(feature = "metrics")]
mod metrics;
mod probe;
mod problem;
mod reference;
#[cfg(feature = "metrics")]
mod route_marker;
mod router;
mod saturation;
mod selection;
mod serve;
mod status;

pub use saturation::{SaturationBody, SaturationFuture, SaturationLayer, SaturationService};
pub use serve::ServeApp;
