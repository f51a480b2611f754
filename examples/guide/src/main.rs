//! A service over PostgreSQL and Redis, with the health endpoints that its load balancer and its monitor ask.
//!
//! ```text
//! DATABASE_URL=postgresql://user:password@host:port/db REDIS_URL=redis://user:password@host:port cargo run --package guide
//! ```
//!
//! `HOST` and `PORT` say where it listens, `RUST_LOG` from which level it logs, and `OWN_PORT` where probes are answered although its runtime is blocked. It starts while a dependency
//! is down, and is then not ready. With `ALLOW_BLOCKING=1`, `POST /debug/block?seconds=9` blocks it.

mod blocking;
mod checks;
mod routes;
mod settings;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use deadpool_redis::Pool;
use health_runtime::{BuildError, Endpoint, Health};
use sea_orm::SqlxPostgresConnector;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing_subscriber::filter::LevelFilter;

use crate::checks::services;
use crate::routes::AppState;
use crate::settings::Settings;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::new()?;
    let served = runtime.block_on(serve());
    // Waits for no thread: one may look up the name of a host, and get no answer.
    runtime.shutdown_background();
    served
}

async fn serve() -> Result<(), Box<dyn Error>> {
    // Before there is a log: sqlx logs parameters of a URL that it does not know.
    let Settings { address, own_port, allows_blocking, database, redis } = Settings::from_env()?;
    // A log that cannot be written, to a full disk for example, is no reason to panic.
    let level = env::var("RUST_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    tracing_subscriber::fmt().with_max_level(level).log_internal_errors(false).init();
    let listener = TcpListener::bind((address.0.as_str(), address.1))
        .await
        .map_err(|error| format!("cannot listen on the address that HOST and PORT name: {error}"))?;
    let health = health(&database, &redis)?;
    // Remembers a signal from here on.
    let _signal = health.shutdown_signal();
    let mut app = routes::router(AppState { database, redis, health: health.clone() })?;
    if allows_blocking {
        app = app.merge(blocking::router());
    }
    if let Some(port) = own_port {
        health
            .listen((address.0.as_str(), port))
            .map_err(|error| format!("cannot listen on the address that HOST and OWN_PORT name: {error}"))?;
    }
    tracing::info!("listening on http://{}", listener.local_addr()?);
    Ok(health.serve(listener, app).await?)
}

fn health(database: &PgPool, redis: &Pool) -> Result<Health, BuildError> {
    Health::builder()
        .version(env!("CARGO_PKG_VERSION"))
        .service("guide")
        .state(database.clone())
        .state(SqlxPostgresConnector::from_sqlx_postgres_pool(database.clone()))
        .state(redis.clone())
        .expects::<services>()
        .event_loop()
        .docs()
        // The application has a document of its own, with the health endpoints in it.
        .without_endpoint(Endpoint::OpenApi)
        .build()
}
