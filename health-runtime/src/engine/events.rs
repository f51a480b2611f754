//! What happens to the checks, told to listeners in the order in which it happens.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::lock::lock;
use super::run::contained;
use super::transitions::Transition;
use crate::message::Message;
use crate::outcome::CheckStatus;

/// A queue that is filled under the locks of the slots and emptied without them.
pub(super) struct Events {
    queue: Mutex<Queue>,
    listeners: Vec<Box<dyn Listener>>,
}

#[derive(Default)]
struct Queue {
    events: VecDeque<Event>,
    /// Whether a thread is emptying the queue: one at a time, or the order would be lost.
    is_delivering: bool,
}

/// Something that wants to know what happens.
pub(super) trait Listener: Send + Sync {
    /// Must not block: a run or a probe may be waiting.
    fn hear(&self, event: &Event);
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
    /// The cause that clients are told is in the log.
    pub(super) cause: Option<Message>,
}

/// A finished run.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: CheckStatus,
    pub(super) cause: Option<Message>,
}

impl Events {
    pub(super) fn new(listeners: Vec<Box<dyn Listener>>) -> Self {
        Self { queue: Mutex::default(), listeners }
    }

    /// Appends an event, under the lock that decides its order.
    pub(super) fn push(&self, event: Event) {
        lock(&self.queue).events.push_back(event);
    }

    /// Empties the queue, unless another caller is doing so. To be called without any lock.
    pub(super) fn deliver(&self) {
        {
            let mut queue = lock(&self.queue);
            if queue.is_delivering || queue.events.is_empty() {
                return;
            }
            queue.is_delivering = true;
        }
        while let Some(event) = self.next() {
            for listener in &self.listeners {
                // A subscriber's waker is user code.
                let _ = contained(|| listener.hear(&event));
            }
        }
    }

    fn next(&self) -> Option<Event> {
        let mut queue = lock(&self.queue);
        let next = queue.events.pop_front();
        queue.is_delivering = next.is_some();
        next
    }
}
