//! Where the process is in its life: it starts, serves and drains, and never goes back.

use tokio::sync::watch;

use crate::report::Phase;

/// The phase, as a latch.
#[derive(Debug)]
pub(crate) struct Lifecycle(watch::Sender<Phase>);

impl Default for Lifecycle {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Starting))
    }
}

impl Lifecycle {
    pub(crate) fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Moves on to a later phase; does nothing if the process is in it already, or in a later one.
    pub(crate) fn advance(&self, to: Phase) {
        let mut from = None;
        self.0.send_if_modified(|phase| {
            from = (*phase < to).then(|| std::mem::replace(phase, to));
            from.is_some()
        });
        // Not while the phase is locked: a log layer is user code.
        if let Some(from) = from {
            tracing::info!(from = from.as_str(), to = to.as_str(), "the service changed its phase");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draining_is_not_undone_by_a_late_start() {
        let lifecycle = Lifecycle::default();
        lifecycle.advance(Phase::Draining);
        lifecycle.advance(Phase::Running);
        assert_eq!(lifecycle.phase(), Phase::Draining);
    }
}
