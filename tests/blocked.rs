//! What is seen of a service whose runtime is blocked, or whose requests pile up: in processes of their own, with real signals and
//! sockets, at the default limits. One test at a time: they measure.
//!
//! Each figure that a test asserts is five times the one that is promised; `--nocapture` shows what was measured.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::{get, post};
use health_runtime::{Check, CheckMeta, Health, HealthBuilder, Probe, Reason};
use health_tests::{Answer, Client, Program, Server};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, worker_index};
use tokio::sync::watch;
use tokio::task::{block_in_place, yield_now};
use tokio::time::{sleep, timeout};

/// The service that the tests block; not a test of its own.
#[test]
fn program() {
    let Some(role) = Program::role() else { return };
    let mut roles = role.split(' ');
    let runtime = match roles.next() {
        Some("current") => Builder::new_current_thread().enable_all().build().unwrap(),
        _ => Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap(),
    };
    let options: Vec<_> = roles.collect();
    if options.contains(&"pinned") {
        pin(std::process::id());
    }
    tracing_subscriber::fmt().with_ansi(false).with_writer(std::io::stderr).init();
    runtime
        .block_on(async {
            // On a worker, as little else is done outside of one.
            if options.contains(&"saturable") {
                tokio::spawn(serve_slowly()).await
            } else {
                tokio::spawn(serve()).await
            }
        })
        .unwrap();
    std::process::exit(0);
}

async fn serve() {
    let health = Health::builder()
        .version("1.0.0")
        .without_registered()
        .event_loop()
        .add(Check::new(CheckMeta::new("db"), |_| async { yield_now().await }))
        .build()
        .unwrap();
    let register = {
        let health = health.clone();
        async move || health.register(stuck()).unwrap()
    };
    let app = Router::new()
        .route("/", get(async || "served"))
        .route("/slow", get(async || sleep(Duration::from_secs(3)).await))
        .route("/debug/block", post(block))
        .route("/block-one", post(block_one))
        .route("/cooperate", post(cooperate))
        .route("/pile-up", post(pile_up))
        .route("/register", post(register))
        .merge(health.router());
    println!("\nprobes on {}", health.listen("127.0.0.1:0").unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nlistening on {}", listener.local_addr().unwrap());
    health.serve(listener, app).await.unwrap();
}

/// A check that blocks its worker.
fn stuck() -> Check {
    Check::new(CheckMeta::new("stuck").with_critical(false), |_| async {
        report_block();
        thread::sleep(Duration::from_secs(3));
    })
}

#[derive(Deserialize)]
struct Block {
    seconds: u64,
}

/// Blocks every worker thread for so many seconds, for demonstrations.
async fn block(Query(Block { seconds }): Query<Block>) -> StatusCode {
    let workers = Handle::current().metrics().num_workers();
    let all_blocked = Arc::new(Barrier::new(workers));
    for _ in 0..workers {
        let all_blocked = Arc::clone(&all_blocked);
        tokio::spawn(async move {
            // A worker that has one of these tasks takes no other one.
            all_blocked.wait();
            thread::sleep(Duration::from_secs(seconds));
        });
    }
    StatusCode::ACCEPTED
}

/// Blocks the worker on which it is called for five seconds.
async fn block_one(Query(BlockOne { how }): Query<BlockOne>) {
    tokio::spawn(async move {
        let for_long = Duration::from_secs(5);
        match how {
            How::Sleep => {
                report_block();
                thread::sleep(for_long);
            }
            How::Spin => {
                report_block();
                spin(for_long);
            }
            How::InPlace => block_in_place(|| {
                println!("\nin place");
                thread::sleep(for_long);
            }),
            How::Moved => {
                // Each worker goes on on another thread.
                block_in_place(|| thread::sleep(Duration::from_secs(3)));
                yield_now().await;
                report_block();
                thread::sleep(for_long);
            }
        }
    });
}

#[derive(Deserialize)]
struct BlockOne {
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum How {
    Sleep,
    Spin,
    InPlace,
    Moved,
}

/// Says which worker is blocked from now on, on which thread, and when that is.
fn report_block() {
    let thread = std::fs::read_link("/proc/thread-self").unwrap();
    let thread = thread.file_name().unwrap().to_str().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    println!("\nblocked {} {thread} {now}", worker_index().unwrap());
}

/// Takes a whole processor, and yields about every millisecond.
async fn cooperate(Query(Block { seconds }): Query<Block>) {
    tokio::spawn(async move {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(seconds) {
            spin(Duration::from_millis(1));
            yield_now().await;
        }
        println!("\ncooperated");
    });
}

#[derive(Deserialize)]
struct PileUp {
    tasks: usize,
}

/// Gives one worker more to do than it can do in seconds; the others take their share.
async fn pile_up(Query(PileUp { tasks }): Query<PileUp>) {
    tokio::spawn(async move {
        for _ in 0..tasks {
            tokio::spawn(async { spin(Duration::from_micros(500)) });
        }
    });
}

fn spin(duration: Duration) {
    let start = Instant::now();
    while start.elapsed() < duration {
        std::hint::spin_loop();
    }
}

/// Held by tests that measure.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Gives a process the first processor that this one may use, and no other.
fn pin(process: u32) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap().trim();
    let first = allowed.split([',', '-']).next().unwrap();
    let pinned =
        Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", first, &process.to_string()]).output();
    assert!(pinned.unwrap().status.success());
}

/// A service, and clients of its two ports.
struct Service {
    program: Program,
    probes: Client,
    app: Client,
    address: SocketAddr,
    probes_address: SocketAddr,
}

impl Service {
    async fn start(role: &str) -> Self {
        let mut program = Program::start(role);
        let probes_address = program.line("probes on").parse().unwrap();
        let address = program.address();
        let service =
            Self { program, probes: Client::new(probes_address), app: Client::new(address), address, probes_address };
        let start = Instant::now();
        while service.probes.get("/ready").await.status != 200 {
            assert!(start.elapsed() < Duration::from_secs(10), "it never becomes ready");
        }
        service
    }

    /// Sends a request that may not be answered before something is over.
    fn post(&self, path: &'static str) {
        let app = self.app;
        tokio::spawn(async move { app.send("POST", path, &[]).await });
    }

    async fn event_loop(&self) -> Value {
        self.probes.get("/ready/event_loop").await.json()["checks"]["event_loop"].clone()
    }

    /// The worker, the thread and the time at which it says that it blocks.
    fn blocked(&mut self) -> (u64, u64, u128) {
        let line = self.program.line("blocked");
        let mut figures = line.split(' ').map(|figure| figure.parse::<u128>().unwrap());
        let mut next = || figures.next().unwrap();
        (u64::try_from(next()).unwrap(), u64::try_from(next()).unwrap(), next())
    }

    /// Ends it; returns what it has logged.
    fn log(self) -> String {
        self.program.signal("-INT");
        let (status, _, log) = self.program.end();
        assert!(status.success(), "{status} {log}");
        log
    }
}

/// An answer, and how long it took.
async fn timed(client: Client, path: &str) -> (Answer, Duration) {
    let start = Instant::now();
    (client.get(path).await, start.elapsed())
}

fn stalls(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("a task blocks a worker thread")).collect()
}

/// Whether the check `event_loop` was ever anything but ok.
fn has_alarm(log: &str) -> bool {
    log.lines().any(|line| line.contains("event_loop") && !line.contains("check is ok"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_every_worker_is_blocked_the_own_listener_says_so() {
    let _alone = ALONE.lock().await;
    for role in ["multi", "current"] {
        let service = Service::start(role).await;
        assert_eq!(service.app.get("/").await.status, 200);
        let start = Instant::now();
        service.post("/debug/block?seconds=9");
        // This one waits for a check that cannot run when the limit comes.
        let waiting = {
            let probes = service.probes;
            tokio::spawn(async move {
                sleep(Duration::from_secs(3)).await;
                timed(probes, "/ready").await
            })
        };
        let (mut failed, mut longest) = (None, Duration::ZERO);
        while start.elapsed() < Duration::from_millis(7500) {
            let asked = start.elapsed();
            let (health, took) = timed(service.probes, "/health").await;
            longest = longest.max(took);
            let status = health.json()["checks"]["event_loop"]["status"].clone();
            assert_eq!(health.status, if status == "error" { 503 } else { 200 }, "{}", health.body);
            if status == "error" {
                failed.get_or_insert(asked);
                for path in ["/ready", "/ready/db", "/ready?exclude=db"] {
                    let (ready, took) = timed(service.probes, path).await;
                    longest = longest.max(took);
                    assert!(ready.status == 503 || path == "/ready/db", "{path} {}", ready.body);
                }
            }
            assert_eq!(failed.is_some(), status == "error", "after {asked:?}");
            sleep(Duration::from_millis(20)).await;
        }
        let (ready, took) = waiting.await.unwrap();
        assert_eq!(ready.status, 503, "{role}: {}", ready.body);
        assert!(took < Duration::from_secs(3), "{role}: a probe waited for {took:?}");
        let hangs = timeout(Duration::from_millis(300), service.app.get("/")).await.is_err();
        let (failed, blocked) = (failed.expect("an alarm"), service.event_loop().await["details"]["blocked"].clone());
        assert!(hangs, "{role}: the port of the application answers");
        assert!((4500..6000).contains(&failed.as_millis()), "{role}: 503 after {failed:?}");
        assert!(longest < Duration::from_millis(500), "{role}: an answer took {longest:?}");
        assert_eq!(blocked.as_array().unwrap().len(), if role == "multi" { 4 } else { 1 }, "{blocked}");

        sleep(Duration::from_secs(9).saturating_sub(start.elapsed())).await;
        let free = Instant::now();
        for path in ["/health", "/ready"] {
            while service.probes.get(path).await.status != 200 {
                assert!(free.elapsed() < Duration::from_secs(5), "{role}: it stays unhealthy");
            }
        }
        println!(
            "{role}: 503 after {failed:?}, a probe from 3 s on waited {took:?}, answers within {longest:?}, 200 after {:?}",
            free.elapsed()
        );
        let log = service.log();
        assert_eq!(stalls(&log).len(), if role == "multi" { 4 } else { 1 }, "{log}");
        assert!(has_alarm(&log));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_blocked_worker_of_four_is_named_and_raises_no_alarm() {
    let _alone = ALONE.lock().await;
    for (how, path) in
        [(How::Sleep, "/block-one?how=sleep"), (How::Spin, "/block-one?how=spin"), (How::Moved, "/block-one?how=moved")]
    {
        let mut service = Service::start("multi").await;
        // Until the library has seen the thread of each worker.
        sleep(Duration::from_secs(2)).await;
        service.post(path);
        let (worker, thread, at) = service.blocked();
        let start = Instant::now();
        let named = loop {
            let check = service.event_loop().await;
            assert_eq!(check["status"], "ok", "{how:?}: {check}");
            assert_eq!(service.probes.get("/health").await.status, 200);
            assert_eq!(service.app.get("/").await.status, 200);
            let blocked = check["details"]["blocked"].as_array().unwrap().clone();
            if let [named] = blocked.as_slice() {
                break named.clone();
            }
            assert!(blocked.is_empty() && start.elapsed() < Duration::from_secs(4), "{how:?}: {blocked:?}");
        };
        let seen = start.elapsed();
        let since: jiff::Timestamp = named["no_maintenance_since"].as_str().unwrap().parse().unwrap();
        let away = i128::from(since.as_millisecond()) - i128::try_from(at).unwrap();
        println!("{how:?}: named after {seen:?}, since is {away} ms away, {named}");
        assert_eq!(named["worker"], worker, "{how:?}");
        assert!(away.abs() < 1000, "{how:?}: {away} ms");
        // The thread to which a worker has moved is known only once a visit has met it there.
        if how != How::Moved {
            assert_eq!(named["thread"], thread, "{how:?}");
        }
        assert_eq!(named["thread_state"], if how == How::Spin { "running" } else { "sleeping" });
        assert!(named.get("check").is_none(), "{named}");
        // Until it is over.
        while service.event_loop().await["details"]["blocked"] != Value::Array(Vec::new()) {
            assert!(start.elapsed() < Duration::from_secs(10));
        }
        let log = service.log();
        let [line] = stalls(&log)[..] else { panic!("{how:?}: {log}") };
        for part in
            [format!("worker={worker}"), format!("thread={}", named["thread"]), "no_maintenance_since=".to_owned()]
        {
            assert!(line.contains(&part), "{how:?}: {line}");
        }
        assert!(!has_alarm(&log), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_block_in_place_has_relieved_is_not_named() {
    let _alone = ALONE.lock().await;
    let mut service = Service::start("multi").await;
    service.post("/block-one?how=in-place");
    service.program.line("in place");
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        let check = service.event_loop().await;
        assert_eq!((&check["status"], &check["details"]["blocked"]), (&"ok".into(), &Value::Array(Vec::new())));
        sleep(Duration::from_millis(50)).await;
    }
    let log = service.log();
    assert!(stalls(&log).is_empty() && !has_alarm(&log), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_blocks_its_worker_is_named_and_others_are_not() {
    let _alone = ALONE.lock().await;
    let mut service = Service::start("multi").await;
    service.post("/register");
    let (worker, ..) = service.blocked();
    let start = Instant::now();
    loop {
        let blocked = service.event_loop().await["details"]["blocked"].clone();
        if let Some(named) = blocked.get(0) {
            assert_eq!((&named["worker"], &named["check"]), (&worker.into(), &"stuck".into()));
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(3));
    }
    let log = service.log();
    assert!(stalls(&log)[0].contains("check=\"stuck\""), "{log}");
}

#[tokio::test(start_paused = true)]
async fn a_test_that_pauses_the_clock_sees_no_alarm() {
    let builder = Health::builder().version("1.0.0").without_registered().event_loop();
    let health = builder.add(Check::new(CheckMeta::new("db"), |_| async {})).build().unwrap();
    for _ in 0..600 {
        sleep(Duration::from_secs(1)).await;
        for report in [health.probe(Probe::Live).await, health.answer(Probe::Ready).await, health.look(Probe::Ready)] {
            report.assert_healthy();
        }
    }
    // Time that the observing thread measures, unlike that of the clock.
    thread::sleep(Duration::from_millis(1500));
    health.look(Probe::Ready).assert_healthy();
}

#[test]
fn a_runtime_that_is_not_known_is_degraded_and_stays_so_for_the_own_listener() {
    let builder = Health::builder().version("1.0.0").without_registered().event_loop();
    let health = builder.add(Check::new(CheckMeta::new("db"), |_| async {})).build().unwrap();
    let address = health.listen("127.0.0.1:0").unwrap();
    let ask = |path: &'static str| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(Client::new(address).get(path))
    };
    let start = Instant::now();
    while health.look(Probe::Live).check("event_loop").unwrap().reason() != Some(Reason::Degraded) {
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(ask("/health").json()["status"], "degraded");
    // Its thread is not lent to a check.
    let ready = ask("/ready");
    assert_eq!((ready.status, &ready.json()["checks"]["db"]["reason"]), (503, &"pending".into()));
    let home = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    home.block_on(async { drop(health.shutdown_signal()) });
    while ask("/ready").json()["status"] != "healthy" {
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

/// Takes a whole processor until it is dropped.
struct Spinner(Child);

impl Drop for Spinner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_service_on_one_processor_beside_another_spinner_raises_no_alarm_and_names_nobody() {
    let _alone = ALONE.lock().await;
    let spinner = Spinner(Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap());
    pin(spinner.0.id());
    let services = [Service::start("multi pinned").await, Service::start("current pinned").await];
    for service in &services {
        service.post("/cooperate?seconds=60");
    }
    let (start, mut lag) = (Instant::now(), [0.0_f64; 2]);
    while start.elapsed() < Duration::from_secs(60) {
        for (service, lag) in services.iter().zip(&mut lag) {
            let check = service.event_loop().await;
            assert_eq!((&check["status"], &check["details"]["blocked"]), (&"ok".into(), &Value::Array(Vec::new())));
            *lag = lag.max(check["details"]["lag_ms"].as_f64().unwrap());
            assert_eq!(service.probes.get("/health").await.status, 200);
        }
        sleep(Duration::from_millis(100)).await;
    }
    println!("the longest lags are {lag:?} ms");
    drop(spinner);
    for mut service in services {
        service.program.line("cooperated");
        let log = service.log();
        assert!(stalls(&log).is_empty() && !has_alarm(&log), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_of_tasks_is_degraded_and_restarts_nothing() {
    let _alone = ALONE.lock().await;
    for (role, tasks) in [("multi", "/pile-up?tasks=50000"), ("current", "/pile-up?tasks=20000")] {
        let service = Service::start(role).await;
        service.post(tasks);
        let (start, mut lag) = (Instant::now(), 0.0_f64);
        loop {
            let check = service.event_loop().await;
            assert_ne!(check["status"], "error", "{check}");
            assert_eq!(check["details"]["blocked"], Value::Array(Vec::new()), "{check}");
            assert_eq!(service.probes.get("/health").await.status, 200);
            let now = check["details"]["lag_ms"].as_f64().unwrap();
            lag = lag.max(now);
            if lag > 6000.0 && now < 500.0 {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(120), "the longest lag is {lag} ms");
            sleep(Duration::from_millis(100)).await;
        }
        println!("{role}: the longest lag is {lag} ms");
        assert!(stalls(&service.log()).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_stopped_raises_no_alarm() {
    let _alone = ALONE.lock().await;
    let service = Service::start("multi").await;
    service.program.signal("-STOP");
    sleep(Duration::from_secs(7)).await;
    service.program.signal("-CONT");
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        assert_eq!(service.probes.get("/health").await.status, 200);
    }
    let log = service.log();
    assert!(stalls(&log).is_empty() && !has_alarm(&log), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_sigterm_the_own_listener_refuses_readiness_until_the_process_ends() {
    let _alone = ALONE.lock().await;
    let service = Service::start("multi").await;
    let slow = {
        let address = service.address;
        // Begins shortly before the listener closes, which is after 5 s.
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(4));
            health_tests::get(&mut TcpStream::connect(address).unwrap(), "/slow").unwrap()
        })
    };
    service.program.signal("-TERM");
    sleep(Duration::from_millis(100)).await;
    let (start, mut probes, mut closed) = (Instant::now(), 0, None);
    while let Ok(mut connection) = TcpStream::connect(service.probes_address) {
        let Ok(head) = health_tests::get(&mut connection, "/ready") else { break };
        assert!(head.starts_with("http/1.1 503 "), "{head}");
        let Ok(head) = health_tests::get(&mut connection, "/health") else { break };
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        probes += 1;
        if closed.is_none() && TcpStream::connect(service.address).is_err() {
            closed = Some(start.elapsed());
        }
        sleep(Duration::from_millis(20)).await;
    }
    let ended = start.elapsed();
    println!("{probes} probes; the application's port closed after {closed:?}, the own one after {ended:?}");
    assert!(slow.join().unwrap().starts_with("http/1.1 200 "));
    assert!(closed.is_some_and(|closed| ended > closed + Duration::from_secs(1)), "{closed:?} {ended:?}");
    assert!(service.program.end().0.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_in_use_is_an_error() {
    let health = Health::builder().version("1.0.0").without_registered().build().unwrap();
    let address = health.listen("127.0.0.1:0").unwrap();
    assert_eq!(Client::new(address).get("/ready").await.status, 200);
    assert_eq!(health.listen(address).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

/// Asks a service by its own listener alone, for some time. Returns it, and how often its check ran.
async fn asked_by_its_own_listener(builder: HealthBuilder, time: Duration, every: Duration) -> (Health, usize) {
    let runs = Arc::new(AtomicUsize::new(0));
    let check = Check::new(CheckMeta::new("db").with_timeout(Duration::from_millis(500)), {
        let runs = Arc::clone(&runs);
        move |_| {
            runs.fetch_add(1, Ordering::Relaxed);
            async {}
        }
    });
    let health = builder.version("1.0.0").without_registered().event_loop().add(check).build().unwrap();
    let probes = Client::new(health.listen("127.0.0.1:0").unwrap());
    let start = Instant::now();
    while start.elapsed() < time {
        for path in ["/health", "/ready"] {
            let answer = probes.get(path).await;
            assert_eq!((answer.status, &answer.json()["status"]), (200, &"healthy".into()), "{}", answer.body);
        }
        sleep(every).await;
    }
    (health, runs.load(Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_only_its_own_listener_is_asked_about_stays_healthy() {
    // 600 ms stands for the default of 60 s.
    let builder = Health::builder().default_cache(Duration::from_millis(20)).stale_after(Duration::from_millis(600));
    let (health, runs) = asked_by_its_own_listener(builder, Duration::from_secs(6), Duration::from_millis(100)).await;
    assert!(runs > 10, "{runs}");
    // Once nothing asks, the result is stale.
    sleep(Duration::from_millis(700)).await;
    let known = health.look(Probe::Ready);
    assert_eq!(known.check("db").unwrap().reason(), Some(Reason::Stale));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes ten minutes; tests/run.sh runs it beside the others"]
async fn a_service_that_only_its_own_listener_is_asked_about_stays_healthy_for_ten_minutes() {
    let (_, runs) =
        asked_by_its_own_listener(Health::builder(), Duration::from_secs(600), Duration::from_secs(5)).await;
    assert!(runs > 100, "{runs}");
}

/// How many requests may be in flight.
const LIMIT: usize = 500;

async fn serve_slowly() {
    let builder = Health::builder().version("1.0.0").without_registered().event_loop().saturation(LIMIT);
    let health = builder.build().unwrap();
    let (release, released) = watch::channel(());
    // Until a line comes.
    thread::spawn(move || {
        std::io::stdin().read_line(&mut String::new()).unwrap();
        drop(release);
    });
    let slow = async move || {
        let mut released = released.clone();
        let _ = released.changed().await;
    };
    let app = Router::new()
        .route("/slow", get(slow))
        .route("/", get(async || "served"))
        .merge(health.router())
        .layer(health.saturation_layer())
        .layer(health.metrics_layer());
    println!("\nprobes on {}", health.listen("127.0.0.1:0").unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nlistening on {}", listener.local_addr().unwrap());
    health.serve(listener, app).await.unwrap();
}

/// Sends a hundred requests on one connection, and expects each to be refused with the time to come back.
fn refuse_a_hundred(address: SocketAddr) {
    let mut connection = TcpStream::connect(address).unwrap();
    let (one, last) =
        ("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    connection.write_all((one.repeat(99) + last).as_bytes()).unwrap();
    let mut answers = String::new();
    connection.read_to_string(&mut answers).unwrap();
    for part in ["HTTP/1.1 503 ", "\r\nretry-after: 1\r\n"] {
        assert_eq!(answers.matches(part).count(), 100, "{part} {answers}");
    }
}

/// The value of a series of the service.
async fn metric(client: Client, name: &str) -> f64 {
    let metrics = client.get("/metrics").await.body;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_beyond_the_limit_are_refused_and_make_the_service_unready_but_not_dead() {
    let _alone = ALONE.lock().await;
    let mut service = Service::start("multi saturable").await;
    // Below the limit: nothing but the counter.
    let below = service.app.get("/").await;
    assert_eq!((below.status, below.header("retry-after")), (200, None));
    assert_eq!(metric(service.probes, "saturation_refused_total").await.to_bits(), 0.0_f64.to_bits());
    let saturation = service.probes.get("/ready/saturation").await.json()["checks"]["saturation"].clone();
    assert_eq!((&saturation["status"], &saturation["details"]["refused"]), (&"ok".into(), &0.into()));

    let address = service.address;
    let start = Instant::now();
    let slow: Vec<_> = (0..LIMIT)
        .map(|_| {
            let app = service.app;
            tokio::spawn(async move { app.get("/slow").await.status })
        })
        .collect();
    while service.probes.get("/ready/saturation").await.json()["checks"]["saturation"]["status"] != "degraded" {
        assert!(start.elapsed() < Duration::from_secs(5), "the limit is not noticed");
    }
    let degraded = start.elapsed();
    assert_eq!(service.probes.get("/ready").await.status, 200);
    let refusing = thread::spawn(move || {
        thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| (0..38).for_each(|_| refuse_a_hundred(address)));
            }
        });
        start.elapsed()
    });
    // Unready after five seconds, and alive all the time, on both ports.
    let unready = loop {
        for client in [service.app, service.probes] {
            assert_eq!(client.get("/health").await.status, 200);
        }
        if service.probes.get("/ready").await.status == 503 {
            break start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "it stays ready");
        sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(service.app.get("/ready").await.status, 503);
    let refused = refusing.join().unwrap();
    assert_eq!(metric(service.probes, "saturation_refused_total").await.to_bits(), 38_000.0_f64.to_bits());
    service.program.go_on();
    for request in slow {
        assert_eq!(request.await.unwrap(), 200);
    }
    let free = Instant::now();
    while service.probes.get("/ready").await.status != 200 {
        assert!(free.elapsed() < Duration::from_secs(10), "it stays unready");
        sleep(Duration::from_millis(20)).await;
    }
    println!(
        "degraded after {degraded:?}, unready after {unready:?}, 38,000 refused within {refused:?}, ready {:?} after the last request",
        free.elapsed()
    );
    assert_eq!(service.app.get("/").await.status, 200);
    let log = service.log();
    assert!(stalls(&log).is_empty() && !has_alarm(&log), "{log}");
}

#[tokio::test]
async fn probes_of_a_nested_router_are_never_refused() {
    let health = Health::builder().version("1.0.0").without_registered().saturation(1).build().unwrap();
    let slow = get(std::future::pending::<()>);
    let app = Router::new().route("/slow", slow).nest("/internal", health.router()).layer(health.saturation_layer());
    let server = Server::start(app).await;
    let mut slow = server.connect().await;
    tokio::io::AsyncWriteExt::write_all(&mut slow, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    while server.get("/other").await.status != 503 {
        yield_now().await;
    }
    for path in ["/internal/health", "/internal/ready", "/internal/startup", "/internal/ready/saturation"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    assert_eq!(server.get("/internal/healthy").await.status, 503);
}
