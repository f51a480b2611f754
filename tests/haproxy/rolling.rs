//! Rolling restarts of two instances behind HAProxy, under load: no request fails.

use std::io;
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use health_runtime::Health;
use health_tests::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, interval, sleep, timeout};

const CLIENTS: usize = 100;
/// Of each client: 100 requests per second altogether.
const PERIOD: Duration = Duration::from_secs(1);
const DRAIN: Duration = Duration::from_secs(2);
/// In flight when the instance is asked to stop.
const LONG_REQUEST: Duration = Duration::from_secs(3);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if let Some(address) = argument.strip_prefix("serve=") {
        return serve(address.parse().unwrap()).await;
    }
    roll(argument.parse().expect("how many restarts")).await;
}

/// One instance.
async fn serve(address: SocketAddr) {
    let health = Health::builder().version("1.0.0").without_registered().drain_period(DRAIN).build().unwrap();
    let long = get(|| async {
        sleep(LONG_REQUEST).await;
        "done"
    });
    let app = Router::new().merge(health.router()).route("/long", long).route("/work", get(|| async { "done" }));
    health.serve(TcpListener::bind(address).await.unwrap(), app).await.unwrap();
}

async fn roll(restarts: usize) {
    let [a, b, front] = free_addresses();
    let addresses = [a, b];
    let mut instances = [Instance::start(a).await, Instance::start(b).await];
    let proxy = Proxy::start(front, addresses);
    while TcpStream::connect(front).await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }
    sleep(Duration::from_secs(1)).await;

    let load = Arc::new(Load::default());
    let clients: Vec<_> = (0..CLIENTS).map(|number| tokio::spawn(client(Arc::clone(&load), front, number))).collect();
    sleep(Duration::from_secs(2)).await;
    for restart in 0..restarts {
        let instance = &mut instances[restart % 2];
        let long = [tokio::spawn(long(instance.address)), tokio::spawn(long(front))];
        sleep(Duration::from_millis(200)).await;
        instance.stop().await;
        for long in long {
            assert_eq!(long.await.unwrap(), 200, "restart {restart}: a long request");
        }
        *instance = Instance::start(instance.address).await;
        // HAProxy has seen that it is back.
        sleep(Duration::from_secs(1)).await;
    }
    load.is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    drop(proxy);
    let (answered, failed) = (load.answered.load(Ordering::Relaxed), load.failed.load(Ordering::Relaxed));
    println!("{restarts} rolling restarts: {answered} requests answered, {failed} failed");
    assert_eq!(failed, 0);
    assert!(answered > restarts * CLIENTS, "there was no load");
}

fn free_addresses() -> [SocketAddr; 3] {
    let listeners = [0; 3].map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

#[derive(Debug, Default)]
struct Load {
    answered: AtomicUsize,
    failed: AtomicUsize,
    is_over: AtomicBool,
}

/// A client that keeps its connection.
async fn client(load: Arc<Load>, front: SocketAddr, number: usize) {
    sleep(PERIOD.mul_f64(f64::from(u32::try_from(number).unwrap()) / 100.0)).await;
    let mut connection = None;
    let mut ticks = interval(PERIOD);
    while !load.is_over.load(Ordering::Relaxed) {
        ticks.tick().await;
        match timeout(Duration::from_secs(5), ask(&mut connection, front)).await {
            Ok(Ok(())) => load.answered.fetch_add(1, Ordering::Relaxed),
            failure => {
                eprintln!("client {number}: {failure:?}");
                connection = None;
                load.failed.fetch_add(1, Ordering::Relaxed)
            }
        };
    }
}

async fn ask(kept: &mut Option<TcpStream>, front: SocketAddr) -> io::Result<()> {
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => TcpStream::connect(front).await?,
    };
    connection.write_all(b"GET /work HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\ndone") {
        answer.push(connection.read_u8().await?);
        if answer.ends_with(b"\r\n\r\n") && !answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned()));
        }
    }
    if !String::from_utf8_lossy(&answer).to_lowercase().contains("connection: close") {
        *kept = Some(connection);
    }
    Ok(())
}

async fn long(address: SocketAddr) -> u16 {
    Client::new(address).get("/long").await.status
}

/// One process of the service. Killed when it is dropped.
struct Instance {
    address: SocketAddr,
    process: Child,
}

impl Instance {
    async fn start(address: SocketAddr) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let process = command.arg(format!("serve={address}")).spawn().unwrap();
        while TcpStream::connect(address).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
        Self { address, process }
    }

    /// Asks it to stop, and sees it go: readiness first, then the listener, then the process.
    async fn stop(&mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let start = Instant::now();
        while Client::new(self.address).get("/ready").await.status != 503 {
            assert!(start.elapsed() < Duration::from_millis(300), "readiness is late");
        }
        while TcpStream::connect(self.address).await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
        let open = start.elapsed();
        assert!((DRAIN..DRAIN + Duration::from_millis(500)).contains(&open), "the listener closed after {open:?}");
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "the process is late");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// HAProxy, until it is dropped. It retries nothing: what fails is seen.
struct Proxy(Child);

impl Proxy {
    fn start(front: SocketAddr, [a, b]: [SocketAddr; 2]) -> Self {
        let config = format!(
            "defaults
    mode http
    retries 0
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout check 1s
    option httpchk GET /ready
    http-check expect status 200
    default-server inter 200ms fall 1 rise 1 check
listen service
    bind {front}
    server a {a}
    server b {b}
"
        );
        let path = std::env::temp_dir().join(format!("health-haproxy-{}.cfg", std::process::id()));
        std::fs::write(&path, config).unwrap();
        Self(Command::new("haproxy").args(["-q", "-db", "-f"]).arg(path).spawn().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
