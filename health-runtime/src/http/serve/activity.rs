//! What happens on a connection: which requests are in flight, and since when it waits for the next one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::streams::Streams;
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
    /// Since when there is no request in flight, or since when its head is being sent.
    since: Instant,
    is_within_head: bool,
    had_request: bool,
}

/// What the first bytes of a connection say.
#[derive(Debug)]
enum Protocol {
    /// How many bytes match the preface of HTTP/2 so far.
    Undecided(usize),
    Http1(Exchanges),
    Http2(Box<Streams>),
}

/// The requests of an HTTP/1 connection, which are answered one after the other.
#[derive(Debug, Default)]
struct Exchanges {
    /// Requests that the application has not answered to the end.
    in_service: usize,
    /// Answers that may not have been written to the end.
    unflushed: usize,
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl Activity {
    pub(super) fn new(requests: Arc<AtomicUsize>) -> Self {
        let state = State {
            protocol: Protocol::Undecided(0),
            since: Instant::now(),
            is_within_head: false,
            had_request: false,
        };
        Self { state: Mutex::new(state), requests }
    }

    /// Records bytes that were read.
    pub(super) fn read(&self, bytes: &[u8]) {
        self.update(|state| {
            let rest = state.protocol.decide(bytes);
            if let Protocol::Http2(streams) = &mut state.protocol {
                state.is_within_head = false;
                streams.received(rest);
            } else if state.is_waiting() && !state.is_within_head {
                (state.is_within_head, state.since) = (true, Instant::now());
            }
        });
    }

    /// Records bytes that were written.
    pub(super) fn written<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) {
        self.update(|state| {
            if let Protocol::Http2(streams) = &mut state.protocol {
                pieces.into_iter().for_each(|bytes| streams.sent(bytes));
            }
        });
    }

    /// Everything that the application has answered over HTTP/1 is written.
    pub(super) fn flushed(&self) {
        self.update(|state| {
            if let Protocol::Http1(exchanges) = &mut state.protocol {
                exchanges.unflushed = 0;
            }
        });
    }

    /// The application has got a request.
    pub(super) fn begin(self: &Arc<Self>) -> InService {
        self.update(|state| {
            if let Protocol::Http1(exchanges) = &mut state.protocol {
                exchanges.in_service += 1;
                state.is_within_head = false;
            }
        });
        InService(Arc::clone(self))
    }

    pub(super) fn is_http2(&self) -> bool {
        matches!(self.state().protocol, Protocol::Http2(_))
    }

    /// Whether there was a request on this connection.
    pub(super) fn had_request(&self) -> bool {
        self.state().had_request
    }

    /// Whether no request is in flight.
    pub(super) fn is_waiting(&self) -> bool {
        self.state().is_waiting()
    }

    /// Since when no request is in flight.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let state = self.state();
        state.is_waiting().then_some(state.since)
    }

    /// When the connection has to close if nothing happens until then.
    pub(super) fn deadline(&self, limits: &ConnectionLimits) -> Option<Instant> {
        let state = self.state();
        let limit = if state.is_within_head { limits.head } else { limits.idle };
        state.is_waiting().then(|| state.since.checked_add(limit)).flatten()
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        let before = state.in_flight();
        change(&mut state);
        let after = state.in_flight();
        state.had_request |= after > 0;
        if before > 0 && after == 0 {
            state.since = Instant::now();
        }
        if before != after {
            // Adds the difference, which may be negative.
            self.requests.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.requests.fetch_sub(state.in_flight(), Ordering::Relaxed);
    }
}

impl State {
    fn in_flight(&self) -> usize {
        match &self.protocol {
            Protocol::Undecided(_) => 0,
            Protocol::Http1(exchanges) => exchanges.in_service + exchanges.unflushed,
            Protocol::Http2(streams) => streams.open(),
        }
    }

    fn is_waiting(&self) -> bool {
        self.in_flight() == 0
    }
}

impl Protocol {
    /// Learns the protocol from the next bytes, and returns those that come after a preface.
    fn decide<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Self::Undecided(known) = self else { return bytes };
        let expected = &PREFACE[*known..];
        let compared = expected.len().min(bytes.len());
        let (start, rest) = bytes.split_at(compared);
        if expected[..compared] != *start {
            *self = Self::Http1(Exchanges::default());
        } else if compared == expected.len() {
            *self = Self::Http2(Box::default());
        } else {
            *known += compared;
        }
        rest
    }
}

/// A request that the application has not answered to the end.
#[derive(Debug)]
pub(super) struct InService(Arc<Activity>);

impl Drop for InService {
    fn drop(&mut self) {
        self.0.update(|state| {
            if let Protocol::Http1(exchanges) = &mut state.protocol {
                exchanges.in_service -= 1;
                exchanges.unflushed += 1;
            }
        });
    }
}
