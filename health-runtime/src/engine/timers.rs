//! Things that are due at some time, in that order.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::lock;

/// A queue that one task waits on.
#[derive(Debug)]
pub(super) struct Timers<T> {
    queue: Mutex<Queue<T>>,
    /// Something is due before what the task sleeps for.
    earlier: Notify,
}

#[derive(Debug)]
struct Queue<T> {
    entries: BTreeMap<Ticket, T>,
    issued: u64,
    /// What the task sleeps for.
    armed: Option<Instant>,
}

/// A place in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    due: Instant,
    number: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { queue: Mutex::new(Queue { entries: BTreeMap::new(), issued: 0, armed: None }), earlier: Notify::new() }
    }
}

impl<T> Timers<T> {
    pub(super) fn add(&self, due: Instant, entry: T) -> Ticket {
        let mut queue = lock(&self.queue);
        queue.issued += 1;
        let ticket = Ticket { due, number: queue.issued };
        queue.entries.insert(ticket, entry);
        let is_earlier = queue.armed.is_none_or(|armed| due < armed);
        if is_earlier {
            queue.armed = Some(due);
        }
        drop(queue);
        if is_earlier {
            self.earlier.notify_one();
        }
        ticket
    }

    /// Takes out an entry that is not due yet.
    pub(super) fn remove(&self, ticket: Ticket) -> Option<T> {
        lock(&self.queue).entries.remove(&ticket)
    }

    /// Takes out everything.
    pub(super) fn clear(&self) -> impl Iterator<Item = T> {
        std::mem::take(&mut lock(&self.queue).entries).into_values()
    }

    /// The next entry, once it is due. Cancel safe.
    pub(super) async fn next(&self) -> T {
        loop {
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
                    () = self.earlier.notified() => {}
                },
                None => self.earlier.notified().await,
            }
        }
    }
}
