//! A small service that takes orders, with its health declared beside what it depends on.
//!
//! ```text
//! cargo run
//! curl -i localhost:8080/ready
//! ```
//!
//! To see a check fail and recover, take its directory away and bring it back, or let orders pile up:
//!
//! ```text
//! mv quickstart-data away;   curl -i localhost:8080/ready
//! mv away quickstart-data;   curl -i localhost:8080/ready
//! for _ in $(seq 6); do curl -X POST -H 'Authorization: Bearer quickstart' localhost:8080/orders; done
//! curl -i localhost:8080/ready
//! ```

#![expect(clippy::print_stdout, reason = "a person reads what the quickstart prints")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, io};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use health_runtime::{Health, Outcome, health_check, health_details};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tokio::fs;
use tokio::net::TcpListener;

/// What the connection pool looks like right now.
#[health_details]
struct PoolStats {
    /// Connections currently open.
    open: u32,
    /// Connections open and unused.
    idle: usize,
}

/// The database answers a trivial query.
#[health_check(name = "db", timeout = "2s")]
async fn database(State(pool): State<SqlitePool>) -> Result<PoolStats, sqlx::Error> {
    sqlx::query("SELECT 1").execute(&pool).await?;
    Ok(PoolStats { open: pool.size(), idle: pool.num_idle() })
}

/// Where the database is kept.
#[derive(Clone)]
struct DataDir(PathBuf);

/// The data directory takes a file.
#[health_check]
async fn storage(State(DataDir(dir)): State<DataDir>) -> io::Result<()> {
    let probe = dir.join("probe");
    fs::write(&probe, b"probe").await?;
    fs::remove_file(&probe).await
}

/// How much work waits.
#[health_details]
struct Backlog {
    /// Orders that nobody has shipped.
    waiting: i64,
}

/// Orders are shipped as fast as they come in.
#[health_check]
async fn backlog(State(pool): State<SqlitePool>) -> Result<Outcome<Backlog>, sqlx::Error> {
    let waiting = sqlx::query_scalar("SELECT count(*) FROM orders WHERE NOT shipped").fetch_one(&pool).await?;
    let backlog = Backlog { waiting };
    Ok(match waiting {
        ..=5 => Outcome::ok(backlog),
        _ => Outcome::degraded("orders pile up").with_details(backlog),
    })
}

/// The application's own routes ask for a token; the health endpoints beside them do not.
fn app(health: &Health, pool: SqlitePool, token: &str) -> Router {
    let expected = format!("Bearer {token}");
    let authorize = from_fn(move |request: Request, next: Next| {
        let is_authorized = request.headers().get(AUTHORIZATION).is_some_and(|given| *given == *expected);
        async move { if is_authorized { Ok(next.run(request).await) } else { Err(StatusCode::UNAUTHORIZED) } }
    });
    Router::new()
        .route("/orders", get(list_orders).post(create_order).delete(ship_orders))
        .layer(authorize)
        .with_state(pool)
        .merge(health.router())
}

/// An order.
#[derive(Serialize)]
struct Order {
    id: i64,
    shipped: bool,
}

async fn list_orders(State(pool): State<SqlitePool>) -> Result<Json<Vec<Order>>, Failure> {
    let rows = sqlx::query_as("SELECT id, shipped FROM orders ORDER BY id").fetch_all(&pool).await?;
    Ok(Json(rows.into_iter().map(|(id, shipped)| Order { id, shipped }).collect()))
}

async fn create_order(State(pool): State<SqlitePool>) -> Result<(StatusCode, Json<Order>), Failure> {
    let id = sqlx::query_scalar("INSERT INTO orders DEFAULT VALUES RETURNING id").fetch_one(&pool).await?;
    Ok((StatusCode::CREATED, Json(Order { id, shipped: false })))
}

async fn ship_orders(State(pool): State<SqlitePool>) -> Result<StatusCode, Failure> {
    sqlx::query("UPDATE orders SET shipped = TRUE").execute(&pool).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A request that the database failed: the cause is for the log.
struct Failure(sqlx::Error);

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "request failed");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

async fn open_database(dir: &Path) -> Result<SqlitePool, Box<dyn Error>> {
    fs::create_dir_all(dir).await?;
    let options = SqliteConnectOptions::new().filename(dir.join("orders.db")).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, shipped BOOLEAN NOT NULL DEFAULT FALSE)")
        .execute(&pool)
        .await?;
    Ok(pool)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let setting = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let dir = PathBuf::from(setting("DATA_DIR", "quickstart-data"));
    let address = format!("{}:{}", setting("HOST", "127.0.0.1"), setting("PORT", "8080"));

    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let pool = open_database(&dir).await?;
    let health = Health::builder()
        .version(env!("CARGO_PKG_VERSION"))
        .service("quickstart")
        .state(pool.clone())
        .state(DataDir(dir))
        .require(["backlog", "db", "storage"])
        .build()?;

    let url = format!("http://{}", listener.local_addr()?);
    println!("alive?    {url}/health");
    println!("ready?    {url}/ready");
    println!("status    {url}/status");
    println!("docs      {url}/docs");
    println!("orders    {url}/orders  (Authorization: Bearer <TOKEN, or `quickstart`>)");
    println!("Ctrl-C stops it.");
    let app = app(&health, pool, &setting("TOKEN", "quickstart"));
    Ok(health.serve(listener, app).await?)
}

#[tokio::main]
async fn main() -> ExitCode {
    // Why a check fails is written here, and not in answers that anybody can read.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
