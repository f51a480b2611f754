//! The runs in flight in the order of their deadlines, and the task that ends them there.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::slot::{Flight, Slot};
use super::{lock, run};

/// The runs in flight.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    runs: Mutex<Runs>,
    /// For the task: a run has an earlier deadline than the one that it sleeps for.
    earlier: Notify,
    /// For the watch thread: there are runs again, or there will be none any more.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Runs {
    pending: BTreeMap<Ticket, (Arc<Slot>, Arc<Flight>)>,
    /// All runs that are not gone, also those past their deadline.
    alive: usize,
    issued: u64,
    /// What the task sleeps for.
    armed: Option<Instant>,
    watcher_waits: bool,
    closed: bool,
}

/// A run's place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    deadline: Instant,
    number: u64,
}

impl Deadlines {
    /// Starts to watch a run.
    pub(super) fn add(&self, slot: Arc<Slot>, flight: Arc<Flight>) -> Ticket {
        let mut runs = lock(&self.runs);
        runs.issued += 1;
        runs.alive += 1;
        let ticket = Ticket { deadline: flight.deadline, number: runs.issued };
        runs.pending.insert(ticket, (slot, flight));
        if std::mem::take(&mut runs.watcher_waits) {
            self.changed.notify_one();
        }
        if runs.armed.is_none_or(|armed| ticket.deadline < armed) {
            runs.armed = Some(ticket.deadline);
            self.earlier.notify_one();
        }
        ticket
    }

    /// Forgets a run that is gone.
    pub(super) fn remove(&self, ticket: Ticket) {
        let mut runs = lock(&self.runs);
        runs.alive -= 1;
        let run = runs.pending.remove(&ticket);
        drop(runs);
        drop(run);
    }

    /// Ends every run at its deadline. Ends itself only from outside.
    pub(super) async fn keep(self: Arc<Self>) {
        loop {
            match self.arm() {
                Some(next) => tokio::select! {
                    () = sleep_until(next) => {}
                    () = self.earlier.notified() => {}
                },
                None => self.earlier.notified().await,
            }
            while let Some((slot, flight)) = self.overdue(Instant::now()) {
                run::time_out(&slot, &flight);
            }
        }
    }

    /// Blocks the watch thread until there is a run; false when there will be none any more.
    pub(super) fn wait_for_runs(&self) -> bool {
        let mut runs = lock(&self.runs);
        while runs.alive == 0 && !runs.closed {
            runs.watcher_waits = true;
            runs = self.changed.wait(runs).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        !runs.closed
    }

    /// Ends the runs in flight and the watch thread.
    pub(super) fn close(&self) {
        let mut runs = lock(&self.runs);
        runs.closed = true;
        let pending = std::mem::take(&mut runs.pending);
        drop(runs);
        self.changed.notify_one();
        for (_, flight) in pending.values() {
            flight.abort();
        }
    }

    fn arm(&self) -> Option<Instant> {
        let mut runs = lock(&self.runs);
        runs.armed = runs.pending.first_key_value().map(|(ticket, _)| ticket.deadline);
        runs.armed
    }

    fn overdue(&self, now: Instant) -> Option<(Arc<Slot>, Arc<Flight>)> {
        let mut runs = lock(&self.runs);
        let first = runs.pending.first_entry()?;
        (first.key().deadline <= now).then(|| first.remove())
    }
}
