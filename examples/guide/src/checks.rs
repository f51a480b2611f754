//! What the service depends on.

use axum::extract::State;
use deadpool_redis::Pool;
use health_runtime::checks::{deadpool_redis_0_23, sea_orm_2, sqlx_0_9};
use health_runtime::{CheckStatus, Depends, Outcome, health_check, health_details};
use sea_orm::DatabaseConnection;
use sqlx::PgPool;

/// PostgreSQL answers `SELECT 1`.
#[health_check(timeout = "5s")]
pub(crate) async fn database(State(pool): State<PgPool>) -> Outcome<sqlx_0_9::Connections> {
    sqlx_0_9::ping(&pool).await
}

/// PostgreSQL answers through the ORM.
#[health_check(timeout = "5s")]
pub(crate) async fn orm(State(orm): State<DatabaseConnection>) -> Outcome<sea_orm_2::Connections> {
    sea_orm_2::ping(&orm).await
}

/// Redis answers `PING`.
#[health_check(timeout = "5s")]
pub(crate) async fn redis(State(pool): State<Pool>) -> Outcome<deadpool_redis_0_23::Connections> {
    deadpool_redis_0_23::ping(&pool).await
}

/// Which services work.
#[health_details]
pub(crate) struct Services {
    pub(crate) database: bool,
    pub(crate) redis: bool,
    pub(crate) all_healthy: bool,
}

/// All services work.
#[health_check]
pub(crate) async fn services(database: Depends<database>, redis: Depends<redis>) -> Outcome<Services> {
    let (database, redis) = (database.status() != CheckStatus::Error, redis.status() != CheckStatus::Error);
    let services = Services { database, redis, all_healthy: database && redis };
    if services.all_healthy {
        Outcome::ok(services)
    } else {
        Outcome::error("not all services work").with_details(services)
    }
}
