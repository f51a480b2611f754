//! A connection manager of the redis crate.

use std::time::{Duration, Instant};

use axum::extract::State;
use health_runtime::checks::redis_1::{self, Replication, Role};
use health_runtime::{Health, Outcome, Probe, health_check};
use redis::Client;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use server_tests::{DatabaseServer as _, NO_SUCH_HOST, Peer, Redis, Server as _, closed_port};

use crate::scenarios::{self, Recovery, run, service};

/// The faults that cannot happen to it.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[("exhausted", "one connection is shared")];

/// The manager waits longer and longer between its attempts.
const RECONNECTS: Recovery = Recovery::Within(Duration::from_secs(15));

#[health_check(name = "checked")]
async fn cache(State((client, manager)): State<(Client, ConnectionManager)>) -> Outcome<Replication> {
    redis_1::ping(&client, &manager).await
}

/// At its defaults.
fn health(client: Client) -> Health {
    let manager = ConnectionManager::new_lazy_with_config(client.clone(), ConnectionManagerConfig::new()).unwrap();
    let value = redis_1::Ping::new(scenarios::VALUE, client.clone(), manager.clone());
    service(|builder| builder.state((client, manager)).check::<cache>().add(value))
}

fn start() -> (Redis, Health) {
    let server = Redis::new();
    let health = health(server.client());
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
    scenarios::killed(server, health, "the server refused the connection", RECONNECTS).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn hung() {
    let (server, health) = start();
    scenarios::hung(server, health, |found| found.fails_at_once("the server did not answer")).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn login_refused() {
    let (server, health) = start();
    scenarios::login_refused(server, health, "the server refused the login", RECONNECTS).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn full() {
    let (server, health) = start();
    scenarios::full(server, health, "the server has reached its connection limit", RECONNECTS).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn restarted() {
    let (server, health) = start();
    scenarios::restarted(server, health, Recovery::AtOnce).await;
}

fn at(address: std::net::SocketAddr) -> Client {
    Client::open(format!("redis://{address}")).unwrap()
}

#[tokio::test]
async fn black_hole() {
    let peer = Peer::black_hole().await;
    let health = health(at(peer.address()));
    // The manager's own attempt to connect.
    scenarios::black_hole(peer, health, 1, |found| found.fails("the server did not answer")).await;
}

#[tokio::test]
async fn reset() {
    let peer = Peer::reset().await;
    let health = health(at(peer.address()));
    run(&health).await.fails_at_once("the server closed the connection");
}

#[tokio::test]
async fn never_started() {
    let health = health(at(closed_port().await.unwrap()));
    run(&health).await.fails_at_once("the server refused the connection");
}

#[tokio::test]
async fn no_such_host() {
    let health = health(Client::open(format!("redis://{NO_SUCH_HOST}")).unwrap());
    run(&health).await.fails_at_once("the server's host name cannot be resolved");
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn login_refused_for_so_long_that_the_manager_gives_up() {
    let (mut server, health) = start();
    run(&health).await.is_ok();
    server.refuse_logins().await;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(15) {
        run(&health).await.fails_at_once("the server refused the login");
    }
    server.allow_logins().await;
    for _ in 0..20 {
        run(&health).await.fails_at_once("the server answers, but the application's connection is broken");
    }
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn a_replica_reports_its_last_contact_and_is_degraded_without_its_primary() {
    let mut primary = Redis::new();
    let mut replica = primary.replica();
    let health = health(replica.client());
    while !replica.is_connected_to_its_primary().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    run(&health).await.is_ok();
    let details = details(&health).await;
    assert_eq!((details.role, details.connected), (Role::Replica, Some(true)));
    assert!(details.seconds_since_contact.is_some_and(|seconds| seconds < 5), "{details:?}");

    primary.kill();
    while replica.is_connected_to_its_primary().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    run(&health).await.is_degraded("the replica is not connected to its primary");
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn a_login_that_may_not_run_info_is_ok_with_an_unknown_role() {
    let (mut server, health) = start();
    let () = server.tell(redis::cmd("ACL").arg("SETUSER").arg("app").arg("-info")).await;
    run(&health).await.is_ok();
    assert_eq!(details(&health).await.role, Role::Unknown);
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
async fn loading_its_data() {
    let (mut server, health) = start();
    run(&health).await.is_ok();
    server.restart_with_much_data().await;
    run(&health).await.fails_at_once("the server is loading its data");
    Recovery::Within(Duration::from_secs(10)).assert(&health).await;
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn a_login_that_may_not_run_ping() {
    let (mut server, health) = start();
    run(&health).await.is_ok();
    let () = server.tell(redis::cmd("ACL").arg("SETUSER").arg("app").arg("-ping")).await;
    run(&health).await.fails_at_once("the server answered with an error");
}

#[tokio::test]
#[ignore = "needs a Redis server; tests/servers/run.sh"]
async fn a_replica_that_answers_nothing_without_its_primary() {
    let mut primary = Redis::new();
    let mut replica = primary.strict_replica();
    let health = health(replica.client());
    while !replica.is_connected_to_its_primary().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    run(&health).await.is_ok();
    primary.kill();
    while replica.is_connected_to_its_primary().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..3 {
        run(&health).await.fails_at_once("the replica is not connected to its primary");
    }
}

async fn details(health: &Health) -> Replication {
    *health.probe(Probe::Ready).await.check("checked").and_then(|check| check.details()).expect("details")
}
