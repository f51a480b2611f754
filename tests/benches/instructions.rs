//! User-space instructions per request of a whole server process, ours beside bare axum that answers the same bytes;
//!
//! ```text
//! cargo bench -p health-tests --bench instructions
//! ```
//!
//! and the CPU time of the same servers at their own speed, as a check.
//!
//! Each case is served by a process of its own under `valgrind --tool=callgrind`, asked over one connection, twice with
//! different numbers of requests. The difference leaves out what starting and stopping cost, and repeats to about 0.1 %
//! however busy the machine is.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use axum::routing::get;
use health_runtime::{Check, CheckMeta, Health, Probe};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// How often a server is asked.
#[derive(Clone, Copy)]
struct Load {
    /// Requests in the shorter and in the longer run.
    requests: [u32; 2],
    pause: Duration,
}

/// How long an observation is fresh in the case of expired ones.
const CACHE: Duration = Duration::from_millis(250);

const STEADY: Load = Load { requests: [200, 1200], pause: Duration::ZERO };

/// Rarely enough for every observation to have expired.
const RARE: Load = Load { requests: [10, 50], pause: Duration::from_millis(300) };

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--serve") {
        Some(at) => serve(&arguments[at + 1]),
        None => compare(),
    }
}

/// Each case of ours with the hand-written one beside it, and the ratio.
fn compare() {
    println!(
        "{:<20} {:>9} {:>9} {:>6}   {:>8} {:>8} {:>6}",
        "", "ours", "by hand", "ratio", "ours", "by hand", "ratio"
    );
    for checks in [2, 10, 100] {
        row(&format!("/ready, {checks} checks"), &format!("ready:{checks}"), &format!("bytes:{checks}"), "/ready");
    }
    row("/health", "ready:2", "bytes:health", "/health");
    // At most 0.75 of bare axum, which is more than hyper underneath.
    row("listener, axum", "own:2", "bytes:2", "/ready");
    row("listener, hyper", "own:2", "hyper:2", "/ready");
    for checks in [1, 100] {
        row(&format!("cold, {checks} checks"), &format!("cold:{checks}"), &format!("join:{checks}"), "/ready");
    }
    // As with the default cache, when it has expired: the report is kept each time, and of no use.
    let (ours, by_hand) = (instructions("expired:100", "/ready", RARE), instructions("join:100", "/ready", STEADY));
    println!("{:<20} {ours:>9.0} {by_hand:>9.0} {:>6.3}", "expired, 100 checks", ours / by_hand);
    // Beside what the same check costs with a short text: masking one that is never shown costs nothing.
    row("error of 8 KiB", "failing:8192", "failing:8", "/ready");
}

fn row(name: &str, ours: &str, by_hand: &str, path: &str) {
    let ratio = |ours: f64, by_hand: f64| ours / by_hand;
    let (a, b) = (instructions(ours, path, STEADY), instructions(by_hand, path, STEADY));
    let (x, y) = (microseconds(ours, path), microseconds(by_hand, path));
    println!("{name:<20} {a:>9.0} {b:>9.0} {:>6.3}   {x:>5.1} us {y:>5.1} us {:>6.3}", ratio(a, b), ratio(x, y));
}

/// User-space instructions per request.
fn instructions(case: &str, path: &str, load: Load) -> f64 {
    let collected = |requests| {
        let mut server =
            Server::start(Command::new("valgrind").args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]), case);
        server.ask(path, requests, load.pause);
        let report = server.stop();
        let line = report.lines().find(|line| line.contains("Collected :")).unwrap_or_else(|| panic!("{report}"));
        line.rsplit(' ').next().and_then(|number| number.parse::<f64>().ok()).expect("a number")
    };
    let [short, long] = load.requests;
    (collected(long) - collected(short)) / f64::from(long - short)
}

/// CPU time per request, the kernel's part of it included.
fn microseconds(case: &str, path: &str) -> f64 {
    const REQUESTS: u32 = 20_000;
    // In hundredths of a second: what Linux has told user space since there was Linux.
    const TICK: f64 = 10_000.0;
    let mut server = Server::start(&mut Command::new("env"), case);
    let before = server.ticks();
    server.ask(path, REQUESTS, Duration::ZERO);
    let after = server.ticks();
    server.stop();
    (after - before) * TICK / f64::from(REQUESTS)
}

/// A server in a process of its own.
struct Server {
    process: Child,
    connection: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Server {
    /// Starts it under a command that runs what it is given.
    fn start(under: &mut Command, case: &str) -> Self {
        let program = std::env::current_exe().expect("a path of this program");
        let command = under.arg(program).args(["--serve", case]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("valgrind, from the package of that name");
        let mut address = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        output.read_line(&mut address).expect("the address of the server");
        let connection = TcpStream::connect(address.trim()).expect("a server that accepts");
        connection.set_nodelay(true).expect("a socket");
        let answers = BufReader::new(connection.try_clone().expect("a socket"));
        Self { process, connection, answers }
    }

    fn ask(&mut self, path: &str, requests: u32, pause: Duration) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        for _ in 0..requests {
            std::thread::sleep(pause);
            self.connection.write_all(request.as_bytes()).expect("a server that reads");
            let (mut line, mut length) = (String::new(), 0);
            while line != "\r\n" {
                line.clear();
                assert_ne!(self.answers.read_line(&mut line).expect("an answer"), 0, "the server is gone");
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.trim().parse().expect("a length");
                }
            }
            self.answers.read_exact(&mut vec![0; length]).expect("a body");
        }
    }

    /// The CPU time that it has taken.
    fn ticks(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("Linux");
        let fields = stat.rsplit(')').next().expect("fields behind the name").split_whitespace();
        fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number")).sum()
    }

    /// Ends it; what it, or the command that it runs under, has written.
    fn stop(mut self) -> String {
        self.connection.write_all(b"GET /stop HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a server that reads");
        // The own listener has no such route; there the end of the input is the end.
        drop(self.process.stdin.take());
        // It does not answer: it is gone.
        let _ = self.answers.read_to_end(&mut Vec::new());
        let mut report = String::new();
        self.process.stderr.take().expect("a pipe").read_to_string(&mut report).expect("text");
        self.process.wait().expect("an end");
        report
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve(case: &str) {
    let (kind, size) = case.split_once(':').expect("a kind and a size");
    let app = match kind {
        "ready" => health(size, Duration::from_secs(3600)).router(),
        "cold" => health(size, Duration::ZERO).router(),
        "expired" => health(size, CACHE).router(),
        "failing" => failing(size.parse().expect("a number")).router(),
        "bytes" => bytes(size).await,
        "own" => return listen(size).await,
        "hyper" => return hyper(size).await,
        "join" => join(size.parse().expect("a number")),
        _ => panic!("an unknown case"),
    };
    let app = app.route("/stop", get(async || -> () { std::process::exit(0) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    axum::serve(listener, app).await.expect("a server");
}

/// Serves the probes on the own listener, beside a runtime that has nothing else to do.
async fn listen(size: &str) {
    let health = health(size, Duration::from_secs(3600));
    drop(health.probe(Probe::Ready).await);
    println!("{}", health.listen("127.0.0.1:0").expect("a free port"));
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    end.await.expect("no panic").expect("an input");
}

/// What ours answers, on hyper and nothing else.
async fn hyper(size: &str) {
    let (headers, body) = answer(size).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    loop {
        let (connection, _) = listener.accept().await.expect("a connection");
        let (headers, body) = (headers.clone(), body.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            if request.uri().path() == "/stop" {
                std::process::exit(0);
            }
            let mut response = Response::new(Full::new(body.clone()));
            response.headers_mut().extend(headers.clone());
            std::future::ready(Ok::<_, Infallible>(response))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
    }
}

fn health(size: &str, cache: Duration) -> Health {
    let mut builder = Health::builder().version("1.0.0").without_registered().default_cache(cache);
    for number in 0..size.parse().expect("a number") {
        let meta = CheckMeta::new(format!("check-{number:03}"));
        builder = builder.add(Check::new(meta, |_| async {}));
    }
    builder.build().expect("checks that fit together")
}

/// A check that fails with an error whose text has this length, and with the same cause each time.
fn failing(length: usize) -> Health {
    let error: &'static str = "password=x ".repeat(length / 11 + 1).leak();
    let builder = Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO);
    let check = Check::new(CheckMeta::new("check"), move |_| async move { Err::<(), _>(Silent(error)) });
    builder.add(check).build().expect("one check")
}

#[derive(Debug)]
struct Silent(&'static str);

impl std::fmt::Display for Silent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Silent {}

/// What ours answers, as bytes that were made beforehand, with the same headers.
async fn answer(size: &str) -> ([(HeaderName, HeaderValue); 3], Bytes) {
    let (probe, checks) = if size == "health" { (Probe::Live, "2") } else { (Probe::Ready, size) };
    let report = health(checks, Duration::from_secs(3600)).probe(probe).await;
    let body = Bytes::from(serde_json::to_vec(&report).expect("a report"));
    let headers =
        [("content-type", "application/json"), ("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    (headers, body)
}

/// The same on axum.
async fn bytes(size: &str) -> Router {
    let (headers, body) = answer(size).await;
    let answer = move || std::future::ready((StatusCode::OK, headers.clone(), body.clone()));
    Router::new().route("/ready", get(answer.clone())).route("/health", get(answer))
}

/// What a careful author writes: all checks at once, and a report with serde; no isolation, no deadline.
fn join(checks: usize) -> Router {
    use std::collections::BTreeMap;

    #[derive(serde::Serialize)]
    struct Check {
        status: &'static str,
        response_time_ms: f64,
        observed_at: String,
    }

    #[derive(serde::Serialize)]
    struct Report {
        status: &'static str,
        timestamp: String,
        version: &'static str,
        checks: BTreeMap<String, Check>,
    }

    fn now() -> String {
        format!("{:.3}", jiff::Timestamp::now())
    }

    #[expect(clippy::unused_async, reason = "as asynchronous as the checks beside it")]
    async fn check(name: String) -> (String, Check) {
        let start = std::time::Instant::now();
        let response_time_ms = (start.elapsed().as_secs_f64() * 1e5).round() / 100.0;
        (name, Check { status: "ok", response_time_ms, observed_at: now() })
    }

    let ready = move || async move {
        let all = futures_util::future::join_all((0..checks).map(|number| check(format!("check-{number:03}")))).await;
        let report =
            Report { status: "healthy", timestamp: now(), version: "1.0.0", checks: all.into_iter().collect() };
        axum::Json(report)
    };
    Router::new().route("/ready", get(ready))
}
