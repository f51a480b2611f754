//! An HTTP server, asked with reqwest.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use health_runtime::checks::reqwest_0_13::{self, Answer};
use health_runtime::{Health, Outcome, health_check};
use reqwest::{Client, Method};
use server_tests::{HaProxy, NO_SUCH_HOST, Peer, closed_port};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::scenarios::{self, Recovery, run, service};

/// The faults that cannot happen to it.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[("exhausted", "the client has no limit of connections")];

#[health_check(name = "checked")]
async fn upstream(State((client, url)): State<(Client, String)>) -> Outcome<Answer> {
    reqwest_0_13::send_expecting(client.get(url), |status, body| status.is_success() && body == b"fine").await
}

/// A client at its defaults.
fn health(address: impl std::fmt::Display) -> Health {
    let (client, url) = (Client::new(), format!("http://{address}/"));
    let value = reqwest_0_13::Upstream::new(scenarios::VALUE, client.clone(), &url)
        .expecting(|status, body| status.is_success() && body == b"fine");
    service(|builder| builder.state((client, url)).check::<upstream>().add(value))
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
    let (server, health) = start();
    scenarios::hung(server, health, scenarios::Found::times_out).await;
}

#[tokio::test]
#[ignore = "needs HAProxy; tests/servers/run.sh"]
async fn restarted() {
    let (server, health) = start();
    scenarios::restarted(server, health, Recovery::AtOnce).await;
}

/// A server that answers with this status, which may change, and a body.
async fn answering(status: watch::Sender<StatusCode>, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = Router::new().route("/", get(async move || (*status.borrow(), body)));
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

#[tokio::test]
async fn login_refused() {
    let status = watch::Sender::new(StatusCode::UNAUTHORIZED);
    let health = health(answering(status.clone(), "fine").await);
    run(&health).await.fails_at_once("the server answered with status 401");
    status.send_replace(StatusCode::OK);
    run(&health).await.is_ok();
}

#[tokio::test]
async fn full() {
    let status = watch::Sender::new(StatusCode::SERVICE_UNAVAILABLE);
    let health = health(answering(status.clone(), "fine").await);
    run(&health).await.fails_at_once("the server answered with status 503");
    status.send_replace(StatusCode::OK);
    run(&health).await.is_ok();
}

#[tokio::test]
async fn another_body() {
    let health = health(answering(watch::Sender::new(StatusCode::OK), "not so fine").await);
    run(&health).await.fails_at_once("the server's answer is not as expected");
}

#[tokio::test]
async fn black_hole() {
    let peer = Peer::black_hole().await;
    let health = health(peer.address());
    scenarios::black_hole(peer, health, 0, scenarios::Found::times_out).await;
}

#[tokio::test]
async fn reset() {
    let peer = Peer::reset().await;
    run(&health(peer.address())).await.fails_at_once("the server closed the connection");
}

#[tokio::test]
async fn never_started() {
    run(&health(closed_port().await.unwrap())).await.fails_at_once("the server refused the connection");
}

#[tokio::test]
async fn no_such_host() {
    run(&health(NO_SUCH_HOST)).await.fails_at_once("the server's host name cannot be resolved");
}

#[tokio::test]
async fn malformed_url() {
    run(&health("no host:x")).await.fails_at_once("the request is invalid");
}

#[tokio::test]
async fn a_request_that_gets_no_answer_is_sent_once_more_if_its_method_is_safe() {
    for (method, times) in [(Method::GET, 2), (Method::HEAD, 2), (Method::POST, 1), (Method::PUT, 1)] {
        let peer = Peer::reset().await;
        let request = Client::new().request(method.clone(), format!("http://{}/", peer.address()));
        let outcome = reqwest_0_13::send(request).await;
        assert_eq!(outcome.message(), Some("the server closed the connection"));
        assert_eq!(peer.accepted(), times, "{method}");
    }
}
