//! The lifecycle phase of the service: starting, running, draining, and never back.

use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::SetOnce;

use crate::report::Phase;

/// The phase, as a latch.
#[derive(Debug, Default)]
pub(super) struct Lifecycle {
    /// The number of phases that are over.
    phase: AtomicU8,
    is_draining: SetOnce<()>,
}

impl Lifecycle {
    const PHASES: [Phase; 3] = [Phase::Starting, Phase::Running, Phase::Draining];

    pub(super) fn phase(&self) -> Phase {
        Self::PHASES[usize::from(self.phase.load(Ordering::Acquire))]
    }

    /// Moves on to a later phase. Returns the previous phase; `None` if the service is in this phase already, or in a later one.
    pub(super) fn advance(&self, to: Phase) -> Option<Phase> {
        let from = Self::PHASES[usize::from(self.phase.fetch_max(to as u8, Ordering::AcqRel))];
        if to == Phase::Draining {
            let _ = self.is_draining.set(());
        }
        (from < to).then_some(from)
    }

    /// Returns once the service is draining. Cancel safe.
    pub(super) async fn draining(&self) {
        self.is_draining.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draining_is_not_undone_by_a_late_start() {
        let lifecycle = Lifecycle::default();
        assert_eq!(lifecycle.phase(), Phase::Starting);
        assert_eq!(lifecycle.advance(Phase::Draining), Some(Phase::Starting));
        assert_eq!(lifecycle.advance(Phase::Running), None);
        assert_eq!(lifecycle.phase(), Phase::Draining);
    }
}
