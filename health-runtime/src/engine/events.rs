//! Delivers the events of checks to listeners, in order.

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
    /// Whether a thread is emptying the queue. Only one may, to keep the order.
    is_delivering: bool,
}

/// An event, or a line for the log.
enum Entry {
    Event(Event),
    Line(Line),
}

/// Receives events.
pub(super) trait Listener: Send + Sync {
    /// Must not block: a run or a probe may be waiting.
    fn on_event(&self, event: &Event);
}

/// An event of a check: a run finished, or its status or reason changed, or both.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) check: Arc<str>,
    /// The result of the run itself, which a threshold may hide from clients.
    pub(super) ran: Option<Ran>,
    /// A change of what clients see.
    pub(super) change: Option<Transition>,
    /// The message that clients see.
    pub(super) text: Option<Message>,
    /// The error text that is logged and not sent.
    pub(super) cause: Option<Message>,
    /// Whether the cause differs from the last one that was logged.
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

    /// Appends a line for the log, behind those of earlier events.
    pub(super) fn push_line(&self, line: Line) {
        self.push_entry(Entry::Line(line));
    }

    /// Empties the queue, unless another thread is doing so. Call it without any lock.
    pub(super) fn deliver(&self) {
        // Most runs have no events.
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
