//! What runs need of the engine; it outlives the engine by the runs that cannot be ended.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use super::epochs::Epochs;
use super::event_log::EventLog;
use super::events::{Events, Listener};
use super::home::Home;
use super::run::Overdue;
use super::schedule::Schedule;
use super::slot::Slot;
use super::timers::Timers;
use super::transitions::Publisher;
use super::watch::Watch;
use crate::log::Log;

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
    pub(super) publisher: Publisher,
    pub(super) log: Arc<Log>,
    /// Notified whenever a check is found in error.
    pub(super) failures: Notify,
    has_started: OnceLock<()>,
    /// May be called more than once.
    on_start: Box<dyn Fn() + Send + Sync>,
}

impl Core {
    pub(super) fn new(
        slots: Vec<Arc<Slot>>,
        jitter_seed: Option<u64>,
        log: Arc<Log>,
        on_start: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let publisher = Publisher::default();
        let listeners: Vec<Box<dyn Listener>> =
            vec![Box::new(EventLog::new(Arc::clone(&log))), Box::new(publisher.clone())];
        Self {
            slots: ArcSwap::from_pointee(slots),
            registering: Mutex::default(),
            home: Home::default(),
            deadlines: Timers::default(),
            schedule: Schedule::new(jitter_seed),
            epochs: Epochs::default(),
            watch: Watch::default(),
            events: Events::new(listeners),
            publisher,
            log,
            failures: Notify::new(),
            has_started: OnceLock::new(),
            on_start: Box::new(on_start),
        }
    }

    /// To be called after anything that reports show has changed, without a lock, and before the waiters are woken.
    pub(super) fn changed(&self) {
        self.epochs.begin();
        self.events.deliver();
        self.check_start();
    }

    /// Notices that the service is past its start.
    pub(super) fn check_start(&self) {
        if !self.has_started() && !self.slots.load().iter().any(|slot| slot.holds_up_start()) {
            // In this order, or another thread would see that the service has started and its phase would not.
            (self.on_start)();
            let _ = self.has_started.set(());
        }
    }

    /// Whether the service has ever been past its start.
    pub(super) fn has_started(&self) -> bool {
        self.has_started.get().is_some()
    }

    /// Cancels what is in flight, and lets nothing start any more.
    pub(super) fn close(&self) {
        self.watch.close();
        for run in self.deadlines.close() {
            drop(run.cancel(self));
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("slots", &self.slots).finish_non_exhaustive()
    }
}
