//! Deadlines and scheduled runs, which do not depend on probes.

use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::core::Core;
use super::lock::lock;
use super::round::Starter;
use super::slot::{Demand, Slot};
use super::timers::{ByTime, Timers};
use crate::log::Log;

/// The next run of every check that has an interval.
#[derive(Debug)]
pub(super) struct Schedule {
    runs: Timers<ByTime<Weak<Slot>>>,
    /// The times at which the last observations of these checks become stale, unless they run before.
    stale: Timers<ByTime<Weak<Slot>>>,
    random: Mutex<fastrand::Rng>,
}

impl Schedule {
    /// The jitter, as a fraction of the interval.
    const JITTER: f64 = 0.1;

    pub(super) fn new(seed: Option<u64>) -> Self {
        let random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self { runs: Timers::default(), stale: Timers::default(), random: Mutex::new(random) }
    }

    /// Schedules the next run, an interval with jitter from now. Missed runs are not made up for.
    pub(super) fn plan(&self, slot: &Arc<Slot>) {
        let Some(interval) = slot.settings.interval else { return };
        let added = self.runs.add(Instant::now() + self.jittered(interval), Arc::downgrade(slot));
        if let Some(ticket) = added.and_then(|added| slot.set_planned(added.ticket)) {
            drop(self.runs.remove(ticket));
        }
    }

    /// Expects the next observation of a check by this time.
    pub(super) fn expect(&self, slot: &Arc<Slot>, by: Instant) {
        let added = self.stale.add(by + Duration::from_millis(1), Arc::downgrade(slot));
        if let Some(ticket) = added.and_then(|added| slot.set_stale(added.ticket)) {
            drop(self.stale.remove(ticket));
        }
    }

    /// The time at which the next observation becomes stale.
    pub(super) fn first_stale(&self) -> Option<Instant> {
        self.stale.first(|_| ()).map(|(due, ())| due)
    }

    /// Reports the observations that have become stale by this time.
    pub(super) fn publish_stale(&self, core: &Core, by: Instant) {
        while let Some(slot) = self.stale.take_due(by) {
            if let Some(slot) = slot.upgrade() {
                slot.publish_stale(core, by);
            }
        }
    }

    /// Removes a check from the schedule.
    pub(super) fn remove(&self, slot: &Slot) {
        let [planned, stale] = slot.remove();
        drop(planned.and_then(|ticket| self.runs.remove(ticket)));
        drop(stale.and_then(|ticket| self.stale.remove(ticket)));
    }

    fn jittered(&self, interval: Duration) -> Duration {
        let part = lock(&self.random).f64();
        interval.mul_f64(1.0 - Self::JITTER + 2.0 * Self::JITTER * part)
    }
}

/// Ends overdue runs and starts scheduled ones, on the home runtime.
pub(super) struct Scheduler {
    core: Arc<Core>,
    home: Handle,
    is_gone: Arc<OnceLock<()>>,
}

impl Scheduler {
    /// The pause before a scheduler that panicked is restarted.
    const PAUSE: Duration = Duration::from_millis(100);

    pub(super) fn new(core: Arc<Core>, home: Handle, is_gone: Arc<OnceLock<()>>) -> Self {
        Self { core, home, is_gone }
    }

    /// Runs forever; restarts after a panic.
    pub(super) async fn keep(self) {
        again(&self.home, &self.core.log, || keep_time(Arc::clone(&self.core), self.home.clone())).await;
    }
}

impl Drop for Scheduler {
    /// Dropped with its runtime. Ends the runs that block a thread of that runtime.
    fn drop(&mut self) {
        let _ = self.is_gone.set(());
        // Another runtime may be the home by now, with its own runs.
        for run in self.core.deadlines.take(|run| run.runtime.id() == self.home.id()) {
            drop(run.cancel(&self.core));
        }
    }
}

/// Restarts a task whenever it has ended. Dropping this ends the task.
async fn again<F: Future<Output = ()> + Send + 'static>(home: &Handle, log: &Log, make: impl Fn() -> F) {
    loop {
        let mut task = JoinSet::new();
        task.spawn_on(make(), home);
        if let Some(Err(error)) = task.join_next().await {
            log.write(Box::new(move || {
                tracing::error!(target: "health_runtime", %error, "scheduler panicked; restarting it");
            }));
            sleep(Scheduler::PAUSE).await;
        }
    }
}

async fn keep_time(core: Arc<Core>, home: Handle) {
    loop {
        tokio::select! {
            overdue = core.deadlines.next() => drop(overdue.time_out(&core)),
            stale = core.schedule.stale.next() => {
                if let Some(slot) = stale.upgrade() {
                    slot.publish_stale(&core, Instant::now());
                }
            }
            slot = core.schedule.runs.next() => {
                if let Some(slot) = slot.upgrade().filter(|slot| !slot.is_removed()) {
                    core.schedule.plan(&slot);
                    Starter::new(&core, &home).observe(&slot, Demand::Run);
                }
            }
        }
    }
}

/// Ends overdue runs where there is no scheduler. Runs forever.
pub(super) async fn keep_deadlines(core: &Core) {
    loop {
        drop(core.deadlines.next().await.time_out(core));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::check::CheckMeta;
    use crate::engine::settings::Defaults;
    use crate::registry::Check;

    #[tokio::test]
    async fn a_check_that_is_removed_leaves_the_schedule_at_once() {
        let schedule = Schedule::new(Some(1));
        let meta = CheckMeta::new("check").with_interval(Duration::from_secs(3600));
        let check = Check::new(meta, |_| async {});
        let hour = Duration::from_secs(3600);
        let defaults = Defaults { timeout: hour, cache: hour, stale_after: hour, details_limit: 0 };
        let slot = Arc::new(Slot::new(check, Vec::new(), defaults));
        schedule.plan(&slot);
        assert!(schedule.runs.first(|_| ()).is_some());
        schedule.remove(&slot);
        assert!(schedule.runs.first(|_| ()).is_none());
        // A run that was taken out at that moment does not bring the check back either.
        schedule.plan(&slot);
        assert!(schedule.runs.first(|_| ()).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_scheduler_that_panics_is_started_again_after_a_pause() {
        let (starts, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Notify::new()));
        let start = Instant::now();
        let scheduler = tokio::spawn({
            let (starts, alive) = (Arc::clone(&starts), Arc::clone(&alive));
            async move {
                let make = || {
                    let (start, alive) = (starts.fetch_add(1, Ordering::SeqCst), Arc::clone(&alive));
                    async move {
                        assert!(start == 2, "a subscriber panics");
                        alive.notify_one();
                        std::future::pending::<()>().await;
                    }
                };
                again(&Handle::current(), &Log::new(), make).await;
            }
        });
        alive.notified().await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        assert!(start.elapsed() >= 2 * Scheduler::PAUSE);
        scheduler.abort();
    }
}
