//! The probes over HTTP.

mod body;
mod documents;
mod probe;
mod problem;
mod router;
mod selection;
mod serve;
