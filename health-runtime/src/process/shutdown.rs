//! How far the shutdown of the process has come.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::sleep;

use super::default_effect::Suspended;
use super::signals::{StopSignal, StopSignals};

/// The stages of a shutdown; none is ever left backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// No shutdown.
    Running,
    /// The drain period: readiness is 503, the listener is open.
    Draining,
    /// The grace period: the listener is closed, requests in flight go on.
    Closing,
    /// Requests in flight are cut off.
    Over,
}

/// For how long signals are listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Until the wait that begins ends.
    EndOfWait,
    /// Until the service has drained, for a server of the application's own.
    Drained,
}

/// The shutdown, which signals, `drain` and the periods drive.
#[derive(Debug)]
pub(crate) struct Shutdown {
    stage: watch::Sender<Stage>,
    signals: Mutex<Signals>,
}

/// What is known of signals, and who needs them.
#[derive(Debug, Default)]
struct Signals {
    /// When SIGTERM came that was not a repetition.
    terminated: Option<Instant>,
    /// How many `serve` and waits for a drain period are in progress.
    waits: usize,
    /// How many drain periods are in progress.
    drain_periods: usize,
    /// Whether one has come to its end.
    has_drained: bool,
    /// Whether signals are listened to also while there is no wait.
    is_wanted: bool,
    listening: Option<Listening>,
}

impl Signals {
    /// Gives signals their default effect again, unless something needs them.
    fn stop_listening(&mut self) {
        if self.waits == 0 {
            self.listening = None;
        }
    }
}

/// The task that listens to signals. It ends when this is dropped.
#[derive(Debug)]
struct Listening {
    task: AbortHandle,
    runtime: Id,
    _suspended: [Suspended; 2],
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shutdown {
    /// Supervisors send SIGTERM twice: a second one within this time is a repetition.
    const REPETITION: Duration = Duration::from_secs(1);

    pub(crate) fn new() -> Self {
        Self { stage: watch::Sender::new(Stage::Running), signals: Mutex::default() }
    }

    /// Moves on to a later stage; does nothing if the shutdown is there already.
    pub(crate) fn advance(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let is_later = *stage < to;
            if is_later {
                *stage = to;
            }
            is_later
        });
    }

    pub(crate) fn has_begun(&self) -> bool {
        *self.stage.borrow() > Stage::Running
    }

    /// Returns once the shutdown has come to a stage or past it. Cancel safe.
    pub(crate) async fn reached(&self, stage: Stage) {
        // The sender is not dropped meanwhile.
        let _ = self.stage.subscribe().wait_for(|now| *now >= stage).await;
    }

    /// Takes a signal into account.
    pub(crate) fn signal(&self, signal: StopSignal, now: Instant) {
        let stage = *self.stage.borrow();
        let to = match (signal, stage) {
            (StopSignal::Interrupt, Stage::Running | Stage::Draining) => Stage::Closing,
            (StopSignal::Interrupt, Stage::Closing | Stage::Over) => Stage::Over,
            (StopSignal::Terminate, _) => {
                let mut known = self.signals();
                let before = known.terminated;
                if before.is_some_and(|before| now.saturating_duration_since(before) < Self::REPETITION) {
                    return;
                }
                known.terminated = Some(now);
                match (before, stage) {
                    // The first one, perhaps after `drain`.
                    (None, _) | (Some(_), Stage::Running) => Stage::Draining,
                    (Some(_), Stage::Draining) => Stage::Closing,
                    (Some(_), Stage::Closing | Stage::Over) => Stage::Over,
                }
            }
        };
        self.advance(to);
        if to == Stage::Over {
            // Whatever the program does instead of a `serve`, the next signal ends it.
            self.signals().stop_listening();
        }
    }

    /// Listens to signals from now on. If no task does already, it is made with them.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub(crate) fn listen(&self, until: Until, task: impl FnOnce(StopSignals) -> JoinHandle<()>) -> io::Result<()> {
        let (mut known, runtime) = (self.signals(), Handle::current().id());
        known.is_wanted |= until == Until::Drained;
        // The runtime of another task may not be driven any more, unless something waits on it.
        let is_enough =
            |listening: &Listening| !listening.task.is_finished() && (listening.runtime == runtime || known.waits > 0);
        if !known.listening.as_ref().is_some_and(is_enough) {
            let (signals, suspended) = StopSignals::listen()?;
            known.listening = Some(Listening { task: task(signals).abort_handle(), runtime, _suspended: suspended });
        }
        known.waits += usize::from(until == Until::EndOfWait);
        Ok(())
    }

    /// Begins a wait for the drain period. It needs signals until it ends, as a `serve` does.
    pub(crate) fn begin_wait(&self) {
        self.signals().waits += 1;
    }

    pub(crate) fn end_wait(&self) {
        let mut known = self.signals();
        known.waits -= 1;
        if !known.is_wanted || *self.stage.borrow() >= Stage::Closing {
            known.stop_listening();
        }
    }

    /// Begins a drain period.
    pub(crate) fn begin_drain_period(&self) -> DrainPeriod<'_> {
        self.signals().drain_periods += 1;
        DrainPeriod(self)
    }

    /// Ignores SIGTERM, without listening to it, for as long as it would be a repetition.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub(crate) fn ignore_repetitions(&self) {
        let Some(terminated) = self.signals().terminated else { return };
        let rest = Self::REPETITION.saturating_sub(terminated.elapsed());
        if !rest.is_zero()
            && let Ok(suspended) = Suspended::begin(StopSignal::Terminate)
        {
            tokio::spawn(async move {
                sleep(rest).await;
                drop(suspended);
            });
        }
    }

    fn signals(&self) -> MutexGuard<'_, Signals> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A drain period in progress.
#[derive(Debug)]
pub(crate) struct DrainPeriod<'a>(&'a Shutdown);

impl DrainPeriod<'_> {
    /// The period is over. The drain of the service ends with the last one: each lasts for as long as it should.
    pub(crate) fn end(self) {
        self.0.signals().has_drained = true;
    }
}

impl Drop for DrainPeriod<'_> {
    fn drop(&mut self) {
        let is_last = {
            let mut known = self.0.signals();
            known.drain_periods -= 1;
            known.drain_periods == 0 && known.has_drained
        };
        if is_last {
            self.0.advance(Stage::Closing);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    fn stage(shutdown: &Shutdown) -> Stage {
        *shutdown.stage.borrow()
    }

    #[test]
    fn a_second_sigterm_within_a_second_is_a_repetition() {
        let (shutdown, start) = (Shutdown::new(), Instant::now());
        for millis in [0, 10, 250, 999] {
            shutdown.signal(StopSignal::Terminate, start + Duration::from_millis(millis));
            assert_eq!(stage(&shutdown), Stage::Draining, "{millis}");
        }
        for (millis, expected) in [(1000, Stage::Closing), (1500, Stage::Closing), (2000, Stage::Over)] {
            shutdown.signal(StopSignal::Terminate, start + Duration::from_millis(millis));
            assert_eq!(stage(&shutdown), expected, "{millis}");
        }
    }

    #[test]
    fn the_first_sigterm_after_a_drain_does_not_shorten_it() {
        let shutdown = Shutdown::new();
        shutdown.advance(Stage::Draining);
        shutdown.signal(StopSignal::Terminate, Instant::now());
        assert_eq!(stage(&shutdown), Stage::Draining);
        shutdown.signal(StopSignal::Interrupt, Instant::now());
        assert_eq!(stage(&shutdown), Stage::Closing);
    }

    #[test]
    fn periods_that_end_at_once_end_the_drain() {
        for _ in 0..1_000 {
            let (shutdown, barrier) = (Shutdown::new(), Barrier::new(2));
            shutdown.advance(Stage::Draining);
            let periods = [shutdown.begin_drain_period(), shutdown.begin_drain_period()];
            thread::scope(|scope| {
                for period in periods {
                    scope.spawn(|| {
                        barrier.wait();
                        period.end();
                    });
                }
            });
            assert_eq!(stage(&shutdown), Stage::Closing);
        }
    }

    #[test]
    fn no_order_of_events_takes_a_shutdown_back() {
        for seed in 0..2_000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let (shutdown, mut now) = (Shutdown::new(), Instant::now());
            let (mut before, mut counted, mut periods) = (Stage::Running, None, Vec::new());
            for _ in 0..20 {
                now += Duration::from_millis(random.u64(0..700));
                let event = random.u8(0..8);
                let ends_the_drain = event == 2 && periods.len() == 1;
                match event {
                    0 => periods.extend((before > Stage::Running).then(|| shutdown.begin_drain_period())),
                    1 => drop(periods.pop()),
                    2 => periods.pop().into_iter().for_each(DrainPeriod::end),
                    3 => shutdown.advance(Stage::Draining),
                    4 => shutdown.advance(Stage::Over),
                    5 => shutdown.signal(StopSignal::Interrupt, now),
                    _ => shutdown.signal(StopSignal::Terminate, now),
                }
                let after = stage(&shutdown);
                assert!(!ends_the_drain || after > Stage::Draining, "seed {seed}: a drain without an end");
                assert!(after >= before, "seed {seed}: {before:?} became {after:?}");
                if event > 5 {
                    let is_repetition = counted.is_some_and(|counted| now - counted < Duration::from_secs(1));
                    assert!(!is_repetition || after == before, "seed {seed}: a repetition changed {before:?}");
                    if !is_repetition {
                        counted = Some(now);
                    }
                }
                assert!(event < 5 || after > Stage::Running, "seed {seed}: a signal had no effect");
                before = after;
            }
        }
    }
}
