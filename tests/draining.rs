//! How a service ends, in processes of their own with real signals and sockets.

use std::convert::Infallible;
use std::future::ready;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::map_request;
use axum::routing::get;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Health, HealthBuilder};
use health_tests::Program;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::time::sleep;

/// The service that the tests stop; not a test of its own.
#[test]
fn program() {
    let Some(role) = Program::role() else { return };
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(play(&role));
    // Waits for a `blocking` check that hangs.
    drop(runtime);
    // Not the end of a test, with what it prints.
    std::process::exit(0);
}

fn builder() -> HealthBuilder {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    Health::builder()
        .version("1.0.0")
        .without_registered()
        .drain_period(Duration::from_secs(1))
        .grace_period(Duration::from_secs(1))
}

fn app(health: &Health) -> Router {
    let slow = get(|| async {
        sleep(Duration::from_millis(1500)).await;
        "done"
    });
    let endless = get(|| async {
        Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>("more")).then(|part| async move {
            sleep(Duration::from_millis(20)).await;
            part
        }))
    });
    Router::new().merge(health.router()).route("/slow", slow).route("/endless", endless)
}

async fn listen() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nlistening on {}", listener.local_addr().unwrap());
    listener
}

async fn play(role: &str) {
    match role {
        "serves" => {
            let health = builder().build().unwrap();
            health.serve(listen().await, app(&health)).await.unwrap();
        }
        "has much grace" => {
            let health = builder().grace_period(Duration::from_secs(60)).build().unwrap();
            health.serve(listen().await, app(&health)).await.unwrap();
        }
        "drains for long" => {
            let health = builder().drain_period(Duration::from_secs(30)).build().unwrap();
            health.serve(listen().await, app(&health)).await.unwrap();
        }
        "serves with axum" => {
            let health = builder().build().unwrap();
            let server = axum::serve(listen().await, app(&health));
            server.with_graceful_shutdown(health.shutdown_signal()).await.unwrap();
        }
        "has hung checks" => {
            let hung = |name: &'static str| {
                Script::<()>::new([Step::hang()])
                    .check(CheckMeta::new(name).with_timeout(Duration::from_secs(60)).with_critical(name == "a"))
            };
            let health = builder().add(hung("a")).add(hung("b")).patience(Duration::from_secs(60)).build().unwrap();
            health.serve(listen().await, app(&health)).await.unwrap();
        }
        "counts" => {
            let health = builder().build().unwrap();
            let (seen, app) = (Arc::new(AtomicUsize::new(0)), app(&health));
            let counting = Arc::clone(&seen);
            let app = app.layer(map_request(move |request: Request| {
                counting.fetch_add(1, Ordering::Relaxed);
                ready(request)
            }));
            health.serve(listen().await, app).await.unwrap();
            println!("\nrequests {}", seen.load(Ordering::Relaxed));
        }
        "serves with axum and drains in no time" => {
            let health = builder().drain_period(Duration::ZERO).build().unwrap();
            let server = axum::serve(listen().await, app(&health));
            server.with_graceful_shutdown(health.shutdown_signal()).await.unwrap();
        }
        "two servers" => {
            let health = builder().build().unwrap();
            let first = health.serve(listen().await, app(&health));
            let second = health.serve(listen().await, app(&health));
            tokio::time::timeout(Duration::from_millis(300), first).await.unwrap_err();
            println!("\none server");
            second.await.unwrap();
        }
        "migrates" | "migrates for ever" | "migrates on another runtime" => migrate(role).await,
        "stays" => {
            let health = builder().drain_period(Duration::ZERO).build().unwrap();
            health.serve(listen().await, app(&health)).await.unwrap();
            println!("\nserved");
            sleep(Duration::from_secs(60)).await;
        }
        "stays after its own server" => {
            let health = builder().drain_period(Duration::ZERO).build().unwrap();
            let server = axum::serve(listen().await, app(&health));
            server.with_graceful_shutdown(health.shutdown_signal()).await.unwrap();
            println!("\nserved");
            sleep(Duration::from_secs(60)).await;
        }
        "hangs" => {
            let meta = CheckMeta::new("stuck").with_timeout(Duration::from_millis(10));
            let (start, started) = std::sync::mpsc::channel();
            let stuck = Check::blocking(meta, move |_| {
                start.send(()).unwrap();
                loop {
                    std::thread::park();
                }
                #[expect(unreachable_code, reason = "says what the check would return")]
                Ok::<(), std::io::Error>(())
            });
            let health = builder().add(stuck).drain_period(Duration::ZERO).build().unwrap();
            started.recv().unwrap();
            health.serve(listen().await, app(&health)).await.unwrap();
            println!("\nserved");
        }
        _ => panic!("no role {role:?}"),
    }
}

/// What a program does that migrates before it serves.
async fn migrate(role: &str) {
    let health = builder().build().unwrap();
    match role {
        "migrates" => {
            let _signal = health.shutdown_signal();
            println!("\nmigrating");
            wait_for_line().await;
            assert_eq!(health.phase(), health_runtime::Phase::Draining);
        }
        "migrates for ever" => {
            let _signal = health.shutdown_signal();
            println!("\nmigrating");
            std::future::pending::<()>().await;
        }
        _ => std::thread::scope(|scope| {
            let migrate = || {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async { drop(health.shutdown_signal()) });
                runtime
            };
            // It exists, and is not driven any more.
            std::mem::forget(scope.spawn(migrate).join().unwrap());
        }),
    }
    health.serve(listen().await, app(&health)).await.unwrap();
}

async fn wait_for_line() {
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()).unwrap()).await.unwrap();
}

fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).unwrap()
}

/// Waits until readiness answers with this status.
fn wait_for_readiness(address: SocketAddr, status: &str) {
    let start = Instant::now();
    while !health_tests::get(&mut connect(address), "/ready").unwrap().starts_with(&format!("http/1.1 {status}")) {
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

fn assert_refused(address: SocketAddr) {
    assert!(TcpStream::connect(address).is_err(), "the listener is open");
}

#[test]
fn with_hung_checks_every_probe_is_503_at_once() {
    let mut program = Program::start("has hung checks");
    let address = program.address();
    // It listens to signals once it answers.
    health_tests::get(&mut connect(address), "/health").unwrap();
    program.signal("-TERM");
    let start = Instant::now();
    let mut probes = 0;
    while start.elapsed() < Duration::from_millis(700) {
        let before = Instant::now();
        let head = health_tests::get(&mut connect(address), "/ready").unwrap();
        assert!(head.starts_with("http/1.1 503 "), "{head}");
        assert!(before.elapsed() < Duration::from_millis(300), "probe {probes} took {:?}", before.elapsed());
        probes += 1;
    }
    let (status, ..) = program.end();
    assert!(probes > 3 && status.success(), "{probes} probes, {status}");
}

#[test]
fn readiness_is_503_before_the_listener_closes_and_a_request_in_flight_is_answered() {
    for role in ["serves", "serves with axum"] {
        let mut program = Program::start(role);
        let address = program.address();
        wait_for_readiness(address, "200");
        let slow = std::thread::spawn(move || health_tests::get(&mut connect(address), "/slow").unwrap());
        std::thread::sleep(Duration::from_millis(100));
        program.signal("-TERM");
        let start = Instant::now();
        wait_for_readiness(address, "503");
        assert!(start.elapsed() < Duration::from_millis(500), "{role}: {:?}", start.elapsed());
        assert!(slow.join().unwrap().starts_with("http/1.1 200 "), "{role}");
        let (status, _, errors) = program.end();
        assert!(status.success(), "{role}: {status} {errors}");
        assert!(start.elapsed() > Duration::from_secs(1), "{role}: {:?}", start.elapsed());
        assert_refused(address);
    }
}

#[test]
fn a_signal_during_migrations_is_remembered() {
    let mut program = Program::start("migrates");
    program.line("migrating");
    program.signal("-TERM");
    std::thread::sleep(Duration::from_millis(300));
    program.go_on();
    let address = program.address();
    let head = health_tests::get(&mut connect(address), "/ready").unwrap();
    assert!(head.starts_with("http/1.1 503 "), "{head}");
    let (status, took, errors) = program.end();
    assert!(status.success(), "{status} {errors}");
    assert!((Duration::from_millis(700)..Duration::from_secs(2)).contains(&took), "{took:?}");
}

#[test]
fn a_hundred_sigterms_are_one() {
    let mut program = Program::start("serves");
    let address = program.address();
    wait_for_readiness(address, "200");
    let start = Instant::now();
    for _ in 0..100 {
        program.signal("-TERM");
    }
    assert!(start.elapsed() < Duration::from_secs(1));
    let (status, ..) = program.end();
    assert!(status.success(), "{status}");
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn a_sigterm_a_second_later_ends_the_drain() {
    let mut program = Program::start("drains for long");
    let address = program.address();
    wait_for_readiness(address, "200");
    program.signal("-TERM");
    program.signal("-TERM");
    wait_for_readiness(address, "503");
    std::thread::sleep(Duration::from_millis(1200));
    wait_for_readiness(address, "503");
    program.signal("-TERM");
    let (status, took, _) = program.end();
    assert!(status.success() && took < Duration::from_secs(1), "{status}, {took:?}");
}

#[test]
fn ctrl_c_ends_the_drain_at_once() {
    let mut program = Program::start("serves");
    let address = program.address();
    wait_for_readiness(address, "200");
    program.signal("-TERM");
    wait_for_readiness(address, "503");
    program.signal("-INT");
    let (status, took, _) = program.end();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_millis(700), "{took:?}");
}

/// How a program ends that gets another signal when it has served.
fn signalled_after_the_end(mut program: Program, signal: &str) -> ExitStatus {
    let address = program.address();
    health_tests::get(&mut connect(address), "/health").unwrap();
    program.signal("-TERM");
    program.line("served");
    program.signal(signal);
    program.end().0
}

#[test]
fn a_signal_after_the_end_kills() {
    for (role, signal, number) in [
        ("stays", "-TERM", 15),
        ("stays", "-INT", 2),
        ("stays after its own server", "-INT", 2),
        ("hangs", "-TERM", 15),
        ("hangs", "-INT", 2),
    ] {
        let status = signalled_after_the_end(Program::start(role), signal);
        assert_eq!(status.signal(), Some(number), "{role}, {signal}: {status}");
    }
}

#[test]
#[ignore = "needs the right to make a PID namespace"]
fn a_signal_after_the_end_stops_the_first_process_of_a_container() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let status = signalled_after_the_end(Program::start_as_first_process("stays"), signal);
        assert_eq!(status.code(), Some(code), "{signal}: {status}");
    }
}

/// Connections without a request in the service: idle after an answer, with half a head, and without a byte.
fn waiting(address: SocketAddr) -> [TcpStream; 3] {
    let (mut idle, mut half, silent) = (connect(address), connect(address), connect(address));
    health_tests::get(&mut idle, "/health").unwrap();
    half.write_all(b"GET /health HTTP/1.1\r\nHost: x").unwrap();
    [idle, half, silent]
}

#[test]
fn connections_without_a_request_close_with_the_listener() {
    let mut program = Program::start("serves");
    let address = program.address();
    let waiting = waiting(address);
    program.signal("-TERM");
    let (status, took, errors) = program.end();
    assert!(status.success(), "{status} {errors}");
    assert!((Duration::from_millis(800)..Duration::from_millis(1600)).contains(&took), "{took:?}");
    for mut connection in waiting {
        // Closed, or reset where what was sent has not been read.
        assert_eq!(connection.read(&mut [0; 100]).unwrap_or(0), 0);
    }
    assert!(!errors.contains(" WARN "), "{errors}");
}

#[test]
fn requests_that_are_cut_off_are_counted_in_one_line() {
    let mut program = Program::start("serves");
    let address = program.address();
    let _waiting = waiting(address);
    let mut endless = [connect(address), connect(address)];
    for connection in &mut endless {
        connection.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        connection.read_exact(&mut [0; 200]).unwrap();
    }
    program.signal("-TERM");
    let (status, took, errors) = program.end();
    assert!(status.success(), "{status} {errors}");
    assert!((Duration::from_millis(1800)..Duration::from_secs(3)).contains(&took), "{took:?}");
    let warnings: Vec<_> = errors.lines().filter(|line| line.contains("WARN")).collect();
    let [line] = warnings[..] else { panic!("{errors}") };
    assert!(line.contains("requests were cut off by the shutdown") && line.contains("requests=2"), "{line}");
}

#[test]
fn answers_during_the_drain_move_clients_to_other_instances() {
    let mut program = Program::start("serves");
    let address = program.address();
    let mut kept = connect(address);
    for _ in 0..2 {
        let head = health_tests::get(&mut kept, "/health").unwrap();
        assert!(!head.contains("connection:"), "{head}");
    }
    program.signal("-TERM");
    wait_for_readiness(address, "503");
    let head = health_tests::get(&mut kept, "/health").unwrap();
    assert!(head.starts_with("http/1.1 200 ") && head.contains("\r\nconnection: close\r\n"), "{head}");
    assert_eq!(kept.read(&mut [0; 1]).unwrap(), 0);
    assert!(program.end().0.success());
}

#[test]
fn clients_of_http2_lose_no_request() {
    let mut program = Program::start("counts");
    let address = program.address();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    // Asks without a pause, and goes on with another connection where one is closed, until nothing listens.
    let client = async move || {
        let (mut answered, mut connections) = (0, 0);
        while let Ok(connection) = tokio::net::TcpStream::connect(address).await {
            let Ok((client, connection)) = h2::client::handshake(connection).await else { break };
            let connection = tokio::spawn(connection);
            connections += 1;
            let answered_before = answered;
            loop {
                let Ok(mut client) = client.clone().ready().await else { break };
                let request = axum::http::Request::get("http://x/health").body(()).unwrap();
                // One that the client has not sent when it hears of the end is not lost.
                let Ok((answer, _)) = client.send_request(request, true) else { break };
                match answer.await {
                    Ok(answer) => assert_eq!(answer.status(), 200),
                    Err(error) if error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR) => break,
                    // One that comes while the listener closes is reset.
                    Err(error) if error.is_io() && answered == answered_before => return (answered, connections),
                    Err(error) => panic!("{error}"),
                }
                answered += 1;
            }
            drop(client);
            let closed = connection.await.unwrap();
            assert!(closed.is_ok() || answered == answered_before, "{closed:?}");
        }
        (answered, connections)
    };
    let terminate = async {
        sleep(Duration::from_millis(500)).await;
        program.signal("-TERM");
    };
    let ((), clients) = runtime.block_on(async { tokio::join!(terminate, join_all((0..8).map(|_| client()))) });
    let requests: usize = program.line("requests").parse().unwrap();
    let (status, _, errors) = program.end();
    assert!(status.success() && !errors.contains(" WARN "), "{status} {errors}");
    assert!(clients.iter().all(|(_, connections)| *connections > 1), "no client was moved: {clients:?}");
    assert_eq!(clients.iter().map(|(answered, _)| answered).sum::<usize>(), requests, "{clients:?}");
}

#[test]
fn a_doubled_sigterm_does_not_kill_a_server_of_ones_own_that_closes() {
    let mut program = Program::start("serves with axum and drains in no time");
    let address = program.address();
    wait_for_readiness(address, "200");
    let slow = std::thread::spawn(move || health_tests::get(&mut connect(address), "/slow").unwrap());
    std::thread::sleep(Duration::from_millis(100));
    for _ in 0..10 {
        program.signal("-TERM");
    }
    assert!(slow.join().unwrap().starts_with("http/1.1 200 "));
    let (status, _, errors) = program.end();
    assert!(status.success(), "{status} {errors}");
}

#[test]
fn a_sigterm_that_is_no_repetition_kills_when_a_server_of_ones_own_has_closed() {
    let mut program = Program::start("stays after its own server");
    let address = program.address();
    wait_for_readiness(address, "200");
    program.signal("-TERM");
    program.line("served");
    program.signal("-TERM");
    std::thread::sleep(Duration::from_millis(1200));
    program.signal("-TERM");
    assert_eq!(program.end().0.signal(), Some(15));
}

#[test]
fn the_end_of_one_server_leaves_the_drain_to_the_other() {
    let mut program = Program::start("two servers");
    let (_, address) = (program.address(), program.address());
    program.line("one server");
    wait_for_readiness(address, "200");
    program.signal("-TERM");
    wait_for_readiness(address, "503");
    let (status, took, errors) = program.end();
    assert!(status.success() && took > Duration::from_millis(500), "{status} {took:?} {errors}");
}

#[test]
fn a_migration_that_never_ends_can_be_interrupted() {
    let mut program = Program::start("migrates for ever");
    program.line("migrating");
    for _ in 0..3 {
        program.signal("-INT");
        // Two signals at once may be one.
        std::thread::sleep(Duration::from_millis(300));
    }
    let (status, took, _) = program.end();
    assert_eq!(status.signal(), Some(2), "{status}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_runtime_that_is_not_driven_any_more_does_not_take_the_signals_of_another() {
    let mut program = Program::start("migrates on another runtime");
    let address = program.address();
    wait_for_readiness(address, "200");
    program.signal("-TERM");
    wait_for_readiness(address, "503");
    assert!(program.end().0.success());
}

#[test]
fn a_ctrl_c_ends_the_grace_period() {
    let mut program = Program::start("has much grace");
    let address = program.address();
    let mut endless = connect(address);
    endless.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    endless.read_exact(&mut [0; 200]).unwrap();
    program.signal("-INT");
    while TcpStream::connect(address).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    program.signal("-INT");
    let (status, took, errors) = program.end();
    assert!(status.success() && took < Duration::from_secs(1), "{status} {took:?}");
    assert!(errors.contains("requests=1"), "{errors}");
}

#[test]
fn a_process_without_a_free_descriptor_ends_in_time() {
    let mut program = Program::start("serves");
    let address = program.address();
    wait_for_readiness(address, "200");
    program.limit_open_files(16);
    // Accepted by the system alone: some have no descriptor in the process.
    let connections: Vec<_> = (0..40).map(|_| connect(address)).collect();
    std::thread::sleep(Duration::from_millis(300));
    program.signal("-TERM");
    let (status, took, errors) = program.end();
    assert!(status.success() && took < Duration::from_secs(3), "{status} {took:?} {errors}");
    drop(connections);
}
