//! What a run may do: hang, panic anywhere, ignore its end. It harms nobody but its own observation.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use tokio::time::Instant;

use super::deadlines::{Deadlines, Ticket};
use super::events;
use super::slot::{Flight, Observed, Slot};
use crate::context::Answer;
use crate::observation::{Observation, Reason};

/// The task of one run. However it ends, its slot is free afterwards.
pub(super) struct Run {
    future: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    landing: Landing,
}

impl Run {
    pub(super) fn new(slot: Arc<Slot>, flight: Arc<Flight>, deadlines: Arc<Deadlines>) -> Self {
        let future = Some(slot.call(&flight).into_future());
        let ticket = deadlines.add(Arc::clone(&slot), Arc::clone(&flight));
        Self { future, landing: Landing { slot, flight, deadlines, ticket } }
    }

    /// Drops the call; the answer, if that panics.
    fn drop_future(&mut self) -> Option<Answer> {
        let future = self.future.take()?;
        contained(|| drop(future)).err()
    }
}

impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(future) = &mut self.future else { return Poll::Ready(()) };
        let answer = match contained(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(answer)) => answer,
            Err(panicked) => panicked,
        };
        let answer = self.drop_future().unwrap_or(answer);
        self.landing.land(answer);
        Poll::Ready(())
    }
}

impl Drop for Run {
    /// Reached with the call still there if the task was ended from outside: by the deadline, which has published by
    /// then, or because its runtime goes away.
    fn drop(&mut self) {
        if self.future.is_some() {
            let cancelled = Answer::missing(Reason::Cancelled, "the run was cancelled from outside");
            let answer = self.drop_future().unwrap_or(cancelled);
            self.landing.land(answer);
        }
    }
}

/// Publishes what the deadline decided, and ends the run's task if it can be ended.
pub(super) fn time_out(slot: &Slot, flight: &Flight) {
    let message = format!("no answer within {:?}", slot.timeout);
    publish(slot, flight, Answer::missing(Reason::Timeout, &message));
    flight.abort();
}

/// Where a run ends, and what it gives back.
struct Landing {
    slot: Arc<Slot>,
    flight: Arc<Flight>,
    deadlines: Arc<Deadlines>,
    ticket: Ticket,
}

impl Landing {
    fn land(&self, answer: Answer) {
        publish(&self.slot, &self.flight, answer);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.deadlines.remove(self.ticket);
        self.slot.vacate(&self.flight);
    }
}

fn publish(slot: &Slot, flight: &Flight, answer: Answer) {
    let at = Instant::now();
    let observation = Observation {
        status: answer.status,
        reason: answer.reason,
        message: answer.message,
        details: answer.details,
        response_time: at.saturating_duration_since(flight.started),
        observed_at: SystemTime::now(),
    };
    if let Some(published) = slot.publish(flight, Observed { observation, at }) {
        events::published(&slot.name, &published, answer.cause.as_deref());
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
