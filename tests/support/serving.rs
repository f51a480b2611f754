//! `Health::serve` on a port of its own.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::header::{CONNECTION, UPGRADE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use health_runtime::{Health, ServeApp};
use hyper_util::rt::TokioIo;
use tokio::io::{copy, split};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Client;

/// Serves on a port of its own.
pub async fn serve<K: 'static>(
    health: &Health,
    app: impl ServeApp<SocketAddr, K> + 'static,
) -> (Client, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let client = Client::new(listener.local_addr().expect("an address"));
    let health = health.clone();
    (client, tokio::spawn(async move { health.serve(listener, app).await }))
}

/// A handler that takes the connection over, as for a `WebSocket`, and sends back what comes.
pub async fn upgraded_echo(request: Request) -> Response {
    let is_connect = request.method() == Method::CONNECT;
    tokio::spawn(async move {
        let (mut from, mut to) = split(TokioIo::new(hyper::upgrade::on(request).await.expect("an upgrade")));
        // Ends with the connection.
        let _ = copy(&mut from, &mut to).await;
    });
    if is_connect {
        StatusCode::OK.into_response()
    } else {
        (StatusCode::SWITCHING_PROTOCOLS, [(CONNECTION, "upgrade"), (UPGRADE, "echo")]).into_response()
    }
}
