//! The sampling thread: observes the checks that are never run, whatever the runtime does.

use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::clock;
use super::core::Core;
use super::lock::lock;
use crate::contain::contained;
use crate::context::{Answer, Moment, SampledHome};
use crate::outcome::Outcome;
use crate::workers::Workers;

/// The time between two samples.
const PERIOD: Duration = Duration::from_millis(100);

/// How late a sample may be before the time is counted as lost: a busy system runs a thread so late.
const LATE: Duration = Duration::from_millis(100);

/// What ends the thread.
#[derive(Debug, Default)]
pub(super) struct Sampling {
    /// Whether a sampler wants to know the workers.
    watches_workers: OnceLock<()>,
    is_closed: Mutex<bool>,
    closed: Condvar,
}

impl Sampling {
    /// Ends the thread.
    pub(super) fn close(&self) {
        *lock(&self.is_closed) = true;
        self.closed.notify_one();
    }

    /// Blocks until the next sample; `false` when there will be none any more.
    fn wait(&self) -> bool {
        let is_closed = lock(&self.is_closed);
        let waiting = self.closed.wait_timeout_while(is_closed, PERIOD, |is_closed| !*is_closed);
        !*waiting.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Core {
    /// Starts the thread, if a check needs it.
    ///
    /// It is not the watch thread: that one drops what users own, and may be held up there.
    pub(super) fn start_sampling(self: &Arc<Self>) {
        let slots = self.slots.load();
        let mut samplers = slots.iter().filter_map(|slot| slot.sampler.as_ref()).peekable();
        if samplers.peek().is_none() {
            return;
        }
        if samplers.any(|sampler| sampler.watches_workers()) {
            let _ = self.sampling.watches_workers.set(());
        }
        let core = Arc::clone(self);
        if let Err(error) = thread::Builder::new().name("health-sampler".to_owned()).spawn(move || sample_all(&core)) {
            self.log.write(Box::new(move || {
                tracing::error!(
                    target: "health_runtime",
                    %error,
                    "cannot start the sampling thread; `event_loop` and `saturation` are not observed"
                );
            }));
            for slot in slots.iter().filter(|slot| slot.is_sampled()) {
                let unknown = Outcome::<()>::error("the thread that observes this cannot be started");
                slot.publish(self, Answer::sampled(unknown), Instant::now());
            }
        }
    }

    /// The workers of the home, if a sampler wants to know them.
    pub(super) fn sampled_workers(&self) -> Option<Arc<Workers>> {
        self.sampling.watches_workers.get()?;
        self.home.with_workers().map(|(_, workers)| workers)
    }

    /// Takes a sample of each check that needs it.
    pub(super) fn sample(&self) {
        self.sample_at(Instant::now(), Duration::ZERO);
    }

    /// Takes a sample at a time before this call, and before the home is looked up: of two samples at once, the one that knows less is
    /// the older one.
    fn sample_at(&self, now: Instant, lost: Duration) {
        let home = self.home.with_workers();
        for slot in self.slots.load().iter() {
            let Some(sampler) = &slot.sampler else { continue };
            let home = home.as_ref().map(|(runtime, workers)| SampledHome {
                runtime,
                workers,
                is_paused: clock::running(runtime).is_none(),
            });
            if let Some(answer) = sampler.sample(&Moment { now, lost, home, log: &self.log }) {
                slot.publish(self, answer, now);
            }
        }
    }
}

fn sample_all(core: &Core) {
    let mut last = Instant::now();
    while core.sampling.wait() {
        let now = Instant::now();
        // With the time of the last sample itself, which takes next to none unless the process stops.
        let late = now.saturating_duration_since(last).saturating_sub(PERIOD);
        last = now;
        // The waker of a subscriber may panic.
        let _ = contained(|| core.sample_at(now, if late > LATE { late } else { Duration::ZERO }));
    }
}
