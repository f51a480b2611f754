//! Entries that are due at some time, in that order.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::lock::lock;

/// A queue that tasks, or the watch thread, take due entries from.
#[derive(Debug)]
pub(super) struct Timers<T> {
    queue: Mutex<Queue<T>>,
    /// An entry is due before the time that the waiting tasks sleep until.
    earlier: Notify,
}

#[derive(Debug)]
struct Queue<T> {
    entries: BTreeMap<Ticket, T>,
    issued: u64,
    /// The time that the waiting tasks sleep until.
    armed: Option<Instant>,
    is_closed: bool,
}

/// An entry's place in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    due: Instant,
    number: u64,
}

/// What adding an entry did.
pub(super) struct Added {
    pub(super) ticket: Ticket,
    /// Whether the queue was empty before.
    pub(super) is_first: bool,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        let queue = Queue { entries: BTreeMap::new(), issued: 0, armed: None, is_closed: false };
        Self { queue: Mutex::new(queue), earlier: Notify::new() }
    }
}

impl<T> Timers<T> {
    /// Adds an entry; `None` once the queue is closed.
    pub(super) fn add(&self, due: Instant, entry: T) -> Option<Added> {
        let mut queue = lock(&self.queue);
        if queue.is_closed {
            return None;
        }
        let is_first = queue.entries.is_empty();
        queue.issued += 1;
        let ticket = Ticket { due, number: queue.issued };
        queue.entries.insert(ticket, entry);
        let is_earlier = queue.armed.is_none_or(|armed| due < armed);
        if is_earlier {
            queue.armed = Some(due);
        }
        drop(queue);
        if is_earlier {
            self.earlier.notify_waiters();
        }
        Some(Added { ticket, is_first })
    }

    /// Takes out an entry, unless it is gone already.
    pub(super) fn remove(&self, ticket: Ticket) -> Option<T> {
        lock(&self.queue).entries.remove(&ticket)
    }

    /// Takes out these entries.
    pub(super) fn take(&self, which: impl Fn(&T) -> bool) -> impl Iterator<Item = T> {
        let mut queue = lock(&self.queue);
        let (taken, left) = std::mem::take(&mut queue.entries).into_iter().partition(|(_, entry)| which(entry));
        queue.entries = left;
        BTreeMap::into_values(taken)
    }

    /// Takes out everything, and lets nothing in any more.
    pub(super) fn close(&self) -> impl Iterator<Item = T> {
        let mut queue = lock(&self.queue);
        queue.is_closed = true;
        std::mem::take(&mut queue.entries).into_values()
    }

    /// When the first entry is due, and something of it.
    pub(super) fn first<U>(&self, of: impl FnOnce(&T) -> U) -> Option<(Instant, U)> {
        lock(&self.queue).entries.first_key_value().map(|(ticket, entry)| (ticket.due, of(entry)))
    }

    /// Takes out the first entry, if it is due by then.
    pub(super) fn take_due(&self, by: Instant) -> Option<T> {
        let mut queue = lock(&self.queue);
        let first = queue.entries.first_entry()?;
        (first.key().due <= by).then(|| first.remove())
    }

    /// Takes out the next entry, once it is due. Cancel safe.
    pub(super) async fn next(&self) -> T {
        loop {
            // Made before the look at the queue, so that no earlier entry is missed.
            let earlier = self.earlier.notified();
            let armed = {
                let mut queue = lock(&self.queue);
                match queue.entries.first_entry() {
                    Some(first) if first.key().due <= Instant::now() => return first.remove(),
                    first => {
                        let due = first.map(|first| first.key().due);
                        queue.armed = due;
                        due
                    }
                }
            };
            match armed {
                Some(due) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = earlier => {}
                },
                None => earlier.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_enters_a_closed_queue() {
        let timers = Timers::default();
        assert!(timers.add(Instant::now(), 1).is_some());
        assert_eq!(timers.close().collect::<Vec<_>>(), [1]);
        assert!(timers.add(Instant::now(), 2).is_none());
        assert!(timers.first(|_| ()).is_none());
    }
}
