//! What happens to the checks, told to listeners in the order in which it happens.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::lock::lock;
use super::transition::Transition;
use crate::contain::contained;
use crate::log::{Line, Log};
use crate::message::Message;
use crate::outcome::CheckStatus;

/// A queue that is filled under the locks of the slots and emptied without them.
pub(super) struct Events {
    queue: Mutex<Queue>,
    /// Whether there may be entries in the queue.
    is_filled: AtomicBool,
    log: Arc<Log>,
    listeners: Vec<Box<dyn Listener>>,
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// Whether a thread is emptying the queue: one at a time, or the order would be lost.
    is_delivering: bool,
}

/// What happened, or what the log says of it.
enum Entry {
    Event(Event),
    Line(Line),
}

/// Is told what happens.
pub(super) trait Listener: Send + Sync {
    /// Must not block: a run or a probe may be waiting.
    fn on_event(&self, event: &Event);
}

/// Something happened to a check: a run finished, or what clients see changed, or both.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) check: Arc<str>,
    /// What the run itself found, whatever clients see.
    pub(super) ran: Option<Ran>,
    /// A change of what clients see.
    pub(super) change: Option<Transition>,
    /// What clients see beside the status.
    pub(super) text: Option<Message>,
    /// The error text that is logged and not sent.
    pub(super) cause: Option<Message>,
    /// Whether the cause is another one than was last logged of the check.
    pub(super) is_new_cause: bool,
}

/// A finished run.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: CheckStatus,
    pub(super) cause: Option<Message>,
}

impl Events {
    pub(super) fn new(log: Arc<Log>, listeners: Vec<Box<dyn Listener>>) -> Self {
        Self { queue: Mutex::default(), is_filled: AtomicBool::new(false), log, listeners }
    }

    /// Appends an event, under the lock that decides its order.
    pub(super) fn push(&self, event: Event) {
        self.push_entry(Entry::Event(event));
    }

    /// Appends a line for the log, behind those of the events before it.
    pub(super) fn push_line(&self, line: Line) {
        self.push_entry(Entry::Line(line));
    }

    /// Empties the queue, unless another caller is doing so. To be called without any lock.
    pub(super) fn deliver(&self) {
        // Most runs leave nothing to deliver.
        if !self.is_filled.load(Ordering::Acquire) {
            return;
        }
        {
            let mut queue = lock(&self.queue);
            if queue.is_delivering || queue.entries.is_empty() {
                return;
            }
            queue.is_delivering = true;
        }
        while let Some(entry) = self.next() {
            match entry {
                // A subscriber's waker is user code.
                Entry::Event(event) => {
                    for listener in &self.listeners {
                        let _ = contained(|| listener.on_event(&event));
                    }
                }
                Entry::Line(line) => self.log.write(line),
            }
        }
    }

    fn push_entry(&self, entry: Entry) {
        let mut queue = lock(&self.queue);
        queue.entries.push_back(entry);
        self.is_filled.store(true, Ordering::Release);
    }

    fn next(&self) -> Option<Entry> {
        let mut queue = lock(&self.queue);
        let next = queue.entries.pop_front();
        self.is_filled.store(next.is_some(), Ordering::Release);
        queue.is_delivering = next.is_some();
        next
    }
}
