//! The Redis server of a deadpool-redis pool.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use deadpool::managed::Manager as _;
use deadpool_redis::{Pool, PoolError, TimeoutType};
use tokio::time::sleep;

use super::redis_1::{self, Replication};
use crate::{CheckContext, CheckMeta, HealthCheck, Outcome, Run, health_details};

/// How long a run waits for the pool before it opens a separate connection to find the cause.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long the pool may then still have no free connection.
const LONGEST_WAIT: Duration = Duration::from_millis(900);

/// The connections of a pool, and the replication state that the server reports.
#[health_details(crate = crate)]
#[schemars(rename = "RedisPool")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connections {
    /// Open connections.
    pub open: usize,
    /// Open connections that are not in use.
    pub idle: usize,
    /// The largest number of open connections.
    pub maximum: usize,
    /// The replication state that the server reports. Absent if the server did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication: Option<Replication>,
}

/// Takes a connection from the pool and sends `PING` and `INFO replication` on it.
///
/// If the pool returns none within 100 ms, the check opens a separate connection to find the cause, and closes it. If all connections
/// of the pool are in use for 1 s, the check fails. By default, the pool itself waits without a limit. A replica that is not connected
/// to its primary is `degraded`.
///
/// # Examples
///
/// ```
/// use axum::extract::State;
/// use deadpool_redis::Pool;
/// use health_runtime::checks::deadpool_redis_0_23::{self, Connections};
/// use health_runtime::{Outcome, health_check};
///
/// #[health_check(timeout = "2s")]
/// async fn cache(State(pool): State<Pool>) -> Outcome<Connections> {
///     deadpool_redis_0_23::ping(&pool).await
/// }
/// ```
pub async fn ping(pool: &Pool) -> Outcome<Connections> {
    let taken = tokio::select! {
        biased;
        taken = pool.get() => taken,
        Some(error) = diagnose_later(pool) => Err(error),
    };
    let mut connection = match taken {
        Ok(connection) => connection,
        Err(error) => return no_connection(error).with_details(connections(pool)),
    };
    match redis_1::ask(&mut connection).await {
        Ok(replication) => {
            drop(connection);
            let connections = Connections { replication: Some(replication), ..connections(pool) };
            match replication.problem() {
                Some(problem) => Outcome::degraded(problem).with_details(connections),
                None => Outcome::ok(connections),
            }
        }
        Err(error) => redis_1::failed(error).with_details(connections(pool)),
    }
}

/// [`ping`] as a check of its own.
///
/// # Examples
///
/// ```
/// use deadpool_redis::Pool;
/// use health_runtime::Health;
/// use health_runtime::checks::deadpool_redis_0_23;
///
/// # fn build(pool: Pool) -> Result<Health, health_runtime::BuildError> {
/// Health::builder().version(env!("CARGO_PKG_VERSION")).add(deadpool_redis_0_23::Ping::new("cache", pool)).build()
/// # }
/// ```
#[derive(Clone)]
pub struct Ping {
    meta: CheckMeta,
    pool: Pool,
}

impl Ping {
    /// Creates a check of this name for this pool.
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, pool: Pool) -> Self {
        Self { meta: CheckMeta::new(name).with_description("The server answers on a connection of the pool."), pool }
    }
}

impl HealthCheck for Ping {
    type Details = Connections;

    fn meta(&self) -> CheckMeta {
        self.meta.clone()
    }

    fn run(&self, _: CheckContext) -> Run<Connections> {
        let pool = self.pool.clone();
        Run::new(async move { ping(&pool).await })
    }
}

// The pool's own `Debug` would show the password.
impl fmt::Debug for Ping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ping").field("meta", &self.meta).finish_non_exhaustive()
    }
}

/// Finds out with a separate connection why the pool returns none; `None` if it may still return one.
async fn diagnose_later(pool: &Pool) -> Option<PoolError> {
    sleep(PATIENCE).await;
    if let Err(error) = pool.manager().create().await {
        return Some(PoolError::Backend(error));
    }
    sleep(LONGEST_WAIT).await;
    let Connections { open, idle, maximum, .. } = connections(pool);
    (open >= maximum && idle == 0).then_some(PoolError::Timeout(TimeoutType::Wait))
}

fn connections(pool: &Pool) -> Connections {
    let status = pool.status();
    Connections { open: status.size, idle: status.available, maximum: status.max_size, replication: None }
}

fn no_connection(error: PoolError) -> Outcome<Connections> {
    let message = match error {
        // A full server reports its limit before it closes a connection; the client loses the report.
        PoolError::Backend(error) if error.is_connection_dropped() && !error.is_connection_refusal() => {
            return Outcome::error("the server closes new connections: it is full or not a Redis server")
                .with_cause(error);
        }
        PoolError::Backend(error) => return redis_1::failed(error),
        PoolError::Timeout(TimeoutType::Wait) => "all connections of the pool are in use",
        PoolError::Timeout(_) => "the server did not answer",
        PoolError::Closed => "the pool is closed",
        PoolError::NoRuntimeSpecified => "the pool has timeouts and no runtime",
        PoolError::PostCreateHook(_) => "a hook of the pool failed",
    };
    Outcome::error(message).with_cause(error)
}
