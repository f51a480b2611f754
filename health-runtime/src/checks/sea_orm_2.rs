//! The database of a SeaORM connection.

use std::borrow::Cow;

use sea_orm::{DatabaseConnection, DatabaseConnectionType};

pub use super::sqlx_0_9::Connections;
use crate::{CheckContext, CheckMeta, HealthCheck, Outcome, Run};

/// Like [`sqlx_0_9::ping`](super::sqlx_0_9::ping), on the sqlx pool of a SeaORM connection.
///
/// Fails unless the feature for this kind of database is on: `sea_orm_2_postgres` or `sea_orm_2_sqlite`.
///
/// # Cancel safety
///
/// Dropping the future closes the connection that it holds; the pool opens another one when necessary.
///
/// # Examples
///
/// ```
/// use axum::extract::State;
/// use health_runtime::checks::sea_orm_2::{self, Connections};
/// use health_runtime::{Outcome, health_check};
/// use sea_orm::DatabaseConnection;
///
/// #[health_check(timeout = "2s")]
/// async fn database(State(database): State<DatabaseConnection>) -> Outcome<Connections> {
///     sea_orm_2::ping(&database).await
/// }
/// ```
#[allow(clippy::unused_async, reason = "it waits only for the kinds of database whose feature is on")]
pub async fn ping(database: &DatabaseConnection) -> Outcome<Connections> {
    match &database.inner {
        #[cfg(feature = "sea_orm_2_postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            super::sqlx_0_9::ping(database.get_postgres_connection_pool()).await
        }
        #[cfg(feature = "sea_orm_2_sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            super::sqlx_0_9::ping(database.get_sqlite_connection_pool()).await
        }
        DatabaseConnectionType::Disconnected => Outcome::error("the connection was never made"),
        #[allow(unreachable_patterns, reason = "which kinds there are depends on the features of SeaORM")]
        _ => Outcome::error("no feature of health-runtime is on for this kind of database"),
    }
}

/// [`ping`] as a check of its own.
///
/// # Examples
///
/// ```
/// use health_runtime::Health;
/// use health_runtime::checks::sea_orm_2;
/// use sea_orm::DatabaseConnection;
///
/// # fn build(database: DatabaseConnection) -> Result<Health, health_runtime::BuildError> {
/// Health::builder().version(env!("CARGO_PKG_VERSION")).add(sea_orm_2::Ping::new("database", database)).build()
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Ping {
    meta: CheckMeta,
    database: DatabaseConnection,
}

impl Ping {
    /// Creates a check of this name for this connection.
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, database: DatabaseConnection) -> Self {
        Self {
            meta: CheckMeta::new(name).with_description("The database answers on a connection of the pool."),
            database,
        }
    }
}

impl HealthCheck for Ping {
    type Details = Connections;

    fn meta(&self) -> CheckMeta {
        self.meta.clone()
    }

    fn run(&self, _: CheckContext) -> Run<Connections> {
        let database = self.database.clone();
        Run::new(async move { ping(&database).await })
    }
}
