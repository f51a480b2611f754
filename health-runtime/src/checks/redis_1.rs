//! The Redis server of a multiplexed connection or a connection manager.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{Client, ConnectionAddr, ErrorKind, RedisError, RedisResult, ServerErrorKind, cmd};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::{CheckContext, CheckMeta, HealthCheck, Outcome, Run, health_details};

/// How long a run waits for the application's connection before another one looks for the cause.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long the application's connection may then still not answer although the server does.
const LONGEST_WAIT: Duration = Duration::from_millis(900);

/// The replication state that a Redis server reports.
#[health_details(crate = crate)]
#[schemars(rename = "RedisReplication")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replication {
    /// The role of the server.
    pub role: Role,
    /// Whether a replica is connected to its primary. Absent if the server is not a replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<bool>,
    /// Seconds since a replica last received data or a ping from its primary. Absent if the server is not a replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_seconds: Option<u64>,
}

/// The role of a Redis server in its replication.
#[health_details(crate = crate)]
#[schemars(rename = "RedisRole")]
#[serde(rename_all = "lowercase")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The server accepts writes.
    Primary,
    /// The server follows a primary.
    Replica,
    /// Not known: the application's login may not run `INFO`.
    Unknown,
}

/// Sends `PING` and `INFO replication` on the application's own connection.
///
/// The connection is a `MultiplexedConnection` or a `ConnectionManager`, and the client is the one that made it. If the
/// connection fails, or does not answer within 100 ms, another connection of that client finds the cause and is closed: a
/// `ConnectionManager` that has lost its server keeps its callers waiting for up to 13 s while it reconnects. A replica
/// without its primary is `degraded`.
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
        // The client has waited for its response timeout.
        Err(error) if error.is_timeout() => return failed(error),
        Err(error) => error,
    };
    if let Some(outcome) = diagnose(client).await {
        return outcome;
    }
    // A connection manager learns that it has to reconnect by a command that fails.
    match ask(&mut connection).await {
        Ok(replication) => judge(replication),
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
    /// A check with this name over this connection; the client is the one that made it.
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

// The client's would show the password.
impl<C> fmt::Debug for Ping<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ping").field("meta", &self.meta).finish_non_exhaustive()
    }
}

/// The answer of the server on a connection of the application's.
pub(super) async fn ask(connection: &mut impl ConnectionLike) -> RedisResult<Replication> {
    cmd("PING").exec_async(connection).await?;
    match cmd("INFO").arg("replication").query_async::<String>(connection).await {
        Ok(info) => Ok(Replication::parse(&info)),
        // A login that may not run `INFO` can do its work.
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => Ok(Replication::of(Role::Unknown)),
        Err(error) => Err(error),
    }
}

/// Finds out why the application's connection does not answer, after the time that it has.
async fn diagnose_later(client: &Client) -> Outcome<Replication> {
    sleep(PATIENCE).await;
    if let Some(outcome) = diagnose(client).await {
        return outcome;
    }
    sleep(LONGEST_WAIT).await;
    Outcome::error("the server answers, but not on the application's connection")
}

/// Finds out with another connection what is wrong with the server; `None` if nothing is.
async fn diagnose(client: &Client) -> Option<Outcome<Replication>> {
    let error = client.get_multiplexed_async_connection().await.err()?;
    if error.is_connection_dropped() && is_full(client).await {
        return Some(Outcome::error("the server has reached its connection limit").with_cause(error));
    }
    Some(failed(error))
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
        ErrorKind::Io if error.is_timeout() => "the server did not answer",
        ErrorKind::Io if error.is_connection_refusal() => "the server refused the connection",
        ErrorKind::Io if error.is_connection_dropped() => "the server closed the connection",
        // What std makes of getaddrinfo's errors has no kind of its own.
        ErrorKind::Io if error.to_string().contains("failed to lookup address") => {
            "the server's host name cannot be resolved"
        }
        _ => "the connection failed",
    };
    Outcome::error(message).with_cause(error)
}

impl Replication {
    /// Reads the answer to `INFO replication`.
    fn parse(info: &str) -> Self {
        let field = |name| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let seconds = |name| field(name).and_then(|seconds| seconds.parse().ok());
        match field("role") {
            Some("master") => Self::of(Role::Primary),
            Some("slave") => {
                let is_connected = field("master_link_status") == Some("up");
                let lag = if is_connected { "master_last_io_seconds_ago" } else { "master_link_down_since_seconds" };
                Self { connected: Some(is_connected), lag_seconds: seconds(lag), ..Self::of(Role::Replica) }
            }
            _ => Self::of(Role::Unknown),
        }
    }

    /// What is wrong with the server although it answers.
    pub(super) fn problem(&self) -> Option<&'static str> {
        (self.connected == Some(false)).then_some("the replica is not connected to its primary")
    }

    fn of(role: Role) -> Self {
        Self { role, connected: None, lag_seconds: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{Replication, Role};

    #[test]
    fn the_lag_of_a_replica_is_that_of_its_link_while_it_is_up_and_the_outage_after_that() {
        let up = "# Replication\r\nrole:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n";
        let down = "role:slave\r\nmaster_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\nmaster_link_down_since_seconds:70\r\n";
        let replica = |connected, lag| Replication {
            connected: Some(connected),
            lag_seconds: lag,
            ..Replication::of(Role::Replica)
        };
        assert_eq!(Replication::parse(up), replica(true, Some(3)));
        assert_eq!(Replication::parse(down), replica(false, Some(70)));
        assert_eq!(Replication::parse("role:master\r\nconnected_slaves:0\r\n"), Replication::of(Role::Primary));
        assert_eq!(Replication::parse(""), Replication::of(Role::Unknown));
    }
}
