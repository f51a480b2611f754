//! Sends status changes to subscribers.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, WeakSender};

use super::events::{Event, Listener};
use super::transition::Transition;

/// A subscription to status changes, and a [`Stream`] of them; made by [`Health::subscribe`](crate::Health::subscribe).
///
/// The stream ends when the last [`Health`](crate::Health) is dropped.
pub struct Transitions(Option<Pin<Box<dyn Future<Output = Received> + Send + Sync>>>);

/// A change, or the number of lost changes.
type Change = Result<Transition, Lagged>;

/// A received change, and the receiver of the next ones.
type Received = (Option<Change>, Receiver<Transition>);

/// A subscriber was too slow and lost the oldest changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lagged {
    /// The number of lost changes.
    pub missed: u64,
}

/// Sends every change to all subscribers, until it is dropped.
#[derive(Debug)]
pub(super) struct Publisher(Sender<Transition>);

/// Sends as long as there is a publisher.
struct Forwarder(WeakSender<Transition>);

impl Publisher {
    /// The number of changes that are kept for a slow subscriber.
    const KEPT: usize = 256;

    pub(super) fn subscribe(&self) -> Transitions {
        Transitions(Some(Box::pin(receive(self.0.subscribe()))))
    }

    pub(super) fn listener(&self) -> impl Listener + use<> {
        Forwarder(self.0.downgrade())
    }
}

impl Default for Publisher {
    fn default() -> Self {
        Self(Sender::new(Self::KEPT))
    }
}

impl Listener for Forwarder {
    fn on_event(&self, event: &Event) {
        if let (Some(transition), Some(sender)) = (&event.change, self.0.upgrade()) {
            // There need not be a subscriber.
            let _ = sender.send(transition.clone());
        }
    }
}

impl Transitions {
    /// Waits for the next change; returns `None` after the last [`Health`](crate::Health) is dropped.
    ///
    /// Changes come in the order in which they happened. A slow subscriber loses the oldest changes, but does not slow the engine
    /// down. A waker that blocks slows it down, so await this on a runtime.
    ///
    /// # Errors
    ///
    /// If the subscriber was more than 256 changes behind and has lost the oldest. The next call returns the oldest change that is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::Health;
    ///
    /// # async fn watch(health: Health) {
    /// let mut transitions = health.subscribe();
    /// while let Some(transition) = transitions.next().await {
    ///     match transition {
    ///         Ok(transition) => println!("{} is {}", transition.check(), transition.to()),
    ///         Err(lagged) => println!("{lagged}"),
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// No change is lost by dropping the future.
    pub async fn next(&mut self) -> Option<Result<Transition, Lagged>> {
        poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        let Some(next) = &mut self.0 else { return Poll::Ready(None) };
        let (change, receiver) = ready!(next.as_mut().poll(cx));
        self.0 = change.is_some().then(|| Box::pin(receive(receiver)) as _);
        Poll::Ready(change)
    }
}

async fn receive(mut receiver: Receiver<Transition>) -> Received {
    let change = match receiver.recv().await {
        Ok(transition) => Some(Ok(transition)),
        Err(RecvError::Lagged(missed)) => Some(Err(Lagged { missed })),
        Err(RecvError::Closed) => None,
    };
    (change, receiver)
}

impl Stream for Transitions {
    type Item = Result<Transition, Lagged>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        self.poll(cx)
    }
}

impl fmt::Debug for Transitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transitions").finish_non_exhaustive()
    }
}

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the subscriber was too slow and missed {} changes", self.missed)
    }
}

impl Error for Lagged {}
