//! What runs need of the engine; it outlives the engine by the runs that cannot be ended.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::ArcSwap;
use tokio::sync::{Notify, SetOnce};

use super::epochs::Epochs;
use super::event_log::EventLog;
use super::events::{Events, Listener};
use super::home::Home;
use super::lock::lock;
use super::run::Overdue;
use super::schedule::Schedule;
use super::slot::Slot;
use super::timers::{ByLimit, Timers};
use super::transitions::Publisher;
use super::watch::Watch;
use crate::log::Log;

pub(super) struct Core {
    /// In name order.
    pub(super) slots: ArcSwap<Vec<Arc<Slot>>>,
    /// Held while the list is changed.
    pub(super) registering: Mutex<()>,
    pub(super) home: Home,
    pub(super) deadlines: Timers<ByLimit<Overdue>>,
    pub(super) schedule: Schedule,
    pub(super) epochs: Epochs,
    pub(super) watch: Watch,
    pub(super) events: Events,
    pub(super) log: Arc<Log>,
    /// Notified whenever something may have decided the status code of a probe that waits, or made it open again: a failure, an
    /// override, a removal, the end of the start.
    pub(super) turns: Notify,
    /// How many slots at the start of the list are known not to hold up the start.
    cleared: Mutex<usize>,
    is_draining: SetOnce<()>,
    has_started: OnceLock<()>,
    /// May be called more than once.
    on_start: Box<dyn Fn() + Send + Sync>,
}

impl Core {
    pub(super) fn new(
        slots: Vec<Arc<Slot>>,
        jitter_seed: Option<u64>,
        log: Arc<Log>,
        publisher: &Publisher,
        on_start: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let listeners: Vec<Box<dyn Listener>> =
            vec![Box::new(EventLog::new(Arc::clone(&log))), Box::new(publisher.listener())];
        Self {
            slots: ArcSwap::from_pointee(slots),
            registering: Mutex::default(),
            home: Home::default(),
            deadlines: Timers::default(),
            schedule: Schedule::new(jitter_seed),
            epochs: Epochs::default(),
            watch: Watch::default(),
            events: Events::new(listeners),
            log,
            turns: Notify::new(),
            cleared: Mutex::default(),
            is_draining: SetOnce::new(),
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
        if !self.has_started() && self.is_cleared() {
            // In this order, or another thread would see that the service has started and its phase would not.
            (self.on_start)();
            let _ = self.has_started.set(());
            self.turns.notify_waiters();
        }
    }

    /// Whether no slot holds up the start. Each run that ends asks this, so what is known is not asked again.
    fn is_cleared(&self) -> bool {
        let mut cleared = lock(&self.cleared);
        let slots = self.slots.load();
        let holds_up = |slot: &Arc<Slot>| slot.holds_up_start();
        *cleared += slots[*cleared..].iter().position(holds_up).unwrap_or(slots.len() - *cleared);
        *cleared == slots.len()
    }

    /// To be called when the list or an override has changed: a slot that was cleared may hold up the start again.
    pub(super) fn clear_again(&self) {
        *lock(&self.cleared) = 0;
    }

    /// The service stops: the checks decide about readiness no more.
    pub(super) fn drain(&self) {
        let _ = self.is_draining.set(());
    }

    /// Returns once the service stops.
    pub(super) async fn draining(&self) {
        self.is_draining.wait().await;
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
        // The watch thread may hold the core for a moment longer, and must not be the one that drops what users own.
        drop(self.slots.swap(Arc::default()));
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("slots", &self.slots).finish_non_exhaustive()
    }
}
