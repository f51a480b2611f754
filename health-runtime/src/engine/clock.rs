//! The clock of a runtime, read from any thread.

use std::hint::spin_loop;
use std::time::{Duration, Instant as StdInstant};

use crate::contain::contained;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// The time by a runtime's clock; `None` if a test has paused it.
pub(super) fn running(runtime: &Handle) -> Option<Instant> {
    let _entered = runtime.enter();
    let (before, std) = (Instant::now(), StdInstant::now());
    while StdInstant::now() == std {
        spin_loop();
    }
    let now = Instant::now();
    (now != before).then_some(now)
}

/// Whether a runtime has a time driver. The only way to find out is the panic of a timer without one.
pub(crate) fn has_time_driver(runtime: &Handle) -> bool {
    let _entered = runtime.enter();
    contained(|| drop(tokio::time::sleep(Duration::ZERO))).is_ok()
}
