//! A small service for orders, with health checks of its dependencies.
//!
//! ```text
//! cargo run
//! curl -i localhost:8080/ready
//! ```
//!
//! Its OpenAPI document, without starting anything:
//!
//! ```text
//! cargo run -- openapi > openapi.json
//! ```
//!
//! To see a check fail and recover, move its directory away and back, or let orders pile up. (Orders are stored; delete them with
//! `rm -r quickstart-data` before the next start.) A result is reused for a second:
//!
//! ```text
//! mv quickstart-data away;   sleep 1; curl -i localhost:8080/ready
//! mv away quickstart-data;   sleep 1; curl -i localhost:8080/ready
//! for _ in $(seq 6); do curl -X POST -H 'Authorization: Bearer quickstart' localhost:8080/orders; done
//! sleep 1; curl -i localhost:8080/ready
//! ```

#![expect(clippy::print_stdout, reason = "a person reads what the quickstart prints")]

use std::error::Error;
use std::io::Write as _;
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
use health_runtime::checks::sqlx_0_9::{self, Connections};
use health_runtime::{BuildError, Endpoint, Expose, Health, Outcome, SchemaClash, health_check, health_details};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use tokio::fs;
use tokio::net::TcpListener;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{OpenApi, ToSchema};

/// The database answers.
#[health_check(name = "db", timeout = "2s")]
async fn database(State(pool): State<SqlitePool>) -> Outcome<Connections> {
    sqlx_0_9::ping(&pool).await
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
    /// Orders that are not shipped yet.
    waiting: i64,
}

/// Orders are shipped as fast as they come in.
#[health_check(interval = "1s")]
async fn backlog(State(pool): State<SqlitePool>) -> Result<Outcome<Backlog>, sqlx::Error> {
    let waiting = sqlx::query_scalar("SELECT count(*) FROM orders WHERE NOT shipped").fetch_one(&pool).await?;
    let backlog = Backlog { waiting };
    Ok(match waiting {
        ..=5 => Outcome::ok(backlog),
        _ => Outcome::degraded("orders pile up").with_details(backlog),
    })
}

/// The application's routes require a token; the health endpoints do not.
fn app(health: &Health, pool: SqlitePool, token: &str) -> Result<Router, SchemaClash> {
    let document = document(health)?;
    let expected = format!("Bearer {token}");
    let authorize = from_fn(move |request: Request, next: Next| {
        let is_authorized = request.headers().get(AUTHORIZATION).is_some_and(|given| *given == *expected);
        async move { if is_authorized { Ok(next.run(request).await) } else { Err(StatusCode::UNAUTHORIZED) } }
    });
    Ok(Router::new()
        .route("/orders", get(list_orders).post(create_order).delete(ship_orders))
        .layer(authorize)
        .with_state(pool)
        .route("/openapi.json", get(async || Json(document)))
        .merge(health.router())
        // The outermost layer, so that it also counts rejected requests and the health routes.
        .layer(health.metrics_layer()))
}

/// The application's document: its routes, and the token that they require.
#[derive(OpenApi)]
#[openapi(
    info(title = "quickstart"),
    // Relative to the URL of the document, so that it is right under any prefix of a proxy.
    servers((url = ".", description = "relative to this document")),
    tags((name = "orders", description = "What the service is for.")),
    paths(list_orders, create_order, ship_orders),
    modifiers(&Token)
)]
struct Api;

struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        api.components.get_or_insert_default().add_security_scheme("token", token);
    }
}

/// The whole document: the application's routes and the health endpoints.
fn document(health: &Health) -> Result<utoipa::openapi::OpenApi, SchemaClash> {
    let mut api = Api::openapi();
    health.merge_into(&mut api)?;
    Ok(api)
}

/// An order.
#[derive(Serialize, ToSchema)]
struct Order {
    id: i64,
    shipped: bool,
}

/// All orders.
#[utoipa::path(get, path = "/orders", tag = "orders", security(("token" = [])), responses(
    (status = 200, description = "In the order in which they came.", body = [Order]),
    (status = 401, description = "The token is not the right one."),
    (status = 500, description = "The database failed, the cause is in the log."),
))]
async fn list_orders(State(pool): State<SqlitePool>) -> Result<Json<Vec<Order>>, Failure> {
    let rows = sqlx::query_as("SELECT id, shipped FROM orders ORDER BY id").fetch_all(&pool).await?;
    Ok(Json(rows.into_iter().map(|(id, shipped)| Order { id, shipped }).collect()))
}

/// Takes an order.
#[utoipa::path(post, path = "/orders", tag = "orders", security(("token" = [])), responses(
    (status = 201, description = "Taken.", body = Order),
    (status = 401, description = "The token is not the right one."),
    (status = 500, description = "The database failed, the cause is in the log."),
))]
async fn create_order(State(pool): State<SqlitePool>) -> Result<(StatusCode, Json<Order>), Failure> {
    let id = sqlx::query_scalar("INSERT INTO orders DEFAULT VALUES RETURNING id").fetch_one(&pool).await?;
    Ok((StatusCode::CREATED, Json(Order { id, shipped: false })))
}

/// Ships all orders.
#[utoipa::path(delete, path = "/orders", tag = "orders", security(("token" = [])), responses(
    (status = 204, description = "Shipped."),
    (status = 401, description = "The token is not the right one."),
    (status = 500, description = "The database failed, the cause is in the log."),
))]
async fn ship_orders(State(pool): State<SqlitePool>) -> Result<StatusCode, Failure> {
    sqlx::query("UPDATE orders SET shipped = TRUE").execute(&pool).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A request that failed because of the database. The cause is logged and not sent.
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

/// A pool that connects on first use and keeps its connection. One is enough for SQLite, and it still works after the directory was
/// moved away.
fn pool(dir: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(dir.join("orders.db")).create_if_missing(true);
    SqlitePoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).connect_lazy_with(options)
}

async fn create_tables(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::query("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, shipped BOOLEAN NOT NULL DEFAULT FALSE)")
        .execute(pool)
        .await?;
    Ok(())
}

/// The health checks of the service. The pool need not be connected yet.
fn health(pool: &SqlitePool, dir: &Path) -> Result<Health, BuildError> {
    Health::builder()
        .version(env!("CARGO_PKG_VERSION"))
        .service("quickstart")
        .state(pool.clone())
        .state(DataDir(dir.to_owned()))
        .require(["backlog", "db", "storage"])
        // Whether the runtime still runs tasks.
        .event_loop()
        // Sends error texts to all clients: only in debug builds, and only if the variable is set.
        .expose_errors(Expose::when(|_| cfg!(debug_assertions) && env::var_os("EXPOSE_ERRORS").is_some()))
        .docs()
        // The application serves its own document, which contains the health endpoints.
        .without_endpoint(Endpoint::OpenApi)
        .build()
}

fn print_document(dir: &Path) -> Result<(), Box<dyn Error>> {
    let api = document(&health(&pool(dir), dir)?)?;
    // Through a `Value`, for a stable member order, so that a diff of the file shows real changes only.
    writeln!(io::stdout(), "{:#}", serde_json::to_value(&api)?)?;
    Ok(())
}

#[tokio::main]
async fn serve(dir: &Path) -> Result<(), Box<dyn Error>> {
    let address = format!("{}:{}", setting("HOST", "127.0.0.1"), setting("PORT", "8080"));

    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    fs::create_dir_all(dir).await?;
    let pool = pool(dir);
    create_tables(&pool).await?;
    let health = health(&pool, dir)?;

    let url = format!("http://{}", listener.local_addr()?);
    println!("alive?    {url}/health");
    println!("ready?    {url}/ready");
    println!("document  {url}/openapi.json");
    println!("status    {url}/status");
    println!("docs      {url}/docs");
    println!("metrics   {url}/metrics");
    println!("orders    {url}/orders  (Authorization: Bearer <TOKEN, or `quickstart`>)");
    println!("Ctrl-C stops it.");
    let app = app(&health, pool, &setting("TOKEN", "quickstart"))?;
    Ok(health.serve(listener, app).await?)
}

fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

fn main() -> ExitCode {
    // The causes of failures are logged here; responses do not contain them.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let dir = PathBuf::from(setting("DATA_DIR", "quickstart-data"));
    let done = match env::args().nth(1).as_deref() {
        Some("openapi") => print_document(&dir),
        _ => serve(&dir),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
