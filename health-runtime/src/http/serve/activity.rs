//! What happens on a connection: which requests are in flight, and since when it waits for the next one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::health::ConnectionLimits;

/// The activity of one connection.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    /// The requests in flight of all connections.
    requests: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct State {
    protocol: Protocol,
    /// Requests that the application has not answered to the end.
    in_service: usize,
    /// Answers that may not have been written to the end.
    unflushed: usize,
    /// Since when there is no request in flight, or since when its head is being sent.
    since: Instant,
    is_within_head: bool,
    had_request: bool,
}

/// What the first bytes of a connection say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// So many bytes are those of the preface of HTTP/2.
    Undecided(usize),
    Http1,
    Http2,
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl Activity {
    pub(super) fn new(requests: Arc<AtomicUsize>) -> Self {
        let state = State {
            protocol: Protocol::Undecided(0),
            in_service: 0,
            unflushed: 0,
            since: Instant::now(),
            is_within_head: false,
            had_request: false,
        };
        Self { state: Mutex::new(state), requests }
    }

    /// Bytes have come.
    pub(super) fn read(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.protocol = state.protocol.after(bytes);
        if state.protocol == Protocol::Http2 {
            state.is_within_head = false;
        } else if state.is_waiting() && !state.is_within_head {
            (state.is_within_head, state.since) = (true, Instant::now());
        }
    }

    /// Everything that the application has answered is written.
    pub(super) fn flushed(&self) {
        let mut state = self.state();
        if state.unflushed > 0 {
            self.requests.fetch_sub(state.unflushed, Ordering::Relaxed);
            (state.unflushed, state.since) = (0, Instant::now());
        }
    }

    /// A request is in flight from now on, until its answer is written.
    pub(super) fn begin(self: &Arc<Self>) -> InService {
        let mut state = self.state();
        state.in_service += 1;
        (state.is_within_head, state.had_request) = (false, true);
        self.requests.fetch_add(1, Ordering::Relaxed);
        InService(Arc::clone(self))
    }

    pub(super) fn is_http2(&self) -> bool {
        self.state().protocol == Protocol::Http2
    }

    /// Whether there was a request on this connection.
    pub(super) fn had_request(&self) -> bool {
        self.state().had_request
    }

    /// Whether no request is in flight.
    pub(super) fn is_waiting(&self) -> bool {
        self.state().is_waiting()
    }

    /// When the connection has to close if nothing happens until then.
    pub(super) fn deadline(&self, limits: &ConnectionLimits) -> Option<Instant> {
        let state = self.state();
        let limit = if state.is_within_head { limits.head } else { limits.idle };
        state.is_waiting().then(|| state.since.checked_add(limit)).flatten()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.requests.fetch_sub(state.unflushed, Ordering::Relaxed);
    }
}

impl State {
    fn is_waiting(&self) -> bool {
        self.in_service == 0 && self.unflushed == 0
    }
}

impl Protocol {
    fn after(self, bytes: &[u8]) -> Self {
        let Self::Undecided(known) = self else { return self };
        let expected = &PREFACE[known..];
        let compared = expected.len().min(bytes.len());
        if expected[..compared] != bytes[..compared] {
            Self::Http1
        } else if compared == expected.len() {
            Self::Http2
        } else {
            Self::Undecided(known + compared)
        }
    }
}

/// A request that the application has not answered to the end.
#[derive(Debug)]
pub(super) struct InService(Arc<Activity>);

impl Drop for InService {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_service -= 1;
        state.unflushed += 1;
    }
}
