//! Servers other than `serve`: how each of them drains.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use health_runtime::{Health, Phase};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const DRAIN: Duration = Duration::from_secs(1);

fn health() -> Health {
    Health::builder().version("1.0.0").without_registered().drain_period(DRAIN).build().unwrap()
}

fn app(health: &Health) -> Router {
    let slow = get(|| async {
        sleep(DRAIN + Duration::from_millis(500)).await;
        "slow"
    });
    Router::new().merge(health.router()).route("/slow", slow)
}

/// TLS by axum-server: what `main` of such a service looks like.
async fn serve_tls(health: Health, address: SocketAddr, tls: RustlsConfig, handle: Handle<SocketAddr>) {
    let app = app(&health).into_make_service();
    let signal = health.shutdown_signal();
    let server = handle.clone();
    tokio::spawn(async move {
        signal.await;
        server.graceful_shutdown(Some(Duration::from_secs(10)));
    });
    axum_server::bind_rustls(address, tls).handle(handle).serve(app).await.unwrap();
}

async fn ask<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(mut connection: S, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Without the end of TLS, which axum-server does not send.
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn terminate() {
    assert!(Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status().unwrap().success());
}

/// One test: a signal reaches every server of the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_with_tls_and_of_axum_drain_on_a_signal() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (certified.cert.der().clone(), certified.signing_key.serialize_der());
    let tls = RustlsConfig::from_der(vec![certificate.to_vec()], key).await.unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let connector =
        TlsConnector::from(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()));
    let connect = async |address: SocketAddr| -> TlsStream<TcpStream> {
        let connection = TcpStream::connect(address).await.unwrap();
        connector.connect(ServerName::try_from("localhost").unwrap(), connection).await.unwrap()
    };

    let (secure, handle) = (health(), Handle::new());
    let secure_server = tokio::spawn(serve_tls(secure.clone(), "127.0.0.1:0".parse().unwrap(), tls, handle.clone()));
    let secure_address = handle.listening().await.unwrap();

    let plain = health();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_address = listener.local_addr().unwrap();
    let plain_server = {
        let server = axum::serve(listener, app(&plain)).with_graceful_shutdown(plain.shutdown_signal());
        tokio::spawn(async move { server.await.unwrap() })
    };

    assert!(ask(connect(secure_address).await, "/ready").await.starts_with("HTTP/1.1 200 "));
    let slow = tokio::join!(connect(secure_address), TcpStream::connect(plain_address));
    let slow = (tokio::spawn(ask(slow.0, "/slow")), tokio::spawn(ask(slow.1.unwrap(), "/slow")));
    sleep(Duration::from_millis(200)).await;
    let start = Instant::now();
    terminate();
    while [secure.phase(), plain.phase()] != [Phase::Draining; 2] {
        assert!(start.elapsed() < Duration::from_millis(500));
        tokio::task::yield_now().await;
    }
    // The listeners are open, and readiness is 503.
    assert!(ask(connect(secure_address).await, "/ready").await.starts_with("HTTP/1.1 503 "));
    assert!(ask(TcpStream::connect(plain_address).await.unwrap(), "/ready").await.starts_with("HTTP/1.1 503 "));
    assert!(start.elapsed() < DRAIN);
    for slow in [slow.0, slow.1] {
        let answer = slow.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("slow"), "{answer}");
    }
    secure_server.await.unwrap();
    plain_server.await.unwrap();
    assert!(start.elapsed() >= DRAIN);
    for address in [secure_address, plain_address] {
        assert!(TcpStream::connect(address).await.is_err());
    }
}
