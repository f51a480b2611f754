//! What `serve` does for and against clients of HTTP/2.

use std::time::Duration;

use axum::Router;
use axum::http::{Method, Request};
use axum::routing::{any, get};
use h2::client::{Builder, SendRequest};
use health_runtime::{Health, HealthBuilder};
use health_tests::{serve, upgraded_echo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

/// A client on this connection, and the end of the connection.
async fn client(connection: TcpStream) -> (SendRequest<&'static [u8]>, JoinHandle<Result<(), h2::Error>>) {
    let mut builder = Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let (client, connection) = builder.handshake(connection).await.unwrap();
    (client, tokio::spawn(connection))
}

/// How much of an answer comes before the client asks for more.
const WINDOW: u32 = 64 << 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http2_clients_get_goaway_at_the_start_of_the_drain_and_lose_no_request() {
    let health = builder().drain_period(Duration::from_secs(1)).build().unwrap();
    let slow = get(|| async {
        sleep(Duration::from_millis(1500)).await;
        "slow"
    });
    let (address, server) = serve(&health, Router::new().merge(health.router()).route("/slow", slow)).await;
    let request = |path| Request::get(format!("http://x{path}")).body(()).unwrap();
    let (idle, idle_connection) = client(address.connect().await).await;
    let (mut busy, busy_connection) = client(address.connect().await).await;
    busy = busy.ready().await.unwrap();
    let (answer, _) = busy.send_request(request("/health"), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    let mut answers = Vec::new();
    for _ in 0..20 {
        busy = busy.ready().await.unwrap();
        answers.push(busy.send_request(request("/slow"), true).unwrap().0);
    }
    // They are in the service.
    sleep(Duration::from_millis(200)).await;
    let start = Instant::now();
    health.drain();
    // A connection without a request ends once the client has heard of it.
    drop(idle);
    timeout(Duration::from_millis(500), idle_connection).await.expect("GOAWAY").unwrap().unwrap();
    // The busy one takes no more requests, long before the listener closes.
    let refused = timeout(Duration::from_millis(500), async {
        loop {
            busy = busy.clone().ready().await?;
            let (answer, _) = busy.send_request(request("/health"), true)?;
            assert_eq!(answer.await?.status(), 200);
        }
        #[expect(unreachable_code, reason = "says which error this is about")]
        Ok::<(), h2::Error>(())
    });
    let error = refused.await.expect("GOAWAY").unwrap_err();
    assert!(error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR), "{error}");
    // One that comes during the drain gets its first answer.
    let (late, late_connection) = client(address.connect().await).await;
    sleep(Duration::from_millis(100)).await;
    let (answer, _) = late.ready().await.unwrap().send_request(request("/health"), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    timeout(Duration::from_millis(700), late_connection).await.expect("GOAWAY").unwrap().unwrap();
    for answer in answers {
        let mut answer = answer.await.unwrap();
        let body = answer.body_mut().data().await.unwrap().unwrap();
        assert_eq!((answer.status().as_u16(), &body[..]), (200, &b"slow"[..]));
    }
    assert!(start.elapsed() > Duration::from_secs(1));
    busy_connection.await.unwrap().unwrap();
    timeout(Duration::from_secs(2), server).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn an_answer_is_whole_although_the_client_reads_it_slowly_while_the_listener_closes() {
    let limit = Duration::from_millis(200);
    let health = builder().drain_period(Duration::from_millis(500)).connection_idle_timeout(limit).build().unwrap();
    let length = 4 * WINDOW as usize;
    let (address, server) = serve(&health, Router::new().route("/", get(move || async move { vec![0; length] }))).await;
    let (client, connection) = client(address.connect().await).await;
    let request = Request::get("http://x/").body(()).unwrap();
    let (answer, _) = client.ready().await.unwrap().send_request(request, true).unwrap();
    let mut body = answer.await.unwrap().into_body();
    // The application has answered long since; what is left waits for the client's window.
    sleep(2 * limit).await;
    health.drain().await;
    let mut read = 0;
    while let Some(part) = body.data().await {
        let part = part.unwrap().len();
        read += part;
        if read % WINDOW as usize == 0 && read < length {
            sleep(Duration::from_millis(1200)).await;
        }
        body.flow_control().release_capacity(part).unwrap();
    }
    assert_eq!(read, length);
    connection.await.unwrap().unwrap();
    timeout(Duration::from_secs(1), server).await.expect("an end").unwrap().unwrap();
}

#[tokio::test]
async fn an_idle_connection_gets_goaway_at_its_limit() {
    let limit = Duration::from_millis(300);
    let health = builder().connection_idle_timeout(limit).build().unwrap();
    let (address, _server) = serve(&health, health.router()).await;
    for asks in [false, true] {
        let (client, connection) = client(address.connect().await).await;
        let mut client = client.ready().await.unwrap();
        if asks {
            sleep(limit / 2).await;
            let request = Request::get("http://x/health").body(()).unwrap();
            assert_eq!(client.send_request(request, true).unwrap().0.await.unwrap().status(), 200);
        }
        let start = Instant::now();
        timeout(Duration::from_secs(2), connection).await.expect("an end").unwrap().unwrap();
        assert!((limit * 3 / 4..limit + Duration::from_secs(1)).contains(&start.elapsed()), "{:?}", start.elapsed());
        let error = client.ready().await.unwrap_err();
        assert!(error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR), "{error}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_confirm_goaway_is_closed_all_the_same() {
    let limit = Duration::from_millis(200);
    let health = builder().connection_idle_timeout(limit).build().unwrap();
    let (address, _server) = serve(&health, health.router()).await;
    let mut silent = address.connect().await;
    silent.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let start = Instant::now();
    let mut bytes = Vec::new();
    timeout(Duration::from_secs(5), silent.read_to_end(&mut bytes)).await.expect("an end").unwrap();
    let expected = limit + Duration::from_millis(800)..limit + Duration::from_secs(3);
    assert!(expected.contains(&start.elapsed()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_client_that_asks_on_without_confirming_goaway_does_not_hold_up_the_end() {
    let health = builder().drain_period(Duration::ZERO).build().unwrap();
    let (address, server) = serve(&health, health.router()).await;
    let mut deaf = address.connect().await;
    deaf.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let start = Instant::now();
    health.drain().await;
    // GET https://x/health, in the static table of HPACK but for its path and authority.
    let head = b"\x82\x87\x04\x07/health\x01\x01x";
    for stream in (1_u8..200).step_by(2) {
        let frame = [&[0, 0, u8::try_from(head.len()).unwrap(), 1, 5, 0, 0, 0, stream], &head[..]].concat();
        if deaf.write_all(&frame).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    timeout(Duration::from_millis(500), server).await.expect("an end").unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_websocket_is_a_request_in_flight() {
    let limit = Duration::from_millis(200);
    let builder = builder().drain_period(Duration::ZERO).grace_period(Duration::from_millis(1500));
    let health = builder.connection_idle_timeout(limit).build().unwrap();
    let (address, server) = serve(&health, Router::new().route("/", any(upgraded_echo))).await;
    let (client, _connection) = client(address.connect().await).await;
    let mut client = client.ready().await.unwrap();
    while !client.is_extended_connect_protocol_enabled() {
        tokio::task::yield_now().await;
    }
    let mut request = Request::builder().method(Method::CONNECT).uri("http://x/").body(()).unwrap();
    request.extensions_mut().insert(h2::ext::Protocol::from_static("websocket"));
    let (answer, mut sending) = client.send_request(request, false).unwrap();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut receiving = answer.into_body();
    let start = Instant::now();
    let mut echo = async || {
        sending.send_data(b"ping", false).unwrap();
        let part = receiving.data().await.expect("an echo").unwrap();
        assert_eq!(&part[..], b"ping");
        receiving.flow_control().release_capacity(part.len()).unwrap();
    };
    echo().await;
    sleep(2 * limit).await;
    echo().await;
    health.drain();
    // Longer than a client without a request has.
    sleep(Duration::from_millis(1200)).await;
    echo().await;
    assert!(receiving.data().await.is_none_or(|part| part.is_err()));
    timeout(Duration::from_secs(1), server).await.expect("an end").unwrap().unwrap();
    assert!(start.elapsed() > Duration::from_millis(1500));
}
