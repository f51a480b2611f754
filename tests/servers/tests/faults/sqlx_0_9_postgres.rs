//! A sqlx pool of PostgreSQL.

use std::time::Duration;

use axum::extract::State;
use health_runtime::checks::sqlx_0_9::{self, Connections};
use health_runtime::{Health, Outcome, health_check};
use server_tests::{NO_SUCH_HOST, Peer, Postgres, Server as _, closed_port};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{Connection as _, PgConnection, PgPool};

use crate::scenarios::{self, Recovery, run, service};

/// The faults that cannot happen to it.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[];

#[health_check(name = "checked")]
async fn database(State(pool): State<PgPool>) -> Outcome<Connections> {
    sqlx_0_9::ping(&pool).await
}

fn health(pool: &PgPool) -> Health {
    let value = sqlx_0_9::Ping::new(scenarios::VALUE, pool.clone());
    service(|builder| builder.state(pool.clone()).check::<database>().add(value))
}

/// A pool at its defaults, but for its size.
fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(3).connect_lazy_with(options)
}

async fn start() -> (Postgres, Health) {
    let server = Postgres::new().await;
    let health = health(&pool(server.options()));
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
async fn hung_in_the_middle_of_a_query_costs_the_pool_no_connection() {
    let mut server = Postgres::new().await;
    // So that the hung server is noticed by the query itself.
    let pool = PgPoolOptions::new().max_connections(3).test_before_acquire(false).connect_lazy_with(server.options());
    let health = health(&pool);
    run(&health).await.is_ok();
    server.stop();
    for _ in 0..2 {
        run(&health).await.times_out();
    }
    assert_eq!(scenarios::settled(|| usize::try_from(pool.size()).unwrap()).await, 0);
    server.go_on();
    run(&health).await.is_ok();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn killed_while_the_pool_is_exhausted() {
    let mut server = Postgres::new().await;
    let pool = pool(server.options());
    let health = health(&pool);
    let mut held = Vec::new();
    while held.len() < 3 {
        held.push(pool.acquire().await.unwrap());
    }
    server.kill();
    run(&health).await.fails_at_once("the server refused the connection");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn a_limit_of_the_pools_own_that_is_below_the_checks_hides_no_cause() {
    let mut server = Postgres::new().await;
    let limit = Duration::from_millis(50);
    let pool = PgPoolOptions::new().max_connections(3).acquire_timeout(limit).connect_lazy_with(server.options());
    let health = health(&pool);
    server.kill();
    run(&health).await.fails_at_once("the server refused the connection");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn no_such_database() {
    let server = Postgres::new().await;
    let health = health(&pool(server.options().database("nowhere")));
    run(&health).await.fails_at_once("the database does not exist");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn no_encryption() {
    let server = Postgres::new().await;
    let health = health(&pool(server.options().ssl_mode(PgSslMode::Require)));
    run(&health).await.fails_at_once("the TLS handshake failed");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn closed() {
    let server = Postgres::new().await;
    let pool = pool(server.options());
    let health = health(&pool);
    pool.close().await;
    run(&health).await.fails_at_once("the pool is closed");
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
    let pool = pool(server.options());
    let health = health(&pool);
    run(&health).await.is_ok();
    let mut held = Vec::new();
    while held.len() < 3 {
        held.push(pool.acquire().await.unwrap());
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

/// What is wrong with new connections does not matter to a pool that opens none.
#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn busy_while_the_server_refuses_further_connections() {
    let server = Postgres::new().await;
    let pool = pool(server.options());
    let health = health(&pool);
    run(&health).await.is_ok();
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut held = Vec::new();
        while held.len() < 3 {
            held.push(pool.acquire().await.unwrap());
        }
        while let Ok(other) = PgConnection::connect_with(&server.options()).await {
            others.push(other);
        }
        let running = tokio::spawn({
            let health = health.clone();
            async move { run(&health).await }
        });
        tokio::time::sleep(Duration::from_millis(400)).await;
        held.clear();
        running.await.unwrap().is_ok();
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn restarted() {
    let (server, health) = start().await;
    scenarios::restarted(server, health, Recovery::AtOnce).await;
}

fn at(address: std::net::SocketAddr) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(address.port()).username("app").password("x")
}

#[tokio::test]
async fn black_hole() {
    let peer = Peer::black_hole().await;
    let health = health(&pool(at(peer.address())));
    scenarios::black_hole(peer, health, 0, scenarios::Found::times_out).await;
}

#[tokio::test]
async fn reset() {
    let peer = Peer::reset().await;
    let health = health(&pool(at(peer.address())));
    run(&health).await.fails_at_once("the server closed the connection");
}

#[tokio::test]
async fn never_started() {
    let health = health(&pool(at(closed_port().await.unwrap())));
    run(&health).await.fails_at_once("the server refused the connection");
}

#[tokio::test]
async fn no_such_host() {
    let health = health(&pool(PgConnectOptions::new_without_pgpass().host(NO_SUCH_HOST)));
    run(&health).await.fails_at_once("the server's host name cannot be resolved");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server; tests/servers/run.sh"]
async fn starting_up() {
    let (mut server, health) = start().await;
    server.restart_as_standby();
    for _ in 0..3 {
        run(&health).await.fails_at_once("the database is starting up or shutting down");
    }
    server.restart_as_primary();
    run(&health).await.is_ok();
}
