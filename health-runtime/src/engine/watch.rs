//! The watch thread: sees to it that deadlines are kept although a check blocks its worker.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use super::lock;

/// How long a runtime may be without somebody who drives its timers, while a run is in flight.
const NUDGE_EVERY: Duration = Duration::from_millis(20);

/// What the thread has to know.
#[derive(Debug, Default)]
pub(super) struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Runs that are not gone, also those past their deadline.
    in_flight: usize,
    waits: bool,
    closed: bool,
}

impl Watch {
    /// Starts the thread. It ends after [`close`](Self::close).
    ///
    /// A worker that is blocked by a check may own tokio's timer and I/O driver, and the idle ones do not take it over by
    /// themselves. A new task wakes one of them, which does.
    pub(super) fn start(self: &Arc<Self>, runtime: Handle) {
        let watch = Arc::clone(self);
        let thread = std::thread::Builder::new().name("health-watch".to_owned());
        let started = thread.spawn(move || {
            let mut nudge = runtime.spawn(async {});
            while watch.wait_for_runs() {
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

    pub(super) fn run_started(&self) {
        let mut state = lock(&self.state);
        state.in_flight += 1;
        if std::mem::take(&mut state.waits) {
            self.changed.notify_one();
        }
    }

    pub(super) fn run_gone(&self) {
        lock(&self.state).in_flight -= 1;
    }

    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    /// Blocks until there is a run; false when there will be none any more.
    fn wait_for_runs(&self) -> bool {
        let mut state = lock(&self.state);
        while state.in_flight == 0 && !state.closed {
            state.waits = true;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.closed
    }
}
