//! How long a new task waits for a worker.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::visits;
use crate::context::{Moment, SampledHome};

/// The lag of a runtime, measured by a task that does nothing else, one at a time.
#[derive(Debug, Default)]
pub(super) struct Lag {
    task: Option<Sent>,
    last: Duration,
    samples: u32,
}

/// A task on its way to a worker.
#[derive(Debug)]
struct Sent {
    at: Instant,
    /// Time in which the process did not run.
    lost: Duration,
    ran: Arc<OnceLock<Instant>>,
    task: JoinHandle<()>,
}

impl Lag {
    /// How long the task waits, or the one before has waited.
    pub(super) fn get(&self) -> Duration {
        self.last
    }

    /// Looks what has become of the task, and sends the next one.
    pub(super) fn sample(&mut self, moment: &Moment<'_>, home: &SampledHome<'_>) {
        if let Some(sent) = &mut self.task {
            sent.lost += moment.lost;
            let ran = sent.ran.get().copied();
            self.last = ran.unwrap_or(moment.now).saturating_duration_since(sent.at).saturating_sub(sent.lost);
            // One that has ended and not run was dropped with its runtime.
            if ran.is_none() && !sent.task.is_finished() {
                return;
            }
        }
        self.task = Some(Sent::to(home, moment.now));
        visits::send(home, self.samples);
        self.samples = self.samples.wrapping_add(1);
    }
}

impl Sent {
    fn to(home: &SampledHome<'_>, now: Instant) -> Self {
        let ran = Arc::new(OnceLock::new());
        let task = home.runtime.spawn({
            let (workers, ran) = (Arc::clone(home.workers), Arc::clone(&ran));
            async move {
                // Tasks from outside overtake those that wait in the queue of a worker.
                queue_again().await;
                let _ = workers.note_thread();
                let _ = ran.set(Instant::now());
            }
        });
        Self { at: now, lost: Duration::ZERO, ran, task }
    }
}

/// Puts the task behind all that its worker has to run. Unlike `yield_now`, it does not wait for the maintenance of the worker.
async fn queue_again() {
    let mut has_waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;
    use crate::log::Log;
    use crate::workers::Workers;

    #[test]
    fn time_in_which_the_process_did_not_run_is_no_lag() {
        // It is not driven before the end, so a task waits for as long as the test wants it to.
        let runtime = Builder::new_current_thread().build().unwrap();
        let workers = Arc::new(Workers::new(runtime.handle()));
        let (start, log, mut lag) = (Instant::now(), Log::new(), Lag::default());
        let mut sample = |seconds: u64, lost: u64| {
            let home = SampledHome { runtime: runtime.handle(), workers: &workers, is_paused: false };
            let (now, lost) = (start + Duration::from_secs(seconds), Duration::from_secs(lost));
            lag.sample(&Moment { now, lost, home: None, log: &log }, &home);
            lag.get().as_secs()
        };
        assert_eq!(sample(0, 0), 0);
        assert_eq!(sample(2, 0), 2);
        assert_eq!(sample(30, 27), 3);
        assert_eq!(sample(31, 0), 4);
        runtime.block_on(async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(sample(32, 0), 0);
    }
}
