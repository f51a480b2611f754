//! A peer that accepts TCP connections.

use axum::extract::State;
use health_runtime::checks::tcp;
use health_runtime::{Health, Outcome, health_check};
use server_tests::{HaProxy, NO_SUCH_HOST, Peer, Server as _, closed_port};

use crate::scenarios::{self, Found, Recovery, run, service};

/// The faults that cannot happen to it.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[
    ("login_refused", "nothing is sent"),
    ("exhausted", "there is no pool"),
    ("full", "the kernel accepts for a server that is full"),
];

#[health_check(name = "checked")]
async fn peer(State(address): State<String>) -> Outcome {
    tcp::connect(address).await
}

fn health(address: impl std::fmt::Display) -> Health {
    let value = tcp::Connect::new(scenarios::VALUE, address.to_string());
    service(|builder| builder.state(address.to_string()).check::<peer>().add(value))
}

fn start() -> (HaProxy, Health) {
    let server = HaProxy::answering();
    let health = health(server.address());
    (server, health)
}

#[tokio::test]
#[ignore = "needs HAProxy; tests/servers/run.sh"]
async fn healthy() {
    let (server, health) = start();
    scenarios::healthy(server, health).await;
}

#[tokio::test]
#[ignore = "needs HAProxy; tests/servers/run.sh"]
async fn killed() {
    let (server, health) = start();
    scenarios::killed(server, health, "the server refused the connection", Recovery::AtOnce).await;
}

#[tokio::test]
#[ignore = "needs HAProxy; tests/servers/run.sh"]
async fn hung() {
    let (mut server, health) = start();
    server.stop();
    // The kernel accepts for it: what this check does not see.
    run(&health).await.is_ok();
}

#[tokio::test]
#[ignore = "needs HAProxy; tests/servers/run.sh"]
async fn restarted() {
    let (server, health) = start();
    scenarios::restarted(server, health, Recovery::AtOnce).await;
}

#[tokio::test]
async fn black_hole() {
    let peer = Peer::black_hole().await;
    let health = health(peer.address());
    scenarios::black_hole(peer, health, 0, Found::is_ok).await;
}

#[tokio::test]
async fn reset() {
    let peer = Peer::reset().await;
    run(&health(peer.address())).await.is_ok();
}

#[tokio::test]
async fn never_started() {
    run(&health(closed_port().await.unwrap())).await.fails_at_once("the server refused the connection");
}

#[tokio::test]
async fn no_such_host() {
    run(&health(format!("{NO_SUCH_HOST}:80"))).await.fails_at_once("the server's host name cannot be resolved");
}

#[tokio::test]
async fn malformed_address() {
    run(&health("no port")).await.fails_at_once("the connection failed");
}

#[tokio::test]
async fn unreachable() {
    // The address of a group, to which there are no TCP connections.
    run(&health("224.0.0.1:80")).await.fails_at_once("the server cannot be reached");
}
