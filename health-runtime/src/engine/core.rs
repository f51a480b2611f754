//! What runs need of the engine; it outlives the engine by the runs that cannot be ended.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use super::epochs::Epochs;
use super::events::Events;
use super::home::Home;
use super::run::{Overdue, contained};
use super::schedule::Schedule;
use super::slot::{Replaced, Slot};
use super::timers::Timers;
use super::watch::Watch;

pub(super) struct Core {
    /// In name order.
    pub(super) slots: ArcSwap<Vec<Arc<Slot>>>,
    /// Held while the list is changed.
    pub(super) registering: Mutex<()>,
    pub(super) home: Home,
    pub(super) deadlines: Timers<Overdue>,
    pub(super) schedule: Schedule,
    pub(super) epochs: Epochs,
    pub(super) watch: Watch,
    pub(super) events: Events,
    /// Notified whenever a check is found in error.
    pub(super) failures: Notify,
    has_started: OnceLock<()>,
    on_start: Box<dyn Fn() + Send + Sync>,
}

impl Core {
    pub(super) fn new(
        slots: Vec<Arc<Slot>>,
        jitter_seed: Option<u64>,
        on_start: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            slots: ArcSwap::from_pointee(slots),
            registering: Mutex::default(),
            home: Home::default(),
            deadlines: Timers::default(),
            schedule: Schedule::new(jitter_seed),
            epochs: Epochs::default(),
            watch: Watch::default(),
            events: Events::default(),
            failures: Notify::new(),
            has_started: OnceLock::new(),
            on_start: Box::new(on_start),
        }
    }

    /// To be called after anything that reports show has changed, and before the waiters are woken.
    pub(super) fn changed(&self) {
        self.epochs.begin();
        if !self.has_started()
            && !self.slots.load().iter().any(|slot| slot.holds_up_start())
            && self.has_started.set(()).is_ok()
        {
            (self.on_start)();
        }
    }

    /// Whether the service has ever been past its start.
    pub(super) fn has_started(&self) -> bool {
        self.has_started.get().is_some()
    }

    /// Reports a change of a check's status. Subscribers and log layers are user code.
    pub(super) fn announce(&self, slot: &Slot, replaced: &Replaced, cause: Option<&str>) {
        let _ = contained(|| self.events.replaced(slot, replaced, cause));
    }

    /// Cancels what is in flight, and lets nothing start any more.
    pub(super) fn close(&self) {
        self.watch.close();
        for run in self.deadlines.close() {
            run.cancel(self);
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("slots", &self.slots).finish_non_exhaustive()
    }
}
