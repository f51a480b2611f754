//! What `serve` does for and against its clients.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use axum::serve::Listener;
use futures_util::future::join_all;
use health_runtime::{Health, HealthBuilder};
use health_tests::{serve, upgraded_echo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

/// Waits until the server closes the connection. Returns when, and what came before.
async fn closed(connection: &mut TcpStream) -> (Instant, String) {
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = timeout(Duration::from_secs(20), connection.read_to_end(&mut bytes)).await.expect("an end");
    (Instant::now(), String::from_utf8(bytes).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_slow_connections_are_closed_within_their_limits_and_a_steady_upload_goes_on() {
    let (idle, head) = (Duration::from_millis(1500), Duration::from_millis(400));
    let health = builder().connection_idle_timeout(idle).request_head_timeout(head).build().unwrap();
    let app = Router::new().merge(health.router()).route("/upload", post(|body: String| async move { body }));
    let (client, _server) = serve(&health, app).await;

    let upload = async {
        let mut connection = client.connect().await;
        let head = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\nConnection: close\r\n\r\n";
        connection.write_all(head).await.unwrap();
        for _ in 0..40 {
            sleep(Duration::from_millis(50)).await;
            connection.write_all(b"x").await.unwrap();
        }
        closed(&mut connection).await.1
    };
    let silent = async || {
        let mut connection = client.connect().await;
        (idle, Instant::now(), closed(&mut connection).await.0)
    };
    let idle_after_an_answer = async || {
        let mut connection = client.connect().await;
        sleep(Duration::from_millis(500)).await;
        connection.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let start = Instant::now();
        let (end, answer) = closed(&mut connection).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        (idle, start, end)
    };
    let slow_head = async || {
        let connection = client.connect().await;
        sleep(Duration::from_millis(300)).await;
        let start = Instant::now();
        let (mut reading, mut writing) = connection.into_split();
        let dribble = tokio::spawn(async move {
            while writing.write_all(b"G").await.is_ok() {
                sleep(Duration::from_millis(20)).await;
            }
        });
        let _ = timeout(Duration::from_secs(20), reading.read_to_end(&mut Vec::new())).await.expect("an end");
        dribble.abort();
        (head, start, Instant::now())
    };
    let (uploaded, silent, idle, slow) = tokio::join!(
        upload,
        join_all((0..20).map(|_| silent())),
        join_all((0..15).map(|_| idle_after_an_answer())),
        join_all((0..15).map(|_| slow_head())),
    );
    assert!(uploaded.starts_with("HTTP/1.1 200 ") && uploaded.ends_with(&"x".repeat(40)), "{uploaded}");
    let ends: Vec<_> = [silent, idle, slow].concat();
    assert_eq!(ends.len(), 50);
    for (limit, start, end) in ends {
        let took = end - start;
        let expected = limit.saturating_sub(Duration::from_millis(50))..limit + Duration::from_millis(500);
        assert!(expected.contains(&took), "closed after {took:?} with a limit of {limit:?}");
    }
}

#[tokio::test]
async fn a_kept_connection_outlives_its_limits_while_it_is_used() {
    let limit = Duration::from_millis(300);
    let health = builder().connection_idle_timeout(limit).request_head_timeout(limit).build().unwrap();
    let slow = get(|| async {
        sleep(Duration::from_millis(700)).await;
        "slow"
    });
    let (client, _server) = serve(&health, Router::new().route("/", slow)).await;
    let mut connection = client.connect().await;
    for _ in 0..3 {
        connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        while !answer.ends_with("slow") {
            answer.push(char::from(connection.read_u8().await.unwrap()));
        }
        sleep(Duration::from_millis(150)).await;
    }
}

#[tokio::test]
async fn handlers_see_the_address_of_the_client() {
    let health = builder().drain_period(Duration::ZERO).build().unwrap();
    let app = Router::new()
        .route("/", get(|ConnectInfo(address): ConnectInfo<SocketAddr>| async move { address.to_string() }));
    let (client, server) = serve(&health, app.into_make_service_with_connect_info::<SocketAddr>()).await;
    assert!(client.get("/").await.body.starts_with("127.0.0.1:"));
    health.drain().await;
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_second_listener_shows_the_probes_alone_and_ends_with_the_first() {
    let health = builder().drain_period(Duration::ZERO).build().unwrap();
    let app = Router::new().merge(health.router()).route("/", get(|| async { "app" }));
    let ((public, app), (private, probes)) = (serve(&health, app).await, serve(&health, health.probe_router()).await);
    assert_eq!(public.get("/").await.body, "app");
    for (path, status) in
        [("/health", 200), ("/ready", 200), ("/startup", 200), ("/", 404), ("/openapi.json", 404), ("/status", 404)]
    {
        assert_eq!(private.get(path).await.status, status, "{path}");
    }
    health.drain().await;
    timeout(Duration::from_secs(2), async {
        app.await.unwrap().unwrap();
        probes.await.unwrap().unwrap();
    })
    .await
    .unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_served_and_drained() {
    let path = std::env::temp_dir().join(format!("health-{}.socket", std::process::id()));
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let health = builder().drain_period(Duration::ZERO).build().unwrap();
    let server = tokio::spawn({
        let health = health.clone();
        async move { health.serve(listener, health.router()).await }
    });
    let mut connection = tokio::net::UnixStream::connect(&path).await.unwrap();
    connection.write_all(b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let _idle = tokio::net::UnixStream::connect(&path).await.unwrap();
    health.drain().await;
    timeout(Duration::from_secs(2), server).await.unwrap().unwrap().unwrap();
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_large_answer_to_a_slow_reader_is_whole_although_the_listener_closes() {
    let health = builder().drain_period(Duration::ZERO).build().unwrap();
    let length = 8 << 20;
    let (client, server) = serve(&health, Router::new().route("/", get(move || async move { vec![0; length] }))).await;
    let mut connection = client.connect().await;
    connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    connection.read_u8().await.unwrap();
    health.drain().await;
    let mut read = 1;
    let mut part = vec![0; 64 << 10];
    loop {
        let more = connection.read(&mut part).await.unwrap();
        read += more;
        if more == 0 {
            break;
        }
        sleep(Duration::from_millis(2)).await;
    }
    assert!(read > length, "{read}");
    server.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_are_connected_but_not_accepted_are_answered() {
    let health = builder().drain_period(Duration::ZERO).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut connections = Vec::new();
    for _ in 0..120 {
        connections.push(TcpStream::connect(address).await.unwrap());
    }
    health.drain().await;
    let clients = connections.into_iter().map(|mut connection| async move {
        // The request is on its way.
        sleep(Duration::from_millis(5)).await;
        connection.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let (_, answer) = closed(&mut connection).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    });
    let (served, _) = tokio::join!(health.serve(listener, health.router()), join_all(clients));
    served.unwrap();
}

#[tokio::test]
async fn a_request_is_cut_off_at_the_end_of_the_grace_period() {
    let health = builder().drain_period(Duration::ZERO).grace_period(Duration::from_millis(300)).build().unwrap();
    let (client, server) = serve(&health, Router::new().route("/", get(std::future::pending::<()>))).await;
    let mut connection = client.connect().await;
    connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    health.drain().await;
    server.await.unwrap().unwrap();
    // The process goes on.
    let (_, answer) = timeout(Duration::from_secs(1), closed(&mut connection)).await.unwrap();
    assert_eq!(answer, "");
}

/// Reads until the text has come.
async fn read_until(connection: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        bytes.push(connection.read_u8().await.unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn clients_of_every_kind_are_told_to_leave_while_the_service_drains() {
    let health = builder().drain_period(Duration::from_millis(500)).build().unwrap();
    let app = Router::new().merge(health.router()).route("/upload", post(|body: String| async move { body }));
    let (client, server) = serve(&health, app).await;
    let mut uploading = client.connect().await;
    let upload = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n";
    health.drain();
    for (request, end) in [
        ("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "}"),
        ("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n"),
        ("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n"),
    ] {
        let mut connection = client.connect().await;
        connection.write_all(request.as_bytes()).await.unwrap();
        let (_, answer) = closed(&mut connection).await;
        assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{request}: {answer}");
        assert!(answer.ends_with(end), "{request}: {answer}");
    }
    uploading.write_all(upload).await.unwrap();
    read_until(&mut uploading, "100 Continue\r\n\r\n").await;
    // It is in flight, although the listener has closed.
    health.drain().await;
    sleep(Duration::from_millis(300)).await;
    uploading.write_all(b"upload").await.unwrap();
    let (_, answer) = closed(&mut uploading).await;
    assert!(answer.contains("\r\nconnection: close\r\n") && answer.ends_with("upload"), "{answer}");
    server.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_to_the_request_that_drains_the_service_closes_its_connection() {
    let health = builder().build().unwrap();
    let stop = {
        let health = health.clone();
        post(async move || {
            health.drain();
        })
    };
    let (client, server) = serve(&health, Router::new().route("/stop", stop)).await;
    let mut connection = client.connect().await;
    connection.write_all(b"POST /stop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    let (_, answer) = timeout(Duration::from_secs(1), closed(&mut connection)).await.expect("an end");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    server.abort();
}

#[tokio::test]
async fn an_upgraded_connection_outlives_limits_and_the_end() {
    let limit = Duration::from_millis(200);
    let health = builder().drain_period(Duration::ZERO).connection_idle_timeout(limit).build().unwrap();
    let (client, server) = serve(&health, Router::new().route("/", get(upgraded_echo))).await;
    let mut connection = client.connect().await;
    connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n").await.unwrap();
    let head = read_until(&mut connection, "\r\n\r\n").await.to_lowercase();
    assert!(head.starts_with("http/1.1 101 ") && head.contains("connection: upgrade\r\n"), "{head}");
    sleep(2 * limit).await;
    health.drain().await;
    timeout(Duration::from_secs(1), server).await.expect("an end").unwrap().unwrap();
    connection.write_all(b"still here").await.unwrap();
    read_until(&mut connection, "still here").await;
}

#[tokio::test]
async fn a_dropped_serve_closes_its_listener_and_finishes_its_requests() {
    let health = builder().build().unwrap();
    let slow = get(|| async {
        sleep(Duration::from_millis(300)).await;
        "slow"
    });
    let (client, server) = serve(&health, Router::new().merge(health.router()).route("/slow", slow)).await;
    let (mut busy, mut idle) = (client.connect().await, client.connect().await);
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    read_until(&mut idle, "}").await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    server.abort();
    assert!(server.await.unwrap_err().is_cancelled());
    assert!(TcpStream::connect(busy.peer_addr().unwrap()).await.is_err());
    assert_eq!(closed(&mut idle).await.1, "");
    let (_, answer) = closed(&mut busy).await;
    assert!(answer.ends_with("slow"), "{answer}");
}

#[tokio::test]
async fn a_make_service_that_hangs_does_not_hold_up_the_end() {
    let health = builder().drain_period(Duration::from_millis(100)).build().unwrap();
    let make = tower::service_fn(|_: SocketAddr| std::future::pending::<Result<Router, Infallible>>());
    let (client, server) = serve(&health, make).await;
    let _waiting = client.connect().await;
    sleep(Duration::from_millis(50)).await;
    health.drain().await;
    timeout(Duration::from_secs(2), server).await.expect("an end").unwrap().unwrap();
}

/// Asks on a new connection every few milliseconds until none is accepted. Returns how many were answered.
async fn ask_until_refused(address: SocketAddr) -> u32 {
    let mut answered = 0;
    while let Ok(mut connection) = TcpStream::connect(address).await {
        let asked = connection.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        let mut answer = String::new();
        // One that comes while the listener closes is reset.
        if asked.is_err() || connection.read_to_string(&mut answer).await.is_err() {
            break;
        }
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        answered += 1;
        sleep(Duration::from_millis(3)).await;
    }
    answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_keep_coming_do_not_keep_the_listener_open() {
    let health = builder().drain_period(Duration::from_millis(300)).build().unwrap();
    let (client, server) = serve(&health, health.router()).await;
    let address = client.connect().await.peer_addr().unwrap();
    let clients = tokio::spawn(join_all((0..4).map(|_| ask_until_refused(address))));
    sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    health.drain().await;
    let answered = clients.await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(answered.iter().all(|answered| *answered > 5), "{answered:?}");
    timeout(Duration::from_millis(500), server).await.expect("an end").unwrap().unwrap();
}

#[tokio::test]
async fn a_slow_make_service_holds_up_no_other_client_and_loses_none() {
    let health = builder().drain_period(Duration::from_millis(300)).build().unwrap();
    let router = health.router();
    let make = tower::service_fn(move |_: SocketAddr| {
        let router = router.clone();
        async move {
            sleep(Duration::from_millis(50)).await;
            Ok::<_, Infallible>(router)
        }
    });
    let (client, server) = serve(&health, make).await;
    let ask = async || client.get("/health").await.status;
    let start = Instant::now();
    assert_eq!(join_all((0..20).map(|_| ask())).await, [200; 20]);
    assert!(start.elapsed() < Duration::from_millis(900), "one after the other: {:?}", start.elapsed());
    health.drain();
    // Accepted before the listener closes, and made after.
    sleep(Duration::from_millis(280)).await;
    assert_eq!(ask().await, 200);
    timeout(Duration::from_millis(500), server).await.expect("an end").unwrap().unwrap();
}

/// A listener that has another connection each time that it is asked.
struct Always;

impl Listener for Always {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        (duplex(1).0, ([127, 0, 0, 1], 1).into())
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 1).into())
    }
}

#[tokio::test]
async fn a_listener_that_is_always_ready_does_not_hold_up_the_end() {
    let health = builder().drain_period(Duration::from_millis(50)).build().unwrap();
    let server = health.serve(Always, health.router());
    health.drain();
    timeout(Duration::from_secs(10), server).await.expect("an end").unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_wait_for_the_drain_period_has_all_of_it() {
    let health = builder().drain_period(Duration::from_secs(10)).build().unwrap();
    let start = Instant::now();
    let waits = [0, 7, 25].map(|seconds| {
        let health = health.clone();
        async move {
            let drained = health.drain();
            sleep(Duration::from_secs(seconds)).await;
            drained.await;
            start.elapsed().as_secs()
        }
    });
    // The last one comes when the service has drained.
    assert_eq!(join_all(waits).await, [10, 17, 25]);
}
