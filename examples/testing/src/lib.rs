//! A service, and the tests of its health in `tests/health.rs`: `cargo test -p testing`. They need no warehouse and no time.

#![expect(clippy::missing_errors_doc, reason = "the doc comment of a check is its description for clients")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use health_runtime::{Health, HealthBuilder, Outcome, health_check, health_details};
use tokio::net::TcpStream;

/// The address of the warehouse, which ships orders.
#[derive(Debug, Clone)]
pub struct Warehouse(pub String);

/// The orders that are not shipped yet.
#[derive(Debug, Clone, Default)]
pub struct Orders(Arc<AtomicU64>);

/// How many orders wait.
#[derive(Debug)]
#[health_details]
pub struct Backlog {
    /// Orders that are not shipped yet.
    pub waiting: u64,
}

/// The warehouse accepts connections.
#[health_check(timeout = "2s")]
pub async fn warehouse(State(Warehouse(address)): State<Warehouse>) -> io::Result<()> {
    TcpStream::connect(address).await.map(drop)
}

/// Orders are shipped as fast as they come in.
#[health_check(critical = false)]
pub async fn backlog(State(orders): State<Orders>) -> Outcome<Backlog> {
    let waiting = orders.0.load(Ordering::Relaxed);
    match waiting {
        ..=5 => Outcome::ok(Backlog { waiting }),
        _ => Outcome::degraded("orders pile up").with_details(Backlog { waiting }),
    }
}

/// The health of the service, not yet built: a test may still change it.
pub fn health(warehouse: Warehouse, orders: Orders) -> HealthBuilder {
    Health::builder()
        .version(env!("CARGO_PKG_VERSION"))
        .service("testing")
        .state(warehouse)
        .state(orders)
        .require(["backlog", "warehouse"])
}

/// The routes of the service.
pub fn app(health: &Health, orders: Orders) -> Router {
    let order = post(async |State(orders): State<Orders>| {
        orders.0.fetch_add(1, Ordering::Relaxed);
        StatusCode::CREATED
    });
    Router::new().route("/orders", order).with_state(orders).merge(health.router())
}
