//! The last full report of each probe, reused until something in it changes.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokio::time::Instant;

use super::Health;
use crate::engine::{Epoch, Known, LONGEST};
use crate::probe::Probe;
use crate::report::{Phase, Rendered, Renderings, Report};

/// The last full report of every probe.
#[derive(Debug, Default)]
pub(super) struct Snapshots([ArcSwapOption<Snapshot>; Probe::ALL.len()]);

/// A full report, and the conditions under which it is still valid.
#[derive(Debug)]
struct Snapshot {
    renderings: Renderings,
    report: Arc<Report>,
    epoch: Epoch,
    phase: Phase,
    /// When the first of its observations is no longer fresh.
    until: Instant,
}

impl Health {
    /// The kept report in a format, with a new timestamp; `None` if it is no longer valid.
    pub(crate) fn rendered<T>(&self, probe: Probe, format: usize, read: impl FnOnce(&Rendered) -> T) -> Option<T> {
        let snapshot = self.0.snapshots.0[probe as usize].load();
        let snapshot = snapshot.as_ref()?;
        let is_true = snapshot.epoch == self.0.engine.epoch()
            && snapshot.phase == self.0.engine.phase()
            && Instant::now() < snapshot.until;
        is_true.then(|| read(snapshot.renderings.get(format, &snapshot.report)))
    }

    /// Keeps a full report of a round that began in this epoch.
    pub(super) fn keep(&self, probe: Probe, report: &Arc<Report>, round: &[Known], epoch: Epoch) {
        let phase = self.phase();
        let until = round
            .iter()
            .map(Known::fresh_until)
            .try_fold(Instant::now() + LONGEST, |until, fresh| fresh.map(|fresh| until.min(fresh)));
        // Each probe runs a failed startup check again.
        let is_settled = phase != Phase::Starting && report.phase.is_none_or(|reported| reported == phase);
        if let Some(until) = until.filter(|until| is_settled && *until > Instant::now()) {
            let snapshot =
                Snapshot { renderings: Renderings::default(), report: Arc::clone(report), epoch, phase, until };
            self.0.snapshots.0[probe as usize].store(Some(Arc::new(snapshot)));
        }
    }
}
