//! Whether a report is still true: an epoch ends when anything that reports show changes.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the epochs.
#[derive(Debug, Default)]
pub(super) struct Epochs(AtomicU64);

/// The time in which nothing that reports show changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

impl Epochs {
    /// Ends the epoch, and with it every report that was assembled in it. To be called after the change.
    pub(super) fn begin(&self) {
        // A reader of the new number sees the change that was made before it.
        self.0.fetch_add(1, Ordering::Release);
    }

    /// The current epoch. To be read before what a report is assembled from.
    pub(super) fn current(&self) -> Epoch {
        Epoch(self.0.load(Ordering::Acquire))
    }
}
