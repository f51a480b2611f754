//! How far the shutdown of the process has come.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

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

/// The shutdown, which signals, `drain` and the periods drive.
#[derive(Debug)]
pub(crate) struct Shutdown {
    stage: watch::Sender<Stage>,
    listener: Mutex<Listener>,
}

#[derive(Debug, Default)]
struct Listener {
    /// When SIGTERM came that was not a repetition.
    terminated: Option<Instant>,
    /// How many `serve` are in progress.
    serving: usize,
    /// Whether the application listens to signals for a server of its own.
    is_wanted: bool,
    listening: Option<Listening>,
}

/// The task that listens to signals. It ends when this is dropped.
#[derive(Debug)]
struct Listening {
    task: AbortHandle,
    _suspended: Suspended,
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
        Self { stage: watch::Sender::new(Stage::Running), listener: Mutex::default() }
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
                let mut listener = self.listener();
                let before = listener.terminated;
                if before.is_some_and(|before| now.saturating_duration_since(before) < Self::REPETITION) {
                    return;
                }
                listener.terminated = Some(now);
                match (before, stage) {
                    // The first one, perhaps after `drain`.
                    (None, _) | (Some(_), Stage::Running) => Stage::Draining,
                    (Some(_), Stage::Draining) => Stage::Closing,
                    (Some(_), Stage::Closing | Stage::Over) => Stage::Over,
                }
            }
        };
        self.advance(to);
    }

    /// Starts to listen to signals, unless a task does already. The task is made with them.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub(crate) fn listen(&self, task: impl FnOnce(StopSignals) -> JoinHandle<()>) -> io::Result<()> {
        let mut listener = self.listener();
        if listener.listening.as_ref().is_none_or(|listening| listening.task.is_finished()) {
            let (signals, suspended) = StopSignals::listen()?;
            listener.listening = Some(Listening { task: task(signals).abort_handle(), _suspended: suspended });
        }
        Ok(())
    }

    /// Keeps listening to signals, also if a `serve` ends before any came.
    pub(crate) fn want_signals(&self) {
        self.listener().is_wanted = true;
    }

    /// Gives signals their default effect again, unless a `serve` is in progress.
    pub(crate) fn stop_listening(&self) {
        let mut listener = self.listener();
        if listener.serving == 0 {
            listener.listening = None;
        }
    }

    /// Begins a `serve`: signals are listened to until it ends.
    pub(crate) fn begin_serving(&self) -> Serving<'_> {
        self.listener().serving += 1;
        Serving(self)
    }

    fn listener(&self) -> MutexGuard<'_, Listener> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A `serve` in progress.
#[derive(Debug)]
pub(crate) struct Serving<'a>(&'a Shutdown);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let is_wanted = {
            let mut listener = self.0.listener();
            listener.serving -= 1;
            listener.is_wanted
        };
        if !is_wanted || *self.0.stage.borrow() >= Stage::Closing {
            self.0.stop_listening();
        }
    }
}

#[cfg(test)]
mod tests {
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
    fn no_order_of_events_takes_a_shutdown_back() {
        for seed in 0..2_000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let (shutdown, mut now) = (Shutdown::new(), Instant::now());
            let (mut before, mut counted) = (Stage::Running, None);
            for _ in 0..20 {
                now += Duration::from_millis(random.u64(0..700));
                let event = random.u8(0..6);
                match event {
                    0 => shutdown.advance(Stage::Draining),
                    1 => shutdown.advance(Stage::Closing),
                    2 => shutdown.advance(Stage::Over),
                    3 => shutdown.signal(StopSignal::Interrupt, now),
                    _ => shutdown.signal(StopSignal::Terminate, now),
                }
                let after = stage(&shutdown);
                assert!(after >= before, "seed {seed}: {before:?} became {after:?}");
                if event > 3 {
                    let is_repetition = counted.is_some_and(|counted| now - counted < Duration::from_secs(1));
                    assert!(!is_repetition || after == before, "seed {seed}: a repetition changed {before:?}");
                    if !is_repetition {
                        counted = Some(now);
                    }
                }
                assert!(event < 3 || after > Stage::Running, "seed {seed}: a signal had no effect");
                before = after;
            }
        }
    }
}
