//! A peer that accepts TCP connections.

use std::borrow::Cow;

use tokio::net::{TcpStream, ToSocketAddrs};

use super::network;
use crate::{CheckContext, CheckMeta, HealthCheck, Outcome, Run};

/// Opens a connection and closes it.
///
/// A success proves that the peer listens, not that it answers: the kernel accepts connections even if the process hangs.
///
/// # Examples
///
/// ```
/// use health_runtime::checks::tcp;
/// use health_runtime::{Outcome, health_check};
///
/// #[health_check(timeout = "2s")]
/// async fn mail() -> Outcome {
///     tcp::connect("mail.internal:25").await
/// }
/// ```
pub async fn connect(address: impl ToSocketAddrs) -> Outcome {
    match TcpStream::connect(address).await {
        Ok(_) => Outcome::ok(()),
        Err(error) => {
            let problem = network::problem(&error).unwrap_or("the connection failed");
            Outcome::error(problem).with_cause(error)
        }
    }
}

/// [`connect`] as a check of its own.
///
/// # Examples
///
/// ```
/// use health_runtime::Health;
/// use health_runtime::checks::tcp;
///
/// # fn build() -> Result<Health, health_runtime::BuildError> {
/// Health::builder().version(env!("CARGO_PKG_VERSION")).add(tcp::Connect::new("mail", "mail.internal:25")).build()
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Connect {
    meta: CheckMeta,
    address: String,
}

impl Connect {
    /// Creates a check of this name for the peer at this address: host and port, `mail.internal:25`.
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, address: impl Into<String>) -> Self {
        Self { meta: CheckMeta::new(name).with_description("The peer accepts connections."), address: address.into() }
    }
}

impl HealthCheck for Connect {
    type Details = ();

    fn meta(&self) -> CheckMeta {
        self.meta.clone()
    }

    fn run(&self, _: CheckContext) -> Run {
        Run::new(connect(self.address.clone()))
    }
}
