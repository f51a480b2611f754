//! The probes over HTTP.

mod probe;
mod problem;
mod router;
mod selection;
mod serve;
