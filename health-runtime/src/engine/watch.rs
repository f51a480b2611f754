//! The watch thread: sees to it that deadlines are kept although a check blocks its worker.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::deadlines::Deadlines;

/// How long a runtime may be without somebody who drives its timers, while a run is in flight.
const NUDGE_EVERY: Duration = Duration::from_millis(20);

/// Starts the thread. It ends when the deadlines are closed.
///
/// A worker that is blocked by a check may own tokio's timer and I/O driver, and the idle ones do not take it over by
/// themselves. A new task wakes one of them, which does.
pub(super) fn start(deadlines: Arc<Deadlines>, runtime: Handle) {
    let thread = std::thread::Builder::new().name("health-watch".to_owned());
    let started = thread.spawn(move || {
        let mut nudge = runtime.spawn(async {});
        while deadlines.wait_for_runs() {
            // One at a time: a second one would not be run either, and would pile up.
            if nudge.is_finished() {
                nudge = runtime.spawn(async {});
            }
            std::thread::sleep(NUDGE_EVERY);
        }
    });
    if let Err(error) = started {
        tracing::error!(%error, "no watch thread: deadlines are late while a check blocks its worker");
    }
}
