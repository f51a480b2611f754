//! The runtime on which runs are spawned. It is replaced after it has shut down.

use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::ArcSwapOption;
use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::clock::{self, has_time_driver};
use super::core::Core;
use super::lock::lock;
use super::round::Starter;
use super::schedule::Scheduler;
use super::slot::{Demand, Slot};
use crate::own_thread::is_own_thread;
use crate::workers::Workers;

/// The home of an engine, if it has one.
#[derive(Debug, Default)]
pub(super) struct Home {
    current: ArcSwapOption<Current>,
    /// Held while the home is changed.
    changing: Mutex<()>,
    has_warned: OnceLock<()>,
    /// Runtimes without a time driver.
    timeless: Mutex<Vec<Id>>,
}

/// A home.
#[derive(Debug)]
struct Current {
    runtime: Handle,
    scheduler: AbortHandle,
    is_gone: Arc<OnceLock<()>>,
    workers: Arc<Workers>,
}

/// Where the runs of one round are spawned.
pub(super) struct Host {
    pub(super) runtime: Handle,
    /// Whether a scheduler ends overdue runs there.
    pub(super) has_scheduler: bool,
}

impl Home {
    pub(super) fn runtime(&self) -> Option<Handle> {
        let current = self.current.load();
        current.as_ref().filter(|current| current.is_gone.get().is_none()).map(|current| current.runtime.clone())
    }

    /// The home and what is known of its workers.
    pub(super) fn with_workers(&self) -> Option<(Handle, Arc<Workers>)> {
        let current = self.current.load();
        let current = current.as_ref().filter(|current| current.is_gone.get().is_none())?;
        Some((current.runtime.clone(), Arc::clone(&current.workers)))
    }

    /// The time by the clock of the home, or the system's if there is none; `None` if it is paused.
    pub(super) fn now(&self) -> Option<Instant> {
        match self.runtime() {
            Some(home) => clock::running(&home),
            None => Some(Instant::now()),
        }
    }

    /// A runtime for the caller's timers: the caller's, or else the home. `None` if neither has a time driver.
    pub(super) fn timers(&self) -> Option<Handle> {
        let home = self.runtime();
        let current = Handle::try_current().ok();
        let is_home = |current: &Handle| home.as_ref().is_some_and(|home| home.id() == current.id());
        current.filter(|current| is_home(current) || self.has_timers(current)).or(home)
    }

    /// Tried once for each runtime: without a time driver, tokio prints a panic.
    fn has_timers(&self, runtime: &Handle) -> bool {
        if lock(&self.timeless).contains(&runtime.id()) {
            return false;
        }
        let has_timers = has_time_driver(runtime);
        if !has_timers {
            lock(&self.timeless).push(runtime.id());
        }
        has_timers
    }

    /// Records that a runtime has dropped a run: it is shutting down, although it may not have dropped the scheduler yet.
    pub(super) fn dropped_a_run(&self, runtime: &Handle) {
        if let Some(current) = &*self.current.load()
            && current.runtime.id() == runtime.id()
        {
            let _ = current.is_gone.set(());
        }
    }

    /// Whether there has ever been a home.
    fn was_set(&self) -> bool {
        self.current.load().is_some()
    }

    /// Ends the scheduler.
    pub(super) fn stop_scheduler(&self) {
        if let Some(current) = &*self.current.load() {
            current.scheduler.abort();
        }
    }
}

impl Core {
    /// Makes this runtime the home and starts the first round there, unless the engine has a home that is alive.
    pub(super) fn settle(self: &Arc<Self>, runtime: &Handle) {
        if self.home.runtime().is_some() {
            return;
        }
        if !self.home.has_timers(runtime) {
            self.warn_once("the runtime has no time driver, which timeouts need: call `enable_time()` on its builder");
            return;
        }
        {
            let _changing = lock(&self.home.changing);
            if self.home.runtime().is_some() {
                return;
            }
            let is_gone = Arc::new(OnceLock::new());
            let scheduler = Scheduler::new(Arc::clone(self), runtime.clone(), Arc::clone(&is_gone));
            let scheduler = runtime.spawn(scheduler.keep()).abort_handle();
            let workers = Arc::new(Workers::new(runtime));
            self.home.current.store(Some(Arc::new(Current { runtime: runtime.clone(), scheduler, is_gone, workers })));
        }
        // Before anything can ask for what is sampled.
        self.sample();
        for slot in self.slots.load().iter() {
            self.begin(slot, runtime);
        }
    }

    /// Starts the first run of a check, and schedules the second.
    fn begin(self: &Arc<Self>, slot: &Arc<Slot>, runtime: &Handle) {
        if !slot.is_sampled() {
            Starter::new(self, runtime).observe(slot, Demand::Observation);
            self.schedule.plan(slot);
        }
    }

    /// Does the same for a check that is added later. Without a home, the check waits for a probe.
    pub(super) fn begin_at_home(self: &Arc<Self>, slot: &Arc<Slot>) {
        if let Some(runtime) = self.home.runtime() {
            self.begin(slot, &runtime);
        }
    }

    /// The runtime on which runs are spawned now: the home, or else the caller's runtime. `None` if that is one of ours, on which no check
    /// may run.
    ///
    /// If the home has shut down, the caller's runtime becomes the home.
    ///
    /// # Panics
    ///
    /// If there is no home, and the caller is outside of a runtime.
    pub(super) fn host(self: &Arc<Self>) -> Option<Host> {
        if self.home.was_set() && self.home.runtime().is_none() && !is_own_thread() {
            self.settle(&Handle::current());
        }
        if let Some(runtime) = self.home.runtime() {
            return Some(Host { runtime, has_scheduler: true });
        }
        if is_own_thread() {
            return None;
        }
        self.warn_once(
            "the checks have no runtime of their own: schedules do not run, and each probe runs its checks on the runtime of its \
             request; call `build()` inside the runtime that serves the application, or use `.runtime(handle)`",
        );
        Some(Host { runtime: Handle::current(), has_scheduler: false })
    }

    fn warn_once(&self, text: &'static str) {
        if self.home.has_warned.set(()).is_ok() {
            self.log.write(Box::new(move || tracing::warn!(target: "health_runtime", "{text}")));
        }
    }
}
