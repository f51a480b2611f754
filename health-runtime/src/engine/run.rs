//! What a run may do: hang, panic anywhere, ignore its end. It harms nobody but its own observation.

use std::any::{Any, TypeId};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use tokio::runtime::Handle;
use tokio::time::Instant;

use super::Core;
use super::slot::{Awaited, Flight, Published, Slot};
use super::timers::Ticket;
use crate::context::Answer;
use crate::observation::{Message, Observation, Reason};
use crate::outcome::CheckStatus;

/// A check's place in the air. However it comes down, the slot is free afterwards.
pub(super) struct Seat {
    core: Arc<Core>,
    slot: Arc<Slot>,
    flight: Arc<Flight>,
    /// When the call was made; after the dependencies have answered.
    started: Instant,
    /// The deadline's place in the queue, once the call is made.
    ticket: Option<Ticket>,
    has_landed: bool,
}

/// The task of one call.
struct Run {
    call: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    seat: Seat,
}

/// A run and its deadline.
#[derive(Debug)]
pub(super) struct Overdue {
    slot: Arc<Slot>,
    flight: Arc<Flight>,
    started: Instant,
}

impl Seat {
    pub(super) fn new(core: Arc<Core>, slot: Arc<Slot>, flight: Arc<Flight>) -> Self {
        core.watch.run_started();
        Self { core, slot, flight, started: Instant::now(), ticket: None, has_landed: false }
    }

    /// Makes the call as soon as its dependencies have answered.
    pub(super) fn start(self, home: &Handle, dependencies: Vec<(TypeId, Awaited)>) {
        if dependencies.is_empty() {
            self.call(home, Arc::default());
            return;
        }
        let handle = home.clone();
        home.spawn(async move {
            let mut observed = Vec::with_capacity(dependencies.len());
            for (id, awaited) in dependencies {
                observed.push((id, Arc::clone(&awaited.landed().await.observation)));
            }
            self.call(&handle, observed.into());
        });
    }

    fn call(mut self, home: &Handle, dependencies: Arc<[(TypeId, Arc<Observation>)]>) {
        if self.core.watch.is_closed() {
            return;
        }
        self.started = Instant::now();
        let deadline = self.started + self.slot.timeout;
        let (slot, flight) = (Arc::clone(&self.slot), Arc::clone(&self.flight));
        let overdue = Overdue { slot: Arc::clone(&slot), flight: Arc::clone(&flight), started: self.started };
        self.ticket = Some(self.core.deadlines.add(deadline, overdue));
        let (core, started) = (Arc::clone(&self.core), self.started);
        let call = slot.call(deadline, dependencies);
        let is_blocking = call.is_blocking();
        let run = Run { call: Some(call.into_future()), seat: self };
        let task = if is_blocking { contained(|| home.spawn_blocking(|| run.block())) } else { Ok(home.spawn(run)) };
        match task {
            Ok(task) => flight.set_abort(task.abort_handle()),
            // What tokio does when the system gives it no thread. The run stays in its queue, and the slot is free.
            Err(panicked) => {
                let message = "no thread could be started for the check, the cause is in the log";
                let answer = Answer { cause: panicked.cause, ..Answer::missing(Reason::Failed, message) };
                announce(&core, &slot, publish(&core, &slot, &flight, started, answer, true));
            }
        }
        // The deadline may have passed before there was anything to abort.
        if slot.is_over(&flight) {
            flight.abort();
        }
    }

    fn land(&mut self, answer: Answer) {
        self.has_landed = true;
        announce(&self.core, &self.slot, publish(&self.core, &self.slot, &self.flight, self.started, answer, true));
    }
}

impl Drop for Seat {
    /// A seat that is given up before it has landed is that of a call that was ended from outside: because its runtime
    /// goes away, or by its deadline, which has published by then.
    fn drop(&mut self) {
        if !self.has_landed {
            self.land(cancelled());
        }
        if let Some(ticket) = self.ticket {
            drop(self.core.deadlines.remove(ticket));
        }
        self.slot.vacate(&self.flight);
        self.core.watch.run_gone();
    }
}

impl Run {
    /// The whole run, on a thread that it may block.
    fn block(mut self) {
        // It may have been given up while it waited for the thread.
        if !self.seat.slot.is_over(&self.seat.flight) {
            // Ready at once: there is nothing to be woken for.
            let _ = Pin::new(&mut self).poll(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Drops the call; the answer, if that panics.
    fn drop_call(&mut self) -> Option<Answer> {
        let call = self.call.take()?;
        contained(|| drop(call)).err()
    }
}

impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(call) = &mut self.call else { return Poll::Ready(()) };
        let answer = match contained(|| call.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(answer)) => answer,
            Err(panicked) => panicked,
        };
        let answer = self.drop_call().unwrap_or(answer);
        self.seat.land(answer);
        Poll::Ready(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(panicked) = self.drop_call() {
            self.seat.land(panicked);
        }
    }
}

impl Overdue {
    /// Publishes what the deadline decided, and ends the call if it can be ended.
    pub(super) fn time_out(self, core: &Core) {
        let message = format!("no answer within {:?}", self.slot.timeout);
        self.end(core, Answer::missing(Reason::Timeout, &message));
    }

    /// The same for a run that has no deadline any more.
    pub(super) fn cancel(self, core: &Core) {
        self.end(core, cancelled());
    }

    fn end(self, core: &Core, answer: Answer) {
        let published = publish(core, &self.slot, &self.flight, self.started, answer, false);
        self.flight.abort();
        announce(core, &self.slot, published);
    }
}

fn cancelled() -> Answer {
    Answer::missing(Reason::Cancelled, "the run was cancelled from outside")
}

/// What publishing did, and the text that is only for the log.
type Announcement = Option<(Published, Option<String>)>;

fn publish(core: &Core, slot: &Slot, flight: &Flight, started: Instant, answer: Answer, is_gone: bool) -> Announcement {
    let at = Instant::now();
    let mut found = Observation {
        status: answer.status,
        reason: answer.reason,
        message: answer.message,
        cause: answer.cause.as_deref().map(Message::masked),
        details: answer.details,
        response_time: at.saturating_duration_since(started),
        observed_at: SystemTime::now(),
        consecutive_failures: 0,
    };
    if let Some(slow) = slot.meta.slow.filter(|slow| found.status == CheckStatus::Ok && found.response_time > *slow) {
        found.status = CheckStatus::Degraded;
        found.reason = Some(Reason::Slow);
        found.message = Some(Message::new(&format!("slower than {slow:?}")));
    }
    slot.publish(core, flight, found, at, is_gone).map(|published| (published, answer.cause))
}

/// Tells of a change. Those who listen are somebody else too.
fn announce(core: &Core, slot: &Slot, announcement: Announcement) {
    if let Some((published, cause)) = announcement {
        let _ = contained(|| core.events.published(slot, &published, cause.as_deref()));
    }
}

/// Calls what belongs to somebody else.
fn contained<T>(call: impl FnOnce() -> T) -> Result<T, Answer> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let answer = Answer::panicked(panic_text(&*payload));
        // The payload's own destructor may panic too.
        std::mem::forget(payload);
        answer
    })
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the panic carries no text").to_owned()
}
