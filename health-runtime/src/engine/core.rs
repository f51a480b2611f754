//! The part of the engine that runs share. It outlives the engine while there are runs that cannot be cancelled.

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
use super::sampling::Sampling;
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
    /// The check that each type identifies.
    pub(super) types: ArcSwap<Types>,
    /// Held during a change of the list or the types.
    pub(super) registering: Mutex<()>,
    pub(super) home: Home,
    pub(super) deadlines: Timers<ByLimit<Overdue>>,
    pub(super) schedule: Schedule,
    pub(super) epochs: Epochs,
    pub(super) watch: Watch,
    pub(super) sampling: Sampling,
    pub(super) events: Events,
    pub(super) log: Arc<Log>,
    /// Notified when waiting probes must decide again whether a run can change their status code.
    pub(super) decisions: Notify,
    pub(super) lifecycle: Lifecycle,
    /// The index at which the search for a slot that holds up the start begins.
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
            sampling: Sampling::default(),
            events: Events::new(Arc::clone(&log), listeners),
            log,
            decisions: Notify::new(),
            lifecycle: Lifecycle::default(),
            start_hint: AtomicUsize::new(0),
        }
    }

    /// Changes the types, while `registering` is held.
    pub(super) fn change_types(&self, change: impl FnOnce(&mut Types)) {
        let mut types = Types::clone(&self.types.load());
        change(&mut types);
        self.types.store(Arc::new(types));
    }

    /// Call this after any change of what reports contain, without a lock, and before the waiters are woken.
    pub(super) fn changed(&self) {
        self.epochs.begin();
        self.check_start();
        self.events.deliver();
    }

    /// Moves on from `starting`, if no slot holds up the start any more.
    pub(super) fn check_start(&self) {
        if self.lifecycle.phase() == Phase::Starting && !self.watch.is_closed() && self.is_past_start() {
            self.advance(Phase::Running);
        }
    }

    /// Moves on to a later phase, and logs that.
    pub(super) fn advance(&self, to: Phase) {
        let Some(from) = self.lifecycle.advance(to) else { return };
        let line = move || tracing::info!(target: "health_runtime", %from, "service is {to}");
        self.events.push_line(Box::new(line));
        self.decisions.notify_waiters();
    }

    /// Whether no slot holds up the start. Called after every run, so the search begins where the last one found a slot.
    fn is_past_start(&self) -> bool {
        let slots = self.slots.load_full();
        let holds_up = |slot: &Arc<Slot>| slot.holds_up_start();
        let hint = self.start_hint.load(Ordering::Relaxed).min(slots.len());
        let found = slots[hint..].iter().position(holds_up).map(|place| hint + place);
        // A slot before the hint may hold up the start again: one whose forced status has ended, or a new one.
        let found = found.or_else(|| slots.iter().position(holds_up));
        self.start_hint.store(found.unwrap_or(slots.len()), Ordering::Relaxed);
        found.is_none()
    }

    /// Cancels the runs in flight, and prevents new ones.
    pub(super) fn close(&self) {
        self.watch.close();
        self.sampling.close();
        for run in self.deadlines.close() {
            drop(run.cancel(self));
        }
        // The watch thread may hold the core for a moment longer, and must not be the thread that drops user code.
        drop(self.slots.swap(Arc::default()));
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("slots", &self.slots).finish_non_exhaustive()
    }
}
