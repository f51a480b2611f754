//! What runs need of the engine; it outlives the engine by the runs that cannot be ended.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use super::epochs::Epochs;
use super::event_log::EventLog;
use super::events::{Events, Listener};
use super::home::Home;
use super::lifecycle::Lifecycle;
use super::publisher::Publisher;
use super::run::Overdue;
use super::schedule::Schedule;
use super::slot::Slot;
use super::timers::{ByLimit, Timers};
use super::watch::Watch;
use crate::log::Log;
use crate::report::Phase;
use crate::types::Types;

pub(super) struct Core {
    /// In name order.
    pub(super) slots: ArcSwap<Vec<Arc<Slot>>>,
    /// Which check each type means.
    pub(super) types: ArcSwap<Types>,
    /// Held while the list or the types are changed.
    pub(super) registering: Mutex<()>,
    pub(super) home: Home,
    pub(super) deadlines: Timers<ByLimit<Overdue>>,
    pub(super) schedule: Schedule,
    pub(super) epochs: Epochs,
    pub(super) watch: Watch,
    pub(super) events: Events,
    pub(super) log: Arc<Log>,
    /// Notified when a waiting probe has to decide again whether a run can change its status code.
    pub(super) decisions: Notify,
    pub(super) lifecycle: Lifecycle,
    /// Where to look first for a slot that holds up the start.
    start_hint: AtomicUsize,
}

impl Core {
    pub(super) fn new(
        slots: Vec<Arc<Slot>>,
        types: Types,
        jitter_seed: Option<u64>,
        log: Arc<Log>,
        publisher: &Publisher,
    ) -> Self {
        let listeners: Vec<Box<dyn Listener>> =
            vec![Box::new(EventLog(Arc::clone(&log))), Box::new(publisher.listener())];
        Self {
            slots: ArcSwap::from_pointee(slots),
            types: ArcSwap::from_pointee(types),
            registering: Mutex::default(),
            home: Home::default(),
            deadlines: Timers::default(),
            schedule: Schedule::new(jitter_seed),
            epochs: Epochs::default(),
            watch: Watch::default(),
            events: Events::new(Arc::clone(&log), listeners),
            log,
            decisions: Notify::new(),
            lifecycle: Lifecycle::default(),
            start_hint: AtomicUsize::new(0),
        }
    }

    /// Changes what types mean, while `registering` is held.
    pub(super) fn change_types(&self, change: impl FnOnce(&mut Types)) {
        let mut types = Types::clone(&self.types.load());
        change(&mut types);
        self.types.store(Arc::new(types));
    }

    /// To be called after anything that reports show has changed, without a lock, and before the waiters are woken.
    pub(super) fn changed(&self) {
        self.epochs.begin();
        self.check_start();
        self.events.deliver();
    }

    /// Notices that the service is past its start.
    pub(super) fn check_start(&self) {
        if self.lifecycle.phase() == Phase::Starting && !self.watch.is_closed() && self.is_past_start() {
            self.advance(Phase::Running);
        }
    }

    /// Moves on to a later phase, and reports it.
    pub(super) fn advance(&self, to: Phase) {
        let Some(from) = self.lifecycle.advance(to) else { return };
        let line = move || tracing::info!(target: "health_runtime", %from, "service is {to}");
        self.events.push_line(Box::new(line));
        self.decisions.notify_waiters();
    }

    /// Whether no slot holds up the start. Every run that ends asks, so the search begins where the last one found a slot.
    fn is_past_start(&self) -> bool {
        let slots = self.slots.load_full();
        let holds_up = |slot: &Arc<Slot>| slot.holds_up_start();
        let hint = self.start_hint.load(Ordering::Relaxed).min(slots.len());
        let found = slots[hint..].iter().position(holds_up).map(|place| hint + place);
        // One before the hint may hold up the start again: a slot that is not forced any more, or a new one.
        let found = found.or_else(|| slots.iter().position(holds_up));
        self.start_hint.store(found.unwrap_or(slots.len()), Ordering::Relaxed);
        found.is_none()
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
