//! User-space instructions per request of a whole server process, ours beside bare axum that answers the same bytes.
//!
//! ```text
//! cargo bench -p health-tests --bench instructions
//! ```
//!
//! Each case is served by a process of its own under `valgrind --tool=callgrind`, asked over one connection, twice with
//! different numbers of requests. The difference leaves out what starting and stopping cost, and repeats to about 0.1 %
//! however busy the machine is.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::routing::get;
use health_runtime::{Check, CheckMeta, Health, Probe};
use tokio::net::TcpListener;

const SHORT: u64 = 200;
const LONG: u64 = 1200;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--serve") {
        Some(at) => serve(&arguments[at + 1]),
        None => compare(),
    }
}

/// Each case of ours with the hand-written one beside it, and the ratio.
fn compare() {
    println!("{:<22} {:>12} {:>12} {:>7}", "", "ours", "by hand", "ratio");
    for checks in [2, 10, 100] {
        row(&format!("/ready, {checks} checks"), &format!("ready:{checks}"), &format!("bytes:{checks}"), "/ready");
    }
    row("/health", "ready:2", "bytes:health", "/health");
    for checks in [1, 100] {
        row(&format!("cold, {checks} checks"), &format!("cold:{checks}"), &format!("join:{checks}"), "/ready");
    }
}

fn row(name: &str, ours: &str, by_hand: &str, path: &str) {
    let (ours, by_hand) = (instructions(ours, path), instructions(by_hand, path));
    #[expect(clippy::cast_precision_loss, reason = "a ratio with two decimals")]
    let ratio = ours as f64 / by_hand as f64;
    println!("{name:<22} {ours:>12} {by_hand:>12} {ratio:>7.3}");
}

fn instructions(case: &str, path: &str) -> u64 {
    (collected(case, path, LONG) - collected(case, path, SHORT)) / (LONG - SHORT)
}

/// All instructions of a server that answers so many requests.
fn collected(case: &str, path: &str, requests: u64) -> u64 {
    let program = std::env::current_exe().expect("a path of this program");
    let mut server = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--serve", case])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("valgrind, from the package of that name");
    let mut address = String::new();
    let mut output = BufReader::new(server.stdout.take().expect("a pipe"));
    output.read_line(&mut address).expect("the address of the server");
    ask(address.trim(), path, requests);
    let mut report = String::new();
    server.stderr.take().expect("a pipe").read_to_string(&mut report).expect("text");
    server.wait().expect("an end");
    let line = report.lines().find(|line| line.contains("Collected :")).unwrap_or_else(|| panic!("{report}"));
    line.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

fn ask(address: &str, path: &str, requests: u64) {
    let mut connection = TcpStream::connect(address).expect("a server that accepts");
    connection.set_nodelay(true).expect("a socket");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut answers = BufReader::new(connection.try_clone().expect("a socket"));
    for _ in 0..requests {
        connection.write_all(request.as_bytes()).expect("a server that reads");
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            answers.read_line(&mut line).expect("an answer");
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a length");
            }
        }
        answers.read_exact(&mut vec![0; length]).expect("a body");
    }
    connection.write_all(b"GET /stop HTTP/1.1\r\nHost: x\r\n\r\n").expect("a server that reads");
    // It does not answer: it is gone.
    let _ = answers.read_to_end(&mut Vec::new());
}

#[tokio::main(flavor = "current_thread")]
async fn serve(case: &str) {
    let (kind, size) = case.split_once(':').expect("a kind and a size");
    let app = match kind {
        "ready" => health(size, Duration::from_secs(3600)).router(),
        "cold" => health(size, Duration::ZERO).router(),
        "bytes" => bytes(size).await,
        "join" => join(size.parse().expect("a number")),
        _ => panic!("an unknown case"),
    };
    let app = app.route("/stop", get(async || -> () { std::process::exit(0) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    axum::serve(listener, app).await.expect("a server");
}

fn health(size: &str, cache: Duration) -> Health {
    let mut builder = Health::builder().version("1.0.0").without_registered().default_cache(cache);
    for number in 0..size.parse().expect("a number") {
        let meta = CheckMeta::new("x").name(format!("check-{number:03}"));
        builder = builder.add(Check::new(meta, |_| async {}));
    }
    builder.build().expect("checks that fit together")
}

/// What ours answers, as bytes that were made beforehand, with the same headers.
async fn bytes(size: &str) -> Router {
    let (probe, checks) = if size == "health" { (Probe::Live, "2") } else { (Probe::Ready, size) };
    let report = health(checks, Duration::from_secs(3600)).probe(probe).await;
    let body = Bytes::from(serde_json::to_vec(&report).expect("a report"));
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("vary", "accept"),
        ("x-content-type-options", "nosniff"),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
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
