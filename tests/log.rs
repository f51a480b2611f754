//! A service whose log layer misbehaves, in a process of its own with real signals.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use health_runtime::testing::{Script, Step};
use health_runtime::{CheckMeta, Health, Outcome, Probe};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Says which part a copy of this program plays; without it the copy is a test run.
const ROLE: &str = "HEALTH_LOG_LAYER";

/// A log layer that does one wrong thing at every line.
struct Wrong(String);

static HEALTH: OnceLock<Health> = OnceLock::new();

/// How often the layer was called.
static LINES: AtomicUsize = AtomicUsize::new(0);

impl<S: Subscriber> Layer<S> for Wrong {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "health_runtime" {
            return;
        }
        LINES.fetch_add(1, Ordering::SeqCst);
        match (self.0.as_str(), HEALTH.get()) {
            ("calls", Some(health)) => {
                let _ = (health.look(Probe::Ready), health.phase());
                health.force("other", Outcome::ok(())).unwrap();
                health.release("other").unwrap();
            }
            ("blocks", _) => thread::sleep(Duration::from_secs(1)),
            ("panics", _) => panic!("a log layer panics"),
            _ => {}
        }
    }
}

/// The service; not a test of its own.
#[test]
fn service() {
    let Ok(role) = std::env::var(ROLE) else { return };
    match role.as_str() {
        "none" => {}
        "plain" => tracing_subscriber::fmt().with_writer(std::io::stderr).init(),
        _ => tracing_subscriber::registry().with(Wrong(role.clone())).init(),
    }
    let failing = (0..10_000).map(|run| if run % 2 == 0 { Outcome::ok(()).into() } else { Step::fail("refused") });
    let hung = Script::<()>::new([Step::hang()])
        .check(CheckMeta::new("hung").with_critical(false).with_timeout(Duration::from_secs(60)));
    let steps = if role == "plain" { Script::new([Outcome::ok(()).into()]) } else { Script::new(failing) };
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let health = Health::builder()
            .version("1.0.0")
            .without_registered()
            .default_cache(Duration::ZERO)
            .patience(Duration::ZERO)
            .drain_period(Duration::from_millis(300))
            .add(steps.check(CheckMeta::new("db")))
            .add(Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("other").with_critical(false)))
            .add(hung)
            .build()
            .unwrap();
        HEALTH.set(health.clone()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("\nlistening on {}", listener.local_addr().unwrap());
        let app = Router::new().merge(health.router());
        health.serve(listener, app).await.unwrap();
    });
    println!("{} lines", LINES.load(Ordering::SeqCst));
    // Not the end of a test, with what it prints.
    std::process::exit(0);
}

struct Service {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Service {
    fn start(role: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "service", "--nocapture"]).env(ROLE, role).env_remove("RUST_BACKTRACE");
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("listening on ") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "{role}: the service has ended");
        }
        let address = line.trim_end().trim_start_matches("listening on ").to_owned();
        Self { process, output, address }
    }

    /// The status line of an answer, and how long it took.
    fn get(&self, path: &str) -> (String, Duration) {
        let start = Instant::now();
        let mut connection = TcpStream::connect(&self.address).unwrap();
        write!(connection, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        (answer.lines().next().unwrap_or_default().to_owned(), start.elapsed())
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn end(mut self) -> End {
        let start = Instant::now();
        let mut errors = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let lines = rest.lines().find_map(|line| line.strip_suffix(" lines")).map_or(0, |lines| lines.parse().unwrap());
        End { status: self.process.wait().unwrap(), took: start.elapsed(), errors, lines }
    }
}

struct End {
    status: ExitStatus,
    took: Duration,
    errors: String,
    /// That reached the log layer.
    lines: usize,
}

#[test]
fn a_log_layer_that_calls_back_blocks_or_panics_delays_no_probe_and_no_end() {
    for role in ["calls", "blocks", "panics"] {
        let service = Service::start(role);
        let slowest = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for path in ["/ready", "/health", "/ready"].repeat(10) {
                        let (status, took) = service.get(path);
                        assert!(status.ends_with("200 OK") || status.ends_with("503 Service Unavailable"), "{status}");
                        slowest.fetch_max(usize::try_from(took.as_millis()).unwrap(), Ordering::SeqCst);
                    }
                });
            }
        });
        // A line takes a second where the layer blocks, and there were dozens.
        let slowest = slowest.into_inner();
        assert!(slowest < 500, "{role}: {slowest} ms");
        service.signal("-TERM");
        let End { status, took, errors, lines } = service.end();
        assert!(lines > if role == "blocks" { 0 } else { 10 }, "{role}: {lines} lines");
        println!("{role}: the slowest answer took {slowest} ms, the end {took:?}");
        assert!(status.success(), "{role}: {status} {errors}");
        assert!(took < Duration::from_millis(300 + 1_500), "{role}: {took:?}");
    }
}

#[test]
fn without_a_subscriber_one_line_says_where_the_causes_are_lost() {
    let service = Service::start("none");
    for _ in 0..10 {
        service.get("/ready");
    }
    service.signal("-TERM");
    let End { errors, .. } = service.end();
    let lines: Vec<_> = errors.lines().filter(|line| line.starts_with("health-runtime: ")).collect();
    let [line] = lines[..] else { panic!("{errors}") };
    assert!(line.contains("check `db` failed") && line.contains("tracing_subscriber::fmt::init()"), "{line}");
    assert!(!errors.contains("refused"), "{errors}");
}

#[test]
fn a_clean_end_with_a_run_in_flight_logs_nothing_above_info() {
    let service = Service::start("plain");
    service.get("/ready");
    service.signal("-TERM");
    let End { status, errors, .. } = service.end();
    assert!(status.success());
    for line in errors.lines().filter(|line| line.contains("health_runtime")) {
        assert!(line.contains(" INFO "), "{line}");
    }
    assert!(errors.contains("service is draining"), "{errors}");
}
