//! Where the process is in its life: it starts, serves and drains, and never goes back.

use std::sync::Arc;

use tokio::sync::watch;

use crate::log::Log;
use crate::report::Phase;

/// The phase, as a latch.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    phase: watch::Sender<Phase>,
    log: Arc<Log>,
}

impl Lifecycle {
    pub(crate) fn new(log: Arc<Log>) -> Self {
        Self { phase: watch::Sender::new(Phase::Starting), log }
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Moves on to a later phase; does nothing if the process is in it already, or in a later one.
    pub(crate) fn advance(&self, to: Phase) {
        let mut from = None;
        self.phase.send_if_modified(|phase| {
            from = (*phase < to).then(|| std::mem::replace(phase, to));
            from.is_some()
        });
        if let Some(from) = from {
            self.log.write(move || tracing::info!(target: "health_runtime", %from, "service is {to}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draining_is_not_undone_by_a_late_start() {
        let lifecycle = Lifecycle::new(Arc::new(Log::new()));
        lifecycle.advance(Phase::Draining);
        lifecycle.advance(Phase::Running);
        assert_eq!(lifecycle.phase(), Phase::Draining);
    }
}
