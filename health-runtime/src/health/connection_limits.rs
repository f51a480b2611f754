//! Limits of the connections of `serve`.

use std::time::Duration;

use super::{Health, HealthBuilder};

/// The limits of each connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// From the accept or the last response to the next first byte.
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
    /// Sets how long [`serve`](Health::serve) keeps a connection open without a request, from its accept or its last response; 75 s by
    /// default.
    ///
    /// Set it higher than the idle timeout of the load balancer. Otherwise the service may close a connection while a request is on its
    /// way, and that request is lost.
    pub fn connection_idle_timeout(mut self, timeout: Duration) -> Self {
        self.connection_limits.idle = timeout;
        self
    }

    /// Sets how long a client of [`serve`](Health::serve) may take from the first byte of a request to the end of its headers; 10 s by
    /// default.
    ///
    /// Applies to HTTP/1 only; HTTP/2 connections have only the [`connection_idle_timeout`](Self::connection_idle_timeout).
    pub fn request_head_timeout(mut self, timeout: Duration) -> Self {
        self.connection_limits.head = timeout;
        self
    }
}

impl Health {
    pub(crate) fn connection_limits(&self) -> ConnectionLimits {
        self.0.connection_limits
    }
}
