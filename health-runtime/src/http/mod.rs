//! The probes over HTTP.

mod documents;
mod probe;
mod problem;
mod router;
mod selection;
mod serve;
