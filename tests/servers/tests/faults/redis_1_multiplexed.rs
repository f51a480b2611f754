//! A multiplexed connection of the redis crate, which never reconnects.

use axum::extract::State;
use health_runtime::checks::redis_1::{self, Replication};
use health_runtime::{Health, Outcome, health_check};
use redis::Client;
use redis::aio::MultiplexedConnection;
use server_tests::{PASSWORD, Peer, Redis};

use crate::scenarios::{self, Recovery, run, service};

/// The faults that cannot happen to it.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[
    ("exhausted", "one connection is shared"),
    ("restarted", "it never reconnects: the check fails until the application makes another connection"),
    ("reset", "there is no connection to share before the server has answered"),
    ("never_started", "there is no connection to share before the server has answered"),
    ("no_such_host", "there is no connection to share before the server has answered"),
];

const BROKEN: Recovery = Recovery::Never("the server answers, but the application's connection is broken");

#[health_check(name = "checked")]
async fn cache(State((client, connection)): State<(Client, MultiplexedConnection)>) -> Outcome<Replication> {
    redis_1::ping(&client, &connection).await
}

/// At its defaults.
async fn health(client: Client) -> Health {
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let value = redis_1::Ping::new(scenarios::VALUE, client.clone(), connection.clone());
    service(|builder| builder.state((client, connection)).check::<cache>().add(value))
}

async fn start() -> (Redis, Health) {
    let server = Redis::new();
    let health = health(server.client()).await;
    (server, health)
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn healthy() {
    let (server, health) = start().await;
    scenarios::healthy(server, health).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn killed() {
    let (server, health) = start().await;
    scenarios::killed(server, health, "the server refused the connection", BROKEN).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn hung() {
    let (server, health) = start().await;
    scenarios::hung(server, health, |found| found.fails_at_once("the server did not answer")).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn login_refused() {
    let (server, health) = start().await;
    scenarios::login_refused(server, health, "the server refused the login", BROKEN).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn full() {
    let (server, health) = start().await;
    scenarios::full(server, health, "the server has reached its connection limit", BROKEN).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn broken_after_a_restart_until_the_application_makes_another_connection() {
    let (server, health) = start().await;
    scenarios::restarted(server, health, BROKEN).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn busy_with_a_script() {
    let (mut server, health) = start().await;
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
async fn black_hole() {
    let server = Redis::new();
    let peer = Peer::forwarding(server.address()).await;
    let health = health(Client::open(format!("redis://app:{PASSWORD}@{}", peer.address())).unwrap()).await;
    run(&health).await.is_ok();
    peer.silence();
    // The application's connection.
    scenarios::black_hole(peer, health, 1, |found| found.fails_at_once("the server did not answer")).await;
}
