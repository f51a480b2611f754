//! What the service is for, and what it says of its dependencies.

use std::error::Error;
use std::time::Duration;

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use deadpool_redis::redis::AsyncCommands as _;
use health_runtime::{Depends, Health, SchemaClash};
use serde::Serialize;
use sqlx::PgPool;
use tokio::time::timeout;
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::checks::services;

/// How long a query may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What handlers ask for.
#[derive(Clone, FromRef)]
pub(crate) struct AppState {
    pub(crate) database: PgPool,
    pub(crate) redis: deadpool_redis::Pool,
    pub(crate) health: Health,
}

#[derive(OpenApi)]
#[openapi(info(title = "guide"), servers((url = ".", description = "relative to this document")))]
struct Api;

pub(crate) fn router(state: AppState) -> Result<Router, SchemaClash> {
    let health = state.health.clone();
    let (router, mut api) = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(show_services))
        .routes(routes!(show_time))
        .routes(routes!(count_visit))
        .with_state(state)
        .split_for_parts();
    health.merge_into(&mut api)?;
    Ok(router
        .route("/openapi.json", get(async || Json(api)))
        .merge(health.router())
        // Outermost: it counts what it wraps.
        .layer(health.metrics_layer()))
}

/// Whether the services work.
#[derive(Serialize, ToSchema)]
struct ServicesStatus {
    status: &'static str,
    checks: ServicesChecks,
}

/// `ok` or `error` for each service. One that is degraded works.
#[derive(Serialize, ToSchema)]
struct ServicesChecks {
    database: &'static str,
    redis: &'static str,
}

/// Do the services work?
#[utoipa::path(get, path = "/services", responses(
    (status = 200, description = "All services work.", body = ServicesStatus),
    (status = 503, description = "Not all services work.", body = ServicesStatus),
))]
async fn show_services(services: Depends<services>) -> (StatusCode, Json<ServicesStatus>) {
    let works = |works| if works { "ok" } else { "error" };
    let found = services.details();
    let (status, code) = match found {
        Some(found) if found.all_healthy => ("healthy", StatusCode::OK),
        _ => ("unhealthy", StatusCode::SERVICE_UNAVAILABLE),
    };
    let checks = ServicesChecks {
        database: works(found.is_some_and(|found| found.database)),
        redis: works(found.is_some_and(|found| found.redis)),
    };
    (code, Json(ServicesStatus { status, checks }))
}

/// What time the database has.
#[utoipa::path(get, path = "/time", responses(
    (status = 200, description = "The time of the database.", body = String),
    (status = 503, description = "The database failed; the cause is in the log."),
))]
async fn show_time(State(database): State<PgPool>) -> Result<String, Unavailable> {
    let query = async move {
        let mut connection = database.acquire().await?;
        let answer = timeout(LIMIT, sqlx::query_scalar("SELECT now()::text").fetch_one(&mut *connection)).await;
        // The pool would wait for the rest of an answer that never comes, and lose the connection's place.
        answer.inspect_err(|_| connection.close_on_drop())?.map_err(Unavailable::from)
    };
    // A client that gives up does not end it, for the same reason.
    tokio::spawn(query).await?
}

/// How often the service was visited.
#[derive(Serialize, ToSchema)]
struct Visits {
    count: u64,
}

/// Counts this visit.
#[utoipa::path(get, path = "/visits", responses(
    (status = 200, description = "This visit is counted.", body = Visits),
    (status = 503, description = "Redis failed; the cause is in the log."),
))]
async fn count_visit(State(redis): State<deadpool_redis::Pool>) -> Result<Json<Visits>, Unavailable> {
    let count = redis.get().await?.incr("visits", 1).await?;
    Ok(Json(Visits { count }))
}

/// A dependency failed. The cause is for the log.
struct Unavailable;

impl<E: Error + 'static> From<E> for Unavailable {
    fn from(error: E) -> Self {
        tracing::error!(error = &error as &dyn Error, "request failed");
        Self
    }
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}
