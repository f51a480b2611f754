//! How long a connection of `serve` may be open without a request.

use std::time::Duration;

use super::{Health, HealthBuilder};

/// The limits of each connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// From the accept or the last answer to the next first byte.
    pub(crate) idle: Duration,
    /// From the first byte to the whole head.
    pub(crate) head: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { idle: Duration::from_secs(75), head: Duration::from_secs(10) }
    }
}

impl HealthBuilder {
    /// How long [`serve`](Health::serve) keeps a connection open without a request, from its accept or its last answer;
    /// 75 s by default.
    ///
    /// Keep it longer than that of a load balancer in front, so that the load balancer closes first: a request on its way
    /// while the service closes the connection is lost.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.connection_limits.idle = timeout;
        self
    }

    /// How long a client of [`serve`](Health::serve) may take from the first byte of a request to the end of its headers;
    /// 10 s by default. For HTTP/1.1; an HTTP/2 connection without a request has the
    /// [`idle_timeout`](Self::idle_timeout).
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.connection_limits.head = timeout;
        self
    }
}

impl Health {
    pub(crate) fn connection_limits(&self) -> ConnectionLimits {
        self.0.connection_limits
    }
}
