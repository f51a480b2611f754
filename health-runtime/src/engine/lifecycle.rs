//! The lifecycle phase of the service: it starts, runs and drains, and never goes back.

use tokio::sync::watch;

use crate::report::Phase;

/// The phase, as a latch.
#[derive(Debug)]
pub(super) struct Lifecycle(watch::Sender<Phase>);

impl Default for Lifecycle {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Starting))
    }
}

impl Lifecycle {
    pub(super) fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Moves on to a later phase. Returns the phase before; `None` if the service is in that phase already, or in a later one.
    pub(super) fn advance(&self, to: Phase) -> Option<Phase> {
        let mut from = None;
        self.0.send_if_modified(|phase| {
            from = (*phase < to).then(|| std::mem::replace(phase, to));
            from.is_some()
        });
        from
    }

    /// Returns once the service is draining. Cancel safe.
    pub(super) async fn draining(&self) {
        // The sender is here, so the channel stays open.
        let _ = self.0.subscribe().wait_for(|phase| *phase == Phase::Draining).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draining_is_not_undone_by_a_late_start() {
        let lifecycle = Lifecycle::default();
        assert_eq!(lifecycle.advance(Phase::Draining), Some(Phase::Starting));
        assert_eq!(lifecycle.advance(Phase::Running), None);
        assert_eq!(lifecycle.phase(), Phase::Draining);
    }
}
