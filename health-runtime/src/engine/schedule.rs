//! What happens at a time and not because somebody asks: deadlines, and the runs of checks with an interval.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::round::{Demand, Starter};
use super::slot::Slot;
use super::timers::Timers;
use super::{Core, lock};

/// The next run of every check that has an interval.
#[derive(Debug)]
pub(super) struct Schedule {
    runs: Timers<Weak<Slot>>,
    random: Mutex<fastrand::Rng>,
}

impl Schedule {
    /// How far a run may be from its interval, as a part of it.
    const JITTER: f64 = 0.1;

    pub(super) fn new(seed: Option<u64>) -> Self {
        let random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self { runs: Timers::default(), random: Mutex::new(random) }
    }

    /// Plans the next run, an interval from now and a bit more or less. What was missed is not made up for.
    pub(super) fn plan(&self, slot: &Arc<Slot>) {
        if let Some(interval) = slot.meta.interval {
            self.runs.add(Instant::now() + self.jittered(interval), Arc::downgrade(slot));
        }
    }

    fn jittered(&self, interval: Duration) -> Duration {
        let part = lock(&self.random).f64();
        interval.min(Slot::LONGEST).mul_f64(1.0 - Self::JITTER + 2.0 * Self::JITTER * part)
    }
}

/// Keeps the engine's time.
pub(super) struct Keeper(Arc<Core>);

impl Keeper {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Never ends, and begins again should that ever end by a panic.
    pub(super) async fn keep(self, home: Handle) {
        again(&home, || keep_until_it_fails(Arc::clone(&self.0), home.clone())).await;
    }
}

impl Drop for Keeper {
    /// Goes when its runtime does: nobody would end a run that blocks its thread any more.
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Starts a task whenever it has ended, and ends it when this is dropped.
async fn again<F: Future<Output = ()> + Send + 'static>(home: &Handle, make: impl Fn() -> F) {
    loop {
        let mut task = JoinSet::new();
        task.spawn_on(make(), home);
        if let Some(Err(error)) = task.join_next().await {
            tracing::error!(%error, "the scheduler has died and is started again");
        }
    }
}

async fn keep_until_it_fails(core: Arc<Core>, home: Handle) {
    loop {
        tokio::select! {
            overdue = core.deadlines.next() => overdue.time_out(&core),
            slot = core.schedule.runs.next() => {
                // A check that was removed has no slot any more.
                if let Some(slot) = slot.upgrade() {
                    core.schedule.plan(&slot);
                    Starter::new(&core, &home).observe(&slot, Demand::Run);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_scheduler_that_dies_is_started_again() {
        let (starts, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Notify::new()));
        let keeper = tokio::spawn({
            let (starts, alive) = (Arc::clone(&starts), Arc::clone(&alive));
            async move {
                let make = || {
                    let (start, alive) = (starts.fetch_add(1, Ordering::SeqCst), Arc::clone(&alive));
                    async move {
                        assert!(start == 2, "somebody's subscriber panics");
                        alive.notify_one();
                        std::future::pending::<()>().await;
                    }
                };
                again(&Handle::current(), make).await;
            }
        });
        alive.notified().await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        keeper.abort();
    }
}
