//! The built-in check `event_loop`: whether the runtime of the checks still runs what it is given, and what keeps it from it.

mod lag;
mod stalls;
mod visits;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::{Handle, Id};

use self::lag::Lag;
use self::stalls::Stalls;
use crate::check::CheckMeta;
use crate::context::{Answer, Moment, SampledHome, Sampler};
use crate::health_details;
use crate::outcome::{CheckStatus, Outcome};
use crate::probe::Probe;
use crate::registry::Check;
use crate::report::timestamp;

/// What the check `event_loop` has seen of the runtime that runs the checks.
#[health_details(crate = crate)]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EventLoop {
    /// How long a new task has been waiting for a worker, in milliseconds; if none waits, how long the last one waited.
    pub lag_ms: f64,
    /// Worker threads of the runtime.
    pub workers: usize,
    /// Tasks of the runtime that have not ended.
    pub tasks: usize,
    /// Tasks that wait in the runtime's global queue.
    pub queued: usize,
    /// Workers that a task has not given back for a second or more.
    pub blocked: Vec<BlockedWorker>,
}

/// A worker thread that a task has not given back for a second or more.
#[health_details(crate = crate)]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlockedWorker {
    /// The index of the worker.
    pub worker: usize,
    /// Since when the worker has neither parked nor done its maintenance, which it does about every 61 polls.
    #[serde(serialize_with = "timestamp::serialize")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub no_maintenance_since: SystemTime,
    /// The number of its thread on Linux, as in `/proc/<pid>/task` and in debuggers; absent if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<u32>,
    /// What the thread does; absent if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_state: Option<ThreadState>,
    /// The health check that blocks it; absent if other code does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// What a thread does, as the system sees it.
#[health_details(crate = crate)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ThreadState {
    /// It computes, or waits for a processor.
    Running,
    /// It waits in a system call: for a lock, a timer, a socket.
    Sleeping,
    /// It waits for a disk, and cannot be interrupted.
    Disk,
    /// It is stopped by a signal or a debugger.
    Stopped,
}

/// Observes the runtime of the checks.
#[derive(Debug)]
pub(crate) struct EventLoopSampler {
    degraded: Duration,
    error: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The runtime that was sampled last.
    runtime: Option<Id>,
    /// Whether there was one before.
    had_runtime: bool,
    lag: Lag,
    stalls: Stalls,
    /// What was last returned, and when.
    last_answer: Option<(CheckStatus, Vec<BlockedWorker>, Instant)>,
}

impl EventLoopSampler {
    /// How often an answer that has not changed is given again.
    const REFRESH: Duration = Duration::from_secs(1);

    /// With the lags from which the check is `degraded` and `error`.
    pub(crate) fn new(degraded: Duration, error: Duration) -> Self {
        Self { degraded, error, state: Mutex::default() }
    }

    /// The check that reports what is observed.
    #[track_caller]
    pub(crate) fn check(self: &Arc<Self>) -> Check {
        let meta = CheckMeta::new("event_loop")
            .with_description("The runtime of the service runs the tasks that it is given.")
            .with_probes(&[Probe::Live, Probe::Ready]);
        Check::sampled::<EventLoop>(meta, Arc::<Self>::clone(self))
    }

    /// How long a new task waits for a worker.
    #[cfg(feature = "metrics")]
    pub(crate) fn lag(&self) -> Duration {
        self.state().lag.get()
    }

    /// How often a worker was found blocked, and how many are.
    #[cfg(feature = "metrics")]
    pub(crate) fn stalls(&self) -> (u64, usize) {
        let state = self.state();
        (state.stalls.count(), state.last_answer.as_ref().map_or(0, |(_, blocked, _)| blocked.len()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outcome(&self, lag: Duration, is_at_rest: bool) -> Outcome<EventLoop> {
        // Behind a long queue a new task waits for long, too, and a restart would not shorten it.
        if lag >= self.error && is_at_rest {
            Outcome::error(format!("no worker thread has run a new task for more than {:?}", self.error))
        } else if lag >= self.degraded {
            Outcome::degraded(format!("a task waited for more than {:?} for a worker thread", self.degraded))
        } else {
            Outcome { status: CheckStatus::Ok, message: None, cause: None, details: None }
        }
    }
}

impl Sampler for EventLoopSampler {
    fn sample(&self, moment: &Moment<'_>) -> Option<Answer> {
        let mut state = self.state();
        let Some(home) = &moment.home else { return state.unknown(moment.now) };
        if state.runtime.replace(home.runtime.id()) != Some(home.runtime.id()) {
            (state.lag, state.last_answer) = (Lag::default(), None);
            state.stalls.begin(home.workers.len());
        }
        if !home.is_paused {
            state.lag.sample(moment, home);
        }
        let blocked = if home.is_paused { Vec::new() } else { state.stalls.sample(moment, home) };
        let outcome = self.outcome(state.lag.get(), state.stalls.is_at_rest(moment.now));
        if !state.has_changed(outcome.status, &blocked, moment.now) {
            return None;
        }
        state.last_answer = Some((outcome.status, blocked.clone(), moment.now));
        Some(Answer::sampled(outcome.with_details(details(home, state.lag.get(), blocked))))
    }

    fn watches_workers(&self) -> bool {
        true
    }

    fn is_stuck(&self) -> bool {
        self.state().last_answer.as_ref().is_some_and(|(status, ..)| *status == CheckStatus::Error)
    }
}

impl State {
    /// There is no runtime, or it has shut down.
    fn unknown(&mut self, now: Instant) -> Option<Answer> {
        self.had_runtime |= self.runtime.is_some();
        (self.runtime, self.lag) = (None, Lag::default());
        self.stalls.begin(0);
        if !self.has_changed(CheckStatus::Degraded, &[], now) {
            return None;
        }
        self.last_answer = Some((CheckStatus::Degraded, Vec::new(), now));
        Some(Answer::sampled(Outcome::<EventLoop>::degraded(if self.had_runtime {
            "the runtime of the checks has shut down"
        } else {
            "no runtime is observed: call `build()` inside the runtime of the service, or use `.runtime(handle)`"
        })))
    }

    fn has_changed(&self, status: CheckStatus, blocked: &[BlockedWorker], now: Instant) -> bool {
        self.last_answer.as_ref().is_none_or(|(last_status, last_blocked, at)| {
            *last_status != status
                || now.saturating_duration_since(*at) >= EventLoopSampler::REFRESH
                || last_blocked.iter().map(|worker| worker.worker).ne(blocked.iter().map(|worker| worker.worker))
        })
    }
}

fn details(home: &SampledHome<'_>, lag: Duration, blocked: Vec<BlockedWorker>) -> EventLoop {
    let metrics = Handle::metrics(home.runtime);
    EventLoop {
        lag_ms: (lag.as_secs_f64() * 1e5).round() / 100.0,
        workers: metrics.num_workers(),
        tasks: metrics.num_alive_tasks(),
        queued: metrics.global_queue_depth(),
        blocked,
    }
}
