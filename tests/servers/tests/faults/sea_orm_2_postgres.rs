//! A SeaORM connection to PostgreSQL.

use axum::extract::State;
use health_runtime::checks::sea_orm_2::{self, Connections};
use health_runtime::{Health, Outcome, health_check};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use server_tests::{NO_SUCH_HOST, Peer, Postgres, closed_port};

use crate::scenarios::{self, Recovery, run, service};

/// The faults that cannot happen to it.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[];

#[health_check(name = "checked")]
async fn database(State(database): State<DatabaseConnection>) -> Outcome<Connections> {
    sea_orm_2::ping(&database).await
}

fn health(database: &DatabaseConnection) -> Health {
    let value = sea_orm_2::Ping::new(scenarios::VALUE, database.clone());
    service(|builder| builder.state(database.clone()).check::<database>().add(value))
}

/// At its defaults, but for the pool's size.
async fn connect(url: String) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    Database::connect(options.max_connections(3).connect_lazy(true).to_owned()).await.unwrap()
}

async fn start() -> (Postgres, Health) {
    let server = Postgres::new().await;
    let health = health(&connect(server.url()).await);
    (server, health)
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn healthy() {
    let (server, health) = start().await;
    scenarios::healthy(server, health).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn killed() {
    let (server, health) = start().await;
    scenarios::killed(server, health, "the server refused the connection", Recovery::AtOnce).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn hung() {
    let (server, health) = start().await;
    scenarios::hung(server, health, scenarios::Found::times_out).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn login_refused() {
    let (server, health) = start().await;
    scenarios::login_refused(server, health, "the database refused the login", Recovery::AtOnce).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn exhausted() {
    let server = Postgres::new().await;
    let database = connect(server.url()).await;
    let health = health(&database);
    run(&health).await.is_ok();
    let mut held = Vec::new();
    while held.len() < 3 {
        held.push(database.get_postgres_connection_pool().acquire().await.unwrap());
    }
    for _ in 0..3 {
        run(&health).await.fails("all connections of the pool are in use");
    }
    held.pop();
    run(&health).await.is_ok();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn full() {
    let (server, health) = start().await;
    scenarios::full(server, health, "the database has reached its connection limit", Recovery::AtOnce).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn restarted() {
    let (server, health) = start().await;
    scenarios::restarted(server, health, Recovery::AtOnce).await;
}

fn at(address: std::net::SocketAddr) -> String {
    format!("postgres://app:x@{address}/postgres")
}

#[tokio::test]
async fn black_hole() {
    let peer = Peer::black_hole().await;
    let health = health(&connect(at(peer.address())).await);
    scenarios::black_hole(peer, health, 0, scenarios::Found::times_out).await;
}

#[tokio::test]
async fn reset() {
    let peer = Peer::reset().await;
    let health = health(&connect(at(peer.address())).await);
    run(&health).await.fails_at_once("the server closed the connection");
}

#[tokio::test]
async fn never_started() {
    let health = health(&connect(at(closed_port().await.unwrap())).await);
    run(&health).await.fails_at_once("the server refused the connection");
}

#[tokio::test]
async fn no_such_host() {
    let health = health(&connect(format!("postgres://app:x@{NO_SUCH_HOST}/postgres")).await);
    run(&health).await.fails_at_once("the server's host name cannot be resolved");
}

#[tokio::test]
async fn never_connected() {
    run(&health(&DatabaseConnection::default())).await.fails_at_once("the connection was never made");
}
