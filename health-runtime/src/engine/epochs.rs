//! Whether a report is still true: an epoch ends when any check says something new.

use tokio::sync::watch;

/// One epoch after the other.
#[derive(Debug)]
pub(super) struct Epochs(watch::Sender<()>);

/// The time in which no check says anything new.
#[derive(Debug)]
pub(crate) struct Epoch(watch::Receiver<()>);

impl Epochs {
    /// Ends the epoch, and with it every report that was put together in it.
    pub(super) fn begin(&self) {
        self.0.send_replace(());
    }

    /// The epoch that it is now.
    pub(super) fn current(&self) -> Epoch {
        Epoch(self.0.subscribe())
    }
}

impl Default for Epochs {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

impl Epoch {
    /// Whether it lasts.
    pub(crate) fn is_current(&self) -> bool {
        self.0.has_changed().is_ok_and(|has_changed| !has_changed)
    }
}
