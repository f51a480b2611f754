//! The watch thread: enforces deadlines when checks block the threads of their runtime.

use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::clock;
use super::core::Core;
use super::lock::lock;
use crate::contain::contained;

/// The period in which the thread wakes while there is a deadline.
const TICK: Duration = Duration::from_millis(20);

/// How late a runtime may be for a deadline before the thread ends the run itself.
const LATE: Duration = Duration::from_millis(10);

/// The state of the thread.
#[derive(Debug, Default)]
pub(super) struct Watch {
    state: Mutex<State>,
    changed: Condvar,
    thread: OnceLock<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether there is a deadline that the thread has not seen yet.
    is_needed: bool,
    is_waiting: bool,
    is_closed: bool,
}

impl Core {
    /// Call this when the first deadline is added to an empty queue. Starts the thread if there is none.
    pub(super) fn watch_deadlines(self: &Arc<Self>) {
        if !self.wake_watch() && self.watch.thread.get().is_none() && self.watch.thread.set(()).is_ok() {
            let core = Arc::clone(self);
            if let Err(error) = thread::Builder::new().name("health-watch".to_owned()).spawn(move || watch(&core)) {
                self.log.write(Box::new(move || {
                    tracing::error!(
                        target: "health_runtime",
                        %error,
                        "cannot start the watch thread; blocked workers can delay timeouts"
                    );
                }));
            }
        }
    }

    /// Wakes the thread; returns `false` if it was not waiting.
    pub(super) fn wake_watch(&self) -> bool {
        let is_waiting = {
            let mut state = lock(&self.watch.state);
            state.is_needed = true;
            std::mem::take(&mut state.is_waiting)
        };
        if is_waiting {
            self.watch.changed.notify_one();
        }
        is_waiting
    }
}

impl Watch {
    pub(super) fn is_closed(&self) -> bool {
        lock(&self.state).is_closed
    }

    /// Ends the thread.
    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_one();
    }

    /// Blocks until there is a deadline, or for this long; returns `false` when the engine has ended.
    fn wait_for_deadlines(&self, limit: Option<Duration>) -> bool {
        let mut state = lock(&self.state);
        if !state.is_needed && !state.is_closed {
            state.is_waiting = true;
            state = match limit {
                Some(limit) => self.changed.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
            state.is_waiting = false;
        }
        state.is_needed = false;
        !state.is_closed
    }
}

fn watch(core: &Arc<Core>) {
    let mut nudge = None;
    while core.watch.wait_for_deadlines(until_stale(core)) {
        // User code may be dropped here, too.
        if contained(|| keep_deadlines(core, &mut nudge)).is_err() {
            lock(&core.watch.state).is_needed = true;
        }
        if let Some(now) = core.home.now() {
            core.schedule.publish_stale(core, now - LATE);
        }
    }
}

/// The time after which the first schedule counts as stopped; `None` if there is nothing to watch.
fn until_stale(core: &Core) -> Option<Duration> {
    let due = core.schedule.first_stale()?;
    // A running schedule moves that time on before it is reached.
    Some(due.saturating_duration_since(core.home.now()?) + 2 * LATE)
}

fn keep_deadlines(core: &Arc<Core>, nudge: &mut Option<JoinHandle<()>>) {
    while let Some((due, runtime)) = core.deadlines.first(|overdue| overdue.runtime.clone()) {
        match clock::running(&runtime) {
            // Continues at once: the next run may be on another runtime, with another clock.
            Some(now) if due + LATE <= now => {
                end_overdue(core, due);
                continue;
            }
            Some(_) => nudge_one(&runtime, nudge),
            // Only tests pause the clock; then tokio's own timers move it.
            None => {}
        }
        thread::sleep(TICK);
    }
}

/// Ends the first run, if it is due by then.
fn end_overdue(core: &Core, by: Instant) {
    if let Some(overdue) = core.deadlines.take_due(by) {
        let runtime = overdue.runtime.clone();
        let replaced = overdue.time_out(core);
        // A destructor may block, and this thread must not.
        runtime.spawn(async move { drop((overdue, replaced)) });
    }
}

/// Wakes an idle worker of a runtime.
///
/// A worker that is blocked by a check may own tokio's timer and I/O driver, and the idle ones do not take it over by
/// themselves. A new task wakes one of them, which does.
fn nudge_one(runtime: &Handle, nudge: &mut Option<JoinHandle<()>>) {
    // Only one task at a time: if it does not run, further ones would only pile up.
    if nudge.as_ref().is_none_or(JoinHandle::is_finished) {
        *nudge = Some(runtime.spawn(async {}));
    }
}
