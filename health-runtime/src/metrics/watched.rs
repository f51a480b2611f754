//! Writes the metrics of what watches the process: its runtime and its limit on requests.

use std::fmt;

use prometheus_client::registry::Unit;

use super::families::{Families, Name};
use crate::health::Health;

const LAG: Name = Name(
    "event_loop_lag",
    Some(Unit::Seconds),
    "How long a new task waits for a worker thread of the runtime that runs the checks.",
);
const BLOCKED: Name =
    Name("event_loop_blocked_workers", None, "Worker threads that a task has not given back for a second or more.");
const STALLS: Name = Name("event_loop_stalls", None, "Times at which a task blocked a worker thread for a second.");
const IN_FLIGHT: Name = Name("saturation_requests_in_flight", None, "Requests in flight behind the limit.");
const LIMIT: Name = Name("saturation_limit", None, "How many requests may be in flight.");
const REFUSED: Name = Name("saturation_refused", None, "Requests that were refused beyond the limit.");

pub(super) fn encode(families: &mut Families<'_>, health: &Health) -> fmt::Result {
    if let Some(event_loop) = health.event_loop() {
        let (stalls, blocked) = event_loop.stalls();
        families.gauge(&LAG, &event_loop.lag().as_secs_f64())?;
        families.gauge(&BLOCKED, &blocked)?;
        families.counter(&STALLS, &stalls)?;
    }
    if let Some(limit) = health.request_limit() {
        let now = limit.now();
        families.gauge(&IN_FLIGHT, &now.in_flight)?;
        families.gauge(&LIMIT, &now.limit)?;
        families.counter(&REFUSED, &now.refused)?;
    }
    Ok(())
}
