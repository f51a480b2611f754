//! One run: a hang, a panic or an ignored cancellation affects only its own observation.

use std::any::TypeId;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::Instant;

use super::core::Core;
use super::round::Awaited;
use super::settings::LONGEST;
use super::slot::{Replaced, RunHandle, Slot};
use super::timers::{ByLimit, Entries};
use crate::contain::contained;
use crate::context::{Answer, Call, CheckContext, RunFn};
use crate::message::Message;
use crate::observation::{Observation, Reason};
use crate::outcome::CheckStatus;
use crate::workers;

/// Frees the slot, however the run ends.
pub(super) struct RunGuard {
    core: Arc<Core>,
    slot: Arc<Slot>,
    run: Arc<RunHandle>,
    /// When the function was called: after the dependencies have their results.
    started: Instant,
    /// The deadline of the call.
    deadline: Option<Instant>,
    /// The deadline's place in the queue.
    ticket: Option<<ByLimit<Overdue> as Entries>::Ticket>,
    is_finished: bool,
}

/// The task of one call.
struct RunTask {
    stage: Stage,
    /// `None` once another task has taken over.
    guard: Option<RunGuard>,
}

/// The state of a call.
enum Stage {
    /// No user code has run yet.
    Prepared(PreparedCall),
    Called(Call),
    /// It has ended, or another task has taken over.
    Gone,
}

/// A check function and its arguments.
pub(super) struct PreparedCall {
    pub(super) function: Arc<RunFn>,
    pub(super) cx: CheckContext,
}

/// A run and its deadline.
#[derive(Debug)]
pub(super) struct Overdue {
    slot: Arc<Slot>,
    run: Arc<RunHandle>,
    started: Instant,
    limit: Duration,
    pub(super) runtime: Handle,
}

impl RunGuard {
    pub(super) fn new(core: Arc<Core>, slot: Arc<Slot>, run: Arc<RunHandle>, started: Instant) -> Self {
        Self { core, slot, run, started, deadline: None, ticket: None, is_finished: false }
    }

    /// Calls the function as soon as its dependencies have their results.
    pub(super) fn start(mut self, runtime: &Handle, dependencies: Vec<(TypeId, Arc<Slot>, Awaited)>) {
        if dependencies.is_empty() {
            self.call(runtime, Arc::default());
            return;
        }
        // Every run has a deadline, even if the runtime never polls the following.
        if !self.arm(runtime, self.slot.longest_run) {
            return;
        }
        let handle = runtime.clone();
        runtime.spawn(async move {
            let mut observed = Vec::with_capacity(dependencies.len());
            for (id, slot, awaited) in dependencies {
                observed.push((id, slot.as_reported(&awaited.finished().await)));
            }
            let is_in_time = self.ticket.take().is_none_or(|ticket| self.core.deadlines.remove(ticket).is_some());
            if is_in_time {
                self.started = Instant::now();
                self.call(&handle, observed.into());
            }
        });
    }

    fn call(mut self, runtime: &Handle, dependencies: Arc<[(TypeId, Arc<Observation>)]>) {
        if !self.arm(runtime, self.slot.settings.timeout) {
            return;
        }
        let deadline = self.started + self.slot.settings.timeout;
        let is_blocking = self.slot.is_blocking;
        let stage = Stage::Prepared(self.slot.call(deadline, dependencies));
        let task = RunTask { stage, guard: Some(self) };
        if is_blocking { task.spawn_blocking(runtime) } else { task.spawn(runtime) }
    }

    /// Gives the run a deadline; `false` if the engine is closed.
    fn arm(&mut self, runtime: &Handle, limit: Duration) -> bool {
        let overdue = Overdue {
            slot: Arc::clone(&self.slot),
            run: Arc::clone(&self.run),
            started: self.started,
            limit,
            runtime: runtime.clone(),
        };
        self.deadline = Some(self.started + limit.min(LONGEST));
        let added = self.core.deadlines.add((self.started, limit.min(LONGEST)), overdue);
        self.ticket = added.as_ref().map(|added| added.ticket);
        if added.as_ref().is_some_and(|added| added.is_first) {
            self.core.watch_deadlines();
        }
        added.is_some()
    }

    fn finish(&mut self, answer: Answer) {
        self.is_finished = true;
        let at = Instant::now();
        let is_late = self.deadline.is_some_and(|deadline| at > deadline);
        let answer = if is_late { timed_out(self.slot.settings.timeout) } else { answer };
        let replaced = finish(&self.core, &self.slot, &self.run, self.started, at, answer, true);
        if replaced.is_none() {
            // The deadline has decided the result; the run has occupied the slot until now.
            self.slot.vacate(&self.core, &self.run);
        }
    }
}

impl Drop for RunGuard {
    /// Dropped before it finished: the call was cancelled, by the end of its runtime, or by its deadline, which has decided the result
    /// already.
    fn drop(&mut self) {
        let overdue = self.ticket.and_then(|ticket| self.core.deadlines.remove(ticket));
        if !self.is_finished {
            if let Some(overdue) = &overdue {
                self.core.home.dropped_a_run(&overdue.runtime);
            }
            self.finish(cancelled());
        }
    }
}

impl RunTask {
    fn spawn(self, runtime: &Handle) {
        let Some(guard) = &self.guard else { return };
        let (slot, run) = (Arc::clone(&guard.slot), Arc::clone(&guard.run));
        run.set_abort(runtime.spawn(self).abort_handle());
        // The deadline may have passed before there was a task to abort.
        if slot.is_decided(&run) {
            run.abort();
        }
    }

    /// Moves the call to the blocking pool.
    fn spawn_blocking(mut self, runtime: &Handle) {
        let Some(guard) = &mut self.guard else { return };
        let (core, slot, run) = (Arc::clone(&guard.core), Arc::clone(&guard.slot), Arc::clone(&guard.run));
        let (started, ticket) = (guard.started, guard.ticket);
        run.set_blocks();
        // tokio panics if the system gives it no thread. The run stays in its queue, and the slot is free.
        if let Err(panicked) = contained(|| drop(runtime.spawn_blocking(|| self.block()))) {
            let message = "no thread could be started for the check, the cause is in the log";
            let answer = Answer { cause: Some(Message::masked(panicked)), ..Answer::missing(Reason::Failed, message) };
            drop(ticket.and_then(|ticket| core.deadlines.remove(ticket)));
            drop(finish(&core, &slot, &run, started, Instant::now(), answer, true));
        }
    }

    /// Executes the whole run, on a thread of the blocking pool.
    fn block(mut self) {
        // The run may have timed out while it waited for the thread.
        if self.guard.as_ref().is_none_or(|guard| guard.slot.is_decided(&guard.run)) {
            return;
        }
        self.begin();
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Called(Call::Blocking(function)) => {
                self.finish(contained(function).unwrap_or_else(Answer::panicked));
            }
            Stage::Called(Call::Async(future)) => {
                self.stage = Stage::Called(Call::Async(future));
                self.spawn(&Handle::current());
            }
            Stage::Prepared(_) | Stage::Gone => {}
        }
    }

    /// Calls the check function.
    fn begin(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Prepared(PreparedCall { function, cx }) => match contained(|| function(cx)) {
                Ok(call) => Stage::Called(call),
                Err(panicked) => {
                    self.finish(Answer::panicked(panicked));
                    Stage::Gone
                }
            },
            stage => stage,
        };
    }

    /// Notes which check this worker polls, where that is of use.
    fn note_poll(&self) -> Option<workers::Poll> {
        let guard = self.guard.as_ref()?;
        guard.core.sampled_workers()?.begin_poll(&guard.slot.name)
    }

    /// Takes the task, for another thread or runtime.
    fn take(&mut self) -> Self {
        Self { stage: std::mem::replace(&mut self.stage, Stage::Gone), guard: self.guard.take() }
    }

    /// Drops the rest of the call. Returns the answer if that panics.
    fn drop_call(&mut self) -> Option<Answer> {
        let stage = std::mem::replace(&mut self.stage, Stage::Gone);
        contained(|| drop(stage)).err().map(Answer::panicked)
    }

    fn finish(&mut self, answer: Answer) {
        if let Some(mut guard) = self.guard.take() {
            guard.finish(answer);
        }
    }
}

impl Future for RunTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _noted = self.note_poll();
        self.begin();
        match &mut self.stage {
            Stage::Called(Call::Async(future)) => {
                let answer = match contained(|| future.as_mut().poll(cx)) {
                    Ok(Poll::Pending) => return Poll::Pending,
                    Ok(Poll::Ready(answer)) => answer,
                    Err(panicked) => Answer::panicked(panicked),
                };
                let answer = self.drop_call().unwrap_or(answer);
                self.finish(answer);
            }
            Stage::Called(Call::Blocking(_)) => {
                self.take().spawn_blocking(&Handle::current());
            }
            Stage::Prepared(_) | Stage::Gone => {}
        }
        Poll::Ready(())
    }
}

impl Drop for RunTask {
    fn drop(&mut self) {
        if let Some(panicked) = self.drop_call() {
            self.finish(panicked);
        }
    }
}

impl Overdue {
    /// Reports the run as `timeout`, and cancels the call if possible.
    pub(super) fn time_out(&self, core: &Core) -> Option<Replaced> {
        self.end(core, timed_out(self.limit), false)
    }

    /// Reports a run as `cancelled`, whose runtime or engine has ended.
    pub(super) fn cancel(&self, core: &Core) -> Option<Replaced> {
        // Nothing polls the call any more, so it has ended, unless it has a thread.
        self.end(core, cancelled(), !self.run.blocks())
    }

    fn end(&self, core: &Core, answer: Answer, is_gone: bool) -> Option<Replaced> {
        let replaced = finish(core, &self.slot, &self.run, self.started, Instant::now(), answer, is_gone);
        self.run.abort();
        replaced
    }
}

fn timed_out(limit: Duration) -> Answer {
    Answer::missing(Reason::Timeout, &format!("no answer within {limit:?}"))
}

fn cancelled() -> Answer {
    Answer::missing(Reason::Cancelled, "the run was cancelled because its runtime shut down")
}

fn finish(
    core: &Core,
    slot: &Arc<Slot>,
    run: &RunHandle,
    started: Instant,
    at: Instant,
    answer: Answer,
    is_gone: bool,
) -> Option<Replaced> {
    let answer = answer.within(slot.settings.details_limit);
    let mut found = Observation {
        status: answer.status,
        reason: answer.reason,
        message: answer.message,
        cause: answer.cause,
        details: answer.details,
        response_time: at.saturating_duration_since(started),
        observed_at: SystemTime::now(),
        at: at.into_std(),
        consecutive_failures: 0,
    };
    if let Some(slow) = slot.meta.slow.filter(|slow| found.status == CheckStatus::Ok && found.response_time > *slow) {
        found.status = CheckStatus::Degraded;
        found.reason = Some(Reason::Slow);
        found.message = Some(Message::new(&format!("slower than {slow:?}")));
    }
    slot.finish(core, run, found, is_gone)
}
