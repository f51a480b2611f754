//! Lets a kept report detect that any check has changed.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the epochs.
#[derive(Debug, Default)]
pub(super) struct Epochs(AtomicU64);

/// The time between two changes of what reports contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

impl Epochs {
    /// Ends the epoch, which invalidates every report that was assembled in it. Call it after the change.
    pub(super) fn begin(&self) {
        // A thread that reads the new number sees the change before it.
        self.0.fetch_add(1, Ordering::Release);
    }

    /// The current epoch. Read it before the parts of a report.
    pub(super) fn current(&self) -> Epoch {
        Epoch(self.0.load(Ordering::Acquire))
    }
}
