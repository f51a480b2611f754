//! The probes over HTTP.

mod body;
mod depends;
#[cfg(feature = "swagger-ui")]
mod docs;
mod documents;
mod file;
mod html;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "metrics")]
mod noted;
mod probe;
mod problem;
mod reference;
mod router;
mod selection;
mod serve;
mod status;
