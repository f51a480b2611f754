//! The Redis server of a multiplexed connection or a connection manager.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{Client, ConnectionAddr, ErrorKind, RedisError, RedisResult, ServerErrorKind, cmd};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::network;
pub use super::redis_replication::{Replication, Role};
use crate::{CheckContext, CheckMeta, HealthCheck, Outcome, Run};

/// How long a run waits for the application's connection before it opens another one to find the cause.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long the application's connection may then still not reply although the server does.
const LONGEST_WAIT: Duration = Duration::from_millis(900);

/// Sends `PING` and `INFO replication` on the application's own connection.
///
/// The connection is a `MultiplexedConnection` or a `ConnectionManager`, and the client is the one that created it. If the connection
/// fails, or does not reply within 100 ms, the check opens another connection of that client to find the cause, and closes it. (A
/// `ConnectionManager` that reconnects keeps its callers waiting for up to 13 s.) A replica that is not connected to its primary is
/// `degraded`.
///
/// # Examples
///
/// ```
/// use axum::extract::State;
/// use health_runtime::checks::redis_1::{self, Replication};
/// use health_runtime::{Outcome, health_check};
/// use redis::Client;
/// use redis::aio::ConnectionManager;
///
/// #[health_check(timeout = "2s")]
/// async fn cache(State((client, manager)): State<(Client, ConnectionManager)>) -> Outcome<Replication> {
///     redis_1::ping(&client, &manager).await
/// }
/// ```
pub async fn ping(client: &Client, connection: &(impl ConnectionLike + Clone)) -> Outcome<Replication> {
    let mut connection = connection.clone();
    let answered = tokio::select! {
        biased;
        answered = ask(&mut connection) => answered,
        outcome = diagnose_later(client) => return outcome,
    };
    let error = match answered {
        Ok(replication) => return judge(replication),
        // The client has waited for its response timeout, or the server has answered.
        Err(error) if error.is_timeout() || is_answer(&error) => return failed(error),
        Err(error) => error,
    };
    if let Some(outcome) = diagnose(client).await {
        return outcome;
    }
    // A connection manager learns that it has to reconnect by a command that fails.
    match ask(&mut connection).await {
        Ok(replication) => judge(replication),
        Err(error) if is_answer(&error) => failed(error),
        Err(_) => Outcome::error("the server answers, but the application's connection is broken").with_cause(error),
    }
}

/// [`ping`] as a check of its own.
///
/// # Examples
///
/// ```
/// use health_runtime::Health;
/// use health_runtime::checks::redis_1;
/// use redis::Client;
/// use redis::aio::ConnectionManager;
///
/// # fn build(client: Client, manager: ConnectionManager) -> Result<Health, health_runtime::BuildError> {
/// Health::builder().version(env!("CARGO_PKG_VERSION")).add(redis_1::Ping::new("cache", client, manager)).build()
/// # }
/// ```
#[derive(Clone)]
pub struct Ping<C> {
    meta: CheckMeta,
    client: Client,
    connection: C,
}

impl<C> Ping<C> {
    /// Creates a check of this name for this connection. The client is the one that created the connection.
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, client: Client, connection: C) -> Self {
        let meta = CheckMeta::new(name).with_description("The server answers on the application's connection.");
        Self { meta, client, connection }
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> HealthCheck for Ping<C> {
    type Details = Replication;

    fn meta(&self) -> CheckMeta {
        self.meta.clone()
    }

    fn run(&self, _: CheckContext) -> Run<Replication> {
        let (client, connection) = (self.client.clone(), self.connection.clone());
        Run::new(async move { ping(&client, &connection).await })
    }
}

// The client's own `Debug` would show the password.
impl<C> fmt::Debug for Ping<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ping").field("meta", &self.meta).finish_non_exhaustive()
    }
}

/// The reply of the server on a connection of the application.
pub(super) async fn ask(connection: &mut impl ConnectionLike) -> RedisResult<Replication> {
    cmd("PING").exec_async(connection).await?;
    match cmd("INFO").arg("replication").query_async::<String>(connection).await {
        Ok(info) => Ok(Replication::parse(&info)),
        // A login that may not run `INFO` can do its work.
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => Ok(Replication::of(Role::Unknown)),
        Err(error) => Err(error),
    }
}

/// Whether an error is a reply of the server on a working connection. A refused login is not: it may concern that connection only.
fn is_answer(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
        && !matches!(error.code(), Some("NOAUTH" | "WRONGPASS"))
}

/// Finds the cause if the application's connection does not reply in time.
async fn diagnose_later(client: &Client) -> Outcome<Replication> {
    sleep(PATIENCE).await;
    match connect(client).await {
        // A server that refuses another connection may go on serving the application's; a manager may have to make a new one.
        Err((outcome, true)) => {
            sleep(LONGEST_WAIT / 2).await;
            outcome
        }
        Err((outcome, false)) => outcome,
        Ok(()) => {
            sleep(LONGEST_WAIT).await;
            Outcome::error("the server answers, but not on the application's connection")
        }
    }
}

/// Opens another connection to find the failure of the server; `None` if it works.
async fn diagnose(client: &Client) -> Option<Outcome<Replication>> {
    connect(client).await.err().map(|(outcome, _)| outcome)
}

/// Opens another connection, and closes it. The error is the outcome, and whether it may concern new connections only.
async fn connect(client: &Client) -> Result<(), (Outcome<Replication>, bool)> {
    let Err(error) = client.get_multiplexed_async_connection().await else { return Ok(()) };
    if error.is_connection_dropped() && is_full(client).await {
        return Err((Outcome::error("the server has reached its connection limit").with_cause(error), true));
    }
    let is_login = error.kind() == ErrorKind::AuthenticationFailed;
    Err((failed(error), is_login))
}

/// Whether the server has reached its connection limit. It reports that before it closes a connection; the client loses the
/// report.
async fn is_full(client: &Client) -> bool {
    const REFUSAL: &[u8] = b"-ERR max number of clients";

    let ConnectionAddr::Tcp(host, port) = client.get_connection_info().addr() else { return false };
    let mut answer = [0; REFUSAL.len()];
    let read = async { TcpStream::connect((host.as_str(), *port)).await?.read_exact(&mut answer).await };
    matches!(timeout(PATIENCE, read).await, Ok(Ok(_))) && answer == *REFUSAL
}

fn judge(replication: Replication) -> Outcome<Replication> {
    match replication.problem() {
        Some(problem) => Outcome::degraded(problem).with_details(replication),
        None => Outcome::ok(replication),
    }
}

pub(super) fn failed<T>(error: RedisError) -> Outcome<T> {
    let message = match error.kind() {
        ErrorKind::AuthenticationFailed => "the server refused the login",
        ErrorKind::Server(ServerErrorKind::BusyLoading) => "the server is loading its data",
        ErrorKind::Server(ServerErrorKind::MasterDown) => "the replica is not connected to its primary",
        ErrorKind::Server(_) | ErrorKind::Extension => match error.code() {
            Some("NOAUTH" | "WRONGPASS") => "the server refused the login",
            _ => "the server answered with an error",
        },
        // Also if a Unix socket has no file.
        ErrorKind::Io if error.is_connection_refusal() => "the server refused the connection",
        ErrorKind::Io => network::problem(&error).unwrap_or("the server closed the connection"),
        _ => "the connection failed",
    };
    Outcome::error(message).with_cause(error)
}
