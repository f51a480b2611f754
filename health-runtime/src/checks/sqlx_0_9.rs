//! The database of a sqlx pool.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions as _, Connection as _, Database, Error, Executor, Pool};

use super::network;
use crate::{CheckContext, CheckMeta, HealthCheck, Outcome, Run, health_details};

/// How long a run waits for the pool before it opens a separate connection to find the cause.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long the pool may then still have no free connection.
const LONGEST_WAIT: Duration = Duration::from_millis(900);

/// The connections of a pool.
#[health_details(crate = crate)]
#[schemars(rename = "DatabasePool")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connections {
    /// Open connections.
    pub open: u32,
    /// Open connections that are not in use.
    pub idle: usize,
    /// The largest number of open connections.
    pub maximum: u32,
}

/// Takes a connection from the pool and runs a trivial query on it.
///
/// If the pool returns none within 100 ms, the check opens a separate connection to find the cause, and closes it. (If the server refuses
/// connections, is full or is starting up, sqlx itself retries until its acquire timeout, 30 s by default.) If all connections of the pool
/// are in use for 1 s, the check fails.
///
/// # Cancel safety
///
/// Dropping the future closes the connection that it holds; the pool opens another one when necessary.
///
/// # Examples
///
/// ```
/// use axum::extract::State;
/// use health_runtime::checks::sqlx_0_9::{self, Connections};
/// use health_runtime::{Outcome, health_check};
/// use sqlx::{Pool, Sqlite};
///
/// #[health_check(timeout = "2s")]
/// async fn database(State(pool): State<Pool<Sqlite>>) -> Outcome<Connections> {
///     sqlx_0_9::ping(&pool).await
/// }
/// ```
pub async fn ping<DB>(pool: &Pool<DB>) -> Outcome<Connections>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let acquired = tokio::select! {
        biased;
        acquired = pool.acquire() => acquired,
        Some(outcome) = diagnose_later(pool) => return outcome.with_details(connections(pool)),
    };
    let answered = match acquired {
        Ok(connection) => ask(connection).await,
        // The pool's acquire timeout is shorter than the limits here.
        Err(Error::PoolTimedOut) => match diagnose(pool).await {
            Some(outcome) => return outcome.with_details(connections(pool)),
            None => Err(Error::PoolTimedOut),
        },
        Err(error) => Err(error),
    };
    match answered {
        Ok(()) => Outcome::ok(connections(pool)),
        Err(error) => failed::<DB>(error).with_details(connections(pool)),
    }
}

/// [`ping`] as a check of its own.
///
/// # Examples
///
/// ```
/// use health_runtime::Health;
/// use health_runtime::checks::sqlx_0_9;
/// use sqlx::{Pool, Sqlite};
///
/// # fn build(pool: Pool<Sqlite>) -> Result<Health, health_runtime::BuildError> {
/// Health::builder().version(env!("CARGO_PKG_VERSION")).add(sqlx_0_9::Ping::new("database", pool)).build()
/// # }
/// ```
#[derive(Debug)]
pub struct Ping<DB: Database> {
    meta: CheckMeta,
    pool: Pool<DB>,
}

impl<DB: Database> Ping<DB> {
    /// Creates a check of this name for this pool.
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, pool: Pool<DB>) -> Self {
        Self { meta: CheckMeta::new(name).with_description("The database answers on a connection of the pool."), pool }
    }
}

// A derived one would require `DB: Clone`, which the databases of sqlx are not.
impl<DB: Database> Clone for Ping<DB> {
    fn clone(&self) -> Self {
        Self { meta: self.meta.clone(), pool: self.pool.clone() }
    }
}

impl<DB> HealthCheck for Ping<DB>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    type Details = Connections;

    fn meta(&self) -> CheckMeta {
        self.meta.clone()
    }

    fn run(&self, _: CheckContext) -> Run<Connections> {
        let pool = self.pool.clone();
        Run::new(async move { ping(&pool).await })
    }
}

async fn ask<DB>(connection: PoolConnection<DB>) -> Result<(), Error>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    // SQLite answers `SELECT 1` without reading its file.
    let statement = if DB::NAME == "SQLite" { "PRAGMA schema_version" } else { "SELECT 1" };
    let mut lease = Lease { connection, is_over: false };
    sqlx::raw_sql(statement).execute(&mut *lease.connection).await?;
    lease.is_over = true;
    // Hidden from sqlx's documentation; a dropped connection is returned by a task, and the next run could open another one
    // first.
    lease.connection.return_to_pool().await;
    Ok(())
}

/// A connection in use, closed if it is dropped before the reply is complete. The pool would wait for the reply without a
/// limit, so that each run against a hung server would cost it a connection.
struct Lease<DB: Database> {
    connection: PoolConnection<DB>,
    is_over: bool,
}

impl<DB: Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        if !self.is_over {
            self.connection.close_on_drop();
        }
    }
}

/// Calls [`diagnose`] after the time that the pool has.
async fn diagnose_later<DB: Database>(pool: &Pool<DB>) -> Option<Outcome<Connections>> {
    tokio::time::sleep(PATIENCE).await;
    diagnose(pool).await
}

/// Finds out with a separate connection why the pool returns none; `None` if it may still return one.
async fn diagnose<DB: Database>(pool: &Pool<DB>) -> Option<Outcome<Connections>> {
    let refusal = match pool.connect_options().connect().await {
        Ok(connection) => {
            let _ = connection.close().await;
            None
        }
        // A pool that cannot grow may still return one of its connections.
        Err(error) if is_exhausted(pool) && refuses_only_new(&error) => Some(error),
        Err(error) => return Some(failed::<DB>(error)),
    };
    tokio::time::sleep(LONGEST_WAIT).await;
    match refusal {
        // The pool may have lost its connections as well, and be opening others.
        Some(error) => Some(failed::<DB>(error)),
        None => is_exhausted(pool).then(|| Outcome::error("all connections of the pool are in use")),
    }
}

fn is_exhausted<DB: Database>(pool: &Pool<DB>) -> bool {
    let Connections { open, idle, maximum } = connections(pool);
    open >= maximum && idle == 0
}

/// Whether a server that refuses another connection may still serve the existing ones.
fn refuses_only_new(error: &Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == "53300" || code.starts_with("28"))
}

fn connections<DB: Database>(pool: &Pool<DB>) -> Connections {
    Connections { open: pool.size(), idle: pool.num_idle(), maximum: pool.options().get_max_connections() }
}

fn failed<DB: Database>(error: Error) -> Outcome<Connections> {
    let message = match &error {
        Error::Database(error) if DB::NAME == "SQLite" => sqlite_problem(error.code().as_deref()),
        Error::Database(error) => match error.code().as_deref() {
            Some("53300") => "the database has reached its connection limit",
            Some("57P01" | "57P02" | "57P03") => "the database is starting up or shutting down",
            Some("3D000") => "the database does not exist",
            Some(code) if code.starts_with("28") => "the database refused the login",
            _ => "the database answered with an error",
        },
        Error::PoolClosed => "the pool is closed",
        Error::PoolTimedOut => "the pool returned no connection within its acquire timeout",
        Error::Tls(_) => "the TLS handshake failed",
        error => network::problem(error).unwrap_or("the connection failed"),
    };
    Outcome::error(message).with_cause(error)
}

fn sqlite_problem(code: Option<&str>) -> &'static str {
    // The low byte is the kind of the error; the other bytes refine it.
    match code.and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff) {
        Some(5) => "the database is locked",
        Some(11 | 26) => "the database file is damaged",
        Some(14) => "the database file cannot be opened",
        _ => "the database answered with an error",
    }
}

#[cfg(test)]
mod tests {
    use super::sqlite_problem;

    #[test]
    fn an_extended_code_of_sqlite_has_the_message_of_its_kind() {
        for (codes, message) in [
            (["5", "261", "517"], "the database is locked"),
            (["11", "267", "779"], "the database file is damaged"),
            (["14", "526", "1038"], "the database file cannot be opened"),
        ] {
            assert_eq!(codes.map(|code| sqlite_problem(Some(code))), [message; 3]);
        }
    }
}
