//! A deadpool-redis pool.

use axum::extract::State;
use deadpool_redis::{Config, Pool, PoolConfig, Runtime};
use health_runtime::checks::deadpool_redis_0_23::{self, Connections};
use health_runtime::{Health, Outcome, health_check};
use server_tests::{NO_SUCH_HOST, Peer, Redis, Server as _, closed_port};

use crate::scenarios::{self, Recovery, run, service};

/// The faults that cannot happen to it.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[];

/// The pool does not tell the address, so that the check cannot read what the server reports before it closes a connection.
const CLOSED: &str = "the server closes new connections: it is full or not a Redis server";

#[health_check(name = "checked")]
async fn cache(State(pool): State<Pool>) -> Outcome<Connections> {
    deadpool_redis_0_23::ping(&pool).await
}

fn health(pool: &Pool) -> Health {
    let value = deadpool_redis_0_23::Ping::new(scenarios::VALUE, pool.clone());
    service(|builder| builder.state(pool.clone()).check::<cache>().add(value))
}

/// A pool at its defaults, but for its size.
fn pool(url: String) -> Pool {
    let mut config = Config::from_url(url);
    config.pool = Some(PoolConfig::new(3));
    config.create_pool(Some(Runtime::Tokio1)).unwrap()
}

fn start() -> (Redis, Health) {
    let server = Redis::new();
    let health = health(&pool(server.url()));
    (server, health)
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn healthy() {
    let (server, health) = start();
    scenarios::healthy(server, health).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn killed() {
    let (server, health) = start();
    scenarios::killed(server, health, "the server refused the connection", Recovery::AtOnce).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn hung() {
    let (server, health) = start();
    scenarios::hung(server, health, |found| found.fails("the server did not answer")).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn login_refused() {
    let (server, health) = start();
    scenarios::login_refused(server, health, "the server refused the login", Recovery::AtOnce).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn exhausted() {
    let server = Redis::new();
    let pool = pool(server.url());
    let health = health(&pool);
    run(&health).await.is_ok();
    let mut held = Vec::new();
    while held.len() < 3 {
        held.push(pool.get().await.unwrap());
    }
    for _ in 0..3 {
        run(&health).await.fails("all connections of the pool are in use");
    }
    held.pop();
    run(&health).await.is_ok();
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn full() {
    let (server, health) = start();
    scenarios::full(server, health, CLOSED, Recovery::AtOnce).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn restarted() {
    let (server, health) = start();
    scenarios::restarted(server, health, Recovery::AtOnce).await;
}

fn at(address: std::net::SocketAddr) -> String {
    format!("redis://{address}")
}

#[tokio::test]
async fn black_hole() {
    let peer = Peer::black_hole().await;
    let health = health(&pool(at(peer.address())));
    scenarios::black_hole(peer, health, 0, |found| found.fails("the server did not answer")).await;
}

#[tokio::test]
async fn reset() {
    let peer = Peer::reset().await;
    let health = health(&pool(at(peer.address())));
    run(&health).await.fails_at_once(CLOSED);
}

#[tokio::test]
async fn never_started() {
    let health = health(&pool(at(closed_port().await.unwrap())));
    run(&health).await.fails_at_once("the server refused the connection");
}

#[tokio::test]
async fn no_such_host() {
    let health = health(&pool(format!("redis://{NO_SUCH_HOST}")));
    run(&health).await.fails_at_once("the server's host name cannot be resolved");
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn busy_with_a_script() {
    let (mut server, health) = start();
    run(&health).await.is_ok();
    server.keep_busy().await;
    for _ in 0..3 {
        run(&health).await.fails_at_once("the server answered with an error");
    }
    server.end_script().await;
    run(&health).await.is_ok();
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn killed_or_hung_while_the_pool_is_exhausted() {
    let mut server = Redis::new();
    let pool = pool(server.url());
    let health = health(&pool);
    let mut held = Vec::new();
    while held.len() < 3 {
        held.push(pool.get().await.unwrap());
    }
    server.stop();
    run(&health).await.fails("the server did not answer");
    server.kill();
    run(&health).await.fails_at_once("the server refused the connection");
}
