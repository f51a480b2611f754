//! What a driver wrote stays in the process: masked, in a log line for each cause, and nowhere else.

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::request::Parts;
use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Expose, Health, Outcome, Probe, health_check};
use health_tests::Server;
use tracing_subscriber::fmt::MakeWriter;

const SECRET: &str = "hunter2";

/// An error with the secret in its source, as drivers have it.
#[derive(Debug)]
struct Refused;

#[derive(Debug)]
struct Cause;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://app:{SECRET}@db")
    }
}

impl Error for Cause {}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&Cause)
    }
}

#[health_check]
async fn refused(State(healed): State<Arc<AtomicBool>>) -> Result<(), Refused> {
    if healed.load(Ordering::SeqCst) { Ok(()) } else { Err(Refused) }
}

#[health_check]
async fn explained(State(healed): State<Arc<AtomicBool>>) -> Outcome {
    let outcome =
        if healed.load(Ordering::SeqCst) { Outcome::degraded("nearly full") } else { Outcome::error("no way in") };
    outcome.with_cause(Refused)
}

#[health_check]
async fn panicking() {
    panic!("token={SECRET}");
}

/// The log of all tests here: whether a line is of interest is decided for the whole process.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(log.clone())
        .init();
    log
});

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// So many lines of a check, once they are there: the log is written by a thread of its own.
    fn lines_of(&self, check: &str, number: usize) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.all_of(check).len() < number {
            assert!(Instant::now() < deadline, "{number} lines of {check} in {}", self.text());
            std::thread::yield_now();
        }
        self.all_of(check)
    }

    fn all_of(&self, check: &str) -> Vec<String> {
        let text = self.text();
        text.lines().filter(|line| line.contains(&format!("check=\"{check}\""))).map(str::to_owned).collect()
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_text_of_an_error_or_a_panic_is_in_the_log_and_in_no_answer() {
    let log = &*LOG;
    let healed = Arc::new(AtomicBool::new(false));
    let health = Health::builder()
        .version("1.0.0")
        .without_registered()
        .default_cache(Duration::ZERO)
        .check::<refused>()
        .check::<panicking>()
        .state(Arc::clone(&healed))
        .build()
        .unwrap();
    let server = Server::start(health.router()).await;
    for path in ["/ready", "/ready/refused", "/ready/panicking", "/health", "/startup", "/ready?verbose"] {
        let answer = server.get(path).await;
        assert!(!format!("{answer:?}").contains(SECRET), "{answer:?}");
    }
    assert_eq!(
        log.lines_of("refused", 1),
        [r#"ERROR health_runtime: check failed check="refused" reason="failed" cause="refused: postgres://***@db""#]
    );
    assert!(!log.text().contains(SECRET), "{}", log.text());

    healed.store(true, Ordering::SeqCst);
    server.get("/ready").await;
    server.get("/ready").await;
    assert_eq!(log.lines_of("refused", 2)[1..], [r#" INFO health_runtime: check is ok check="refused" from="error""#]);
}

#[tokio::test]
async fn the_cause_of_an_outcome_is_logged_behind_its_message_and_in_no_answer_unless_exposed() {
    let log = &*LOG;
    let healed = Arc::new(AtomicBool::new(false));
    let builder = |expose| {
        let builder = Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO);
        builder.check::<explained>().state(Arc::clone(&healed)).expose_errors(expose).build().unwrap()
    };
    let health = builder(Expose::default());
    let server = Server::start(health.router()).await;
    let answer = server.get("/ready").await.json();
    assert_eq!(answer["checks"]["explained"]["message"], "no way in");
    healed.store(true, Ordering::SeqCst);
    let answer = server.get("/ready").await.json();
    assert_eq!(answer["checks"]["explained"]["message"], "nearly full");
    assert_eq!(
        log.lines_of("explained", 2),
        [
            r#"ERROR health_runtime: check failed check="explained" reason="failed" cause="no way in: refused: postgres://***@db""#,
            r#" WARN health_runtime: check is degraded check="explained" from="error" reason="degraded" cause="nearly full: refused: postgres://***@db""#,
        ]
    );

    let exposed = Server::start(builder(Expose::when(|_| true)).router()).await;
    let answer = exposed.get("/ready").await.json();
    assert_eq!(answer["checks"]["explained"]["message"], "nearly full: refused: postgres://***@db");
}

/// Asks every route in every way; whether the secret is anywhere in the answers.
async fn leaks(server: &Server, headers: &[(&str, &str)]) -> bool {
    let mut leaks = false;
    for path in ["/ready", "/ready?x", "/ready/masked", "/ready?exclude=masked", "/health", "/openapi.json"] {
        for method in ["GET", "HEAD", "OPTIONS", "POST"] {
            leaks |= format!("{:?}", server.send(method, path, headers).await).contains(SECRET);
        }
    }
    leaks
}

#[tokio::test]
async fn who_may_read_errors_reads_them_masked_and_nobody_else_does() {
    #[health_check]
    async fn masked() -> Result<(), Refused> {
        Err(Refused)
    }

    let token = |request: &Parts| request.headers.get("x-token").is_some_and(|token| token == "open sesame");
    let built = |expose: Expose| {
        Health::builder().version("1.0.0").without_registered().expose_errors(expose).check::<masked>().build().unwrap()
    };
    for (expose, headers, is_open) in [
        (Expose::never(), vec![], false),
        (Expose::always(), vec![], true),
        (Expose::when(token), vec![], false),
        (Expose::when(token), vec![("X-Token", "open sesame")], true),
        (Expose::when(token), vec![("X-Token", "guess")], false),
    ] {
        let health = built(expose.clone());
        let mut transitions = health.subscribe();
        let server = Server::start(health.router()).await;
        let answer = server.send("GET", "/ready", &headers).await;
        let message = answer.json()["checks"]["masked"]["message"].clone();
        let expected = if is_open { "refused: postgres://***@db" } else { "check failed, the cause is in the log" };
        assert_eq!(message, expected, "{expose:?} {headers:?}");
        assert!(!leaks(&server, &headers).await, "{expose:?} {headers:?}");
        assert!(!format!("{:?}", transitions.next().await).contains(SECRET));
    }
}

#[tokio::test]
async fn a_check_may_expose_its_own_errors() {
    let meta = CheckMeta::new("open").with_expose_errors(true);
    let health = Health::builder()
        .version("1.0.0")
        .without_registered()
        .add(Check::new(meta, |_| async { Err::<(), _>(Refused) }))
        .add(Check::new(CheckMeta::new("closed"), |_| async { Err::<(), _>(Refused) }))
        .build()
        .unwrap();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.check("open").unwrap().message(), Some("refused: postgres://***@db"));
    assert_eq!(report.check("closed").unwrap().message(), Some("check failed, the cause is in the log"));
}

#[tokio::test]
async fn an_error_that_is_its_own_source_is_no_endless_text() {
    #[derive(Debug)]
    struct Ouroboros;
    impl fmt::Display for Ouroboros {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("round and round")
        }
    }
    impl Error for Ouroboros {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    #[health_check]
    async fn endless() -> Result<(), Ouroboros> {
        Err(Ouroboros)
    }

    let log = &*LOG;
    let health = Health::builder().version("1.0.0").without_registered().check::<endless>().build().unwrap();
    assert!(!health.probe(Probe::Ready).await.is_success());
    assert_eq!(
        log.lines_of("endless", 1),
        [r#"ERROR health_runtime: check failed check="endless" reason="failed" cause="round and round""#]
    );
}

/// Where secrets stand in texts of drivers and authors.
const PLANTED: [&str; 8] = [
    "postgres://app:hunter2@db:5432/orders refused",
    "redis://:hunter2@cache",
    "host=db user=app password=hunter2",
    "login with token: hunter2",
    "sent Authorization: Bearer hunter2",
    r#"request {"authorization": "Basic hunter2"}"#,
    "request headers Cookie: session=hunter2",
    "api_key='hunter2 hunter2'",
];

#[derive(Debug)]
struct Inner(&'static str);

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Inner {}

#[tokio::test]
async fn planted_secrets_are_in_no_answer_and_in_no_line() {
    let log = &*LOG;
    let mut builder = Health::builder().version("1.0.0").without_registered().expose_errors(Expose::always());
    for (number, text) in PLANTED.into_iter().enumerate() {
        let meta = |kind: &str| CheckMeta::new(format!("planted-{number}-{kind}")).with_critical(false);
        builder = builder
            .add(Check::new(meta("error"), move |_| async move { Err::<(), _>(text) }))
            .add(Check::new(meta("source"), move |_| async move { Err::<(), _>(Sourced(Inner(text))) }))
            .add(Check::new(meta("panic"), move |_| async move { panic_with(text) }))
            .add(Check::new(meta("outcome"), move |_| async move { Outcome::<()>::error(text) }))
            .add(Check::new(meta("degraded"), move |_| async move { Outcome::<()>::degraded(text) }));
    }
    let health = builder.build().unwrap();
    let server = Server::start(health.router()).await;
    for path in ["/ready", "/status", "/ready/planted-0-error", "/openapi.json"] {
        let answer = server.get(path).await;
        assert!(!format!("{answer:?}").contains(SECRET), "{path}: {answer:?}");
    }
    assert!(!format!("{:?}", health.look(Probe::Ready)).contains(SECRET));
    health.force("planted-0-error", Outcome::error(PLANTED[0])).unwrap();
    assert!(!format!("{:?}", server.get("/ready").await).contains(SECRET));
    for number in 0..PLANTED.len() {
        for kind in ["error", "source", "panic", "outcome", "degraded"] {
            assert!(!log.lines_of(&format!("planted-{number}-{kind}"), 1).is_empty());
        }
    }
    assert!(!log.text().contains(SECRET), "{}", log.text());
}

#[derive(Debug)]
struct Sourced(Inner);

impl fmt::Display for Sourced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrapped")
    }
}

impl Error for Sourced {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn panic_with(text: &str) {
    assert!(text.is_empty(), "{text}");
}

/// A service with a check that fails with these causes in turn, each time it is asked.
fn failing(name: &'static str, causes: &[&'static str], threshold: u32) -> Health {
    // Before the service is built, which keeps the subscriber of that time.
    LazyLock::force(&LOG);
    let steps: Vec<Step> =
        causes.iter().map(|cause| if cause.is_empty() { ok() } else { Step::fail(*cause) }).collect();
    let meta = CheckMeta::new(name).with_failure_threshold(threshold);
    let builder = Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO);
    builder.add(Script::new(steps).check(meta)).build().unwrap()
}

fn ok() -> Step {
    Outcome::ok(()).into()
}

#[tokio::test]
async fn each_new_cause_of_a_failure_is_logged_and_an_old_one_is_not_repeated() {
    let health = failing("fickle", &["refused", "refused", "full", "full", "refused", ""], 1);
    for _ in 0..6 {
        let _ = health.probe(Probe::Ready).await;
    }
    assert_eq!(
        LOG.lines_of("fickle", 4),
        [
            r#"ERROR health_runtime: check failed check="fickle" reason="failed" cause="refused""#,
            r#"ERROR health_runtime: check failed with another cause check="fickle" cause="full""#,
            r#"ERROR health_runtime: check failed with another cause check="fickle" cause="refused""#,
            r#" INFO health_runtime: check is ok check="fickle" from="error""#,
        ]
    );
}

#[tokio::test]
async fn the_cause_of_a_check_that_failed_while_it_was_forced_is_logged_when_it_is_released() {
    LazyLock::force(&LOG);
    let health = failing("released", &["", "refused"], 1);
    let _ = health.probe(Probe::Ready).await;
    health.force("released", Outcome::ok(())).unwrap();
    let _ = health.probe(Probe::Ready).await;
    health.release("released").unwrap();
    assert_eq!(
        LOG.lines_of("released", 4)[1..],
        [
            r#" INFO health_runtime: check is ok check="released" from="ok" reason="forced""#,
            r#"DEBUG health_runtime: run failed; the status of the check is kept check="released" cause="refused""#,
            r#"ERROR health_runtime: check failed check="released" from="ok" reason="failed" cause="refused""#,
        ]
    );
}

#[tokio::test]
async fn a_failure_that_a_threshold_holds_back_leaves_a_trace() {
    LazyLock::force(&LOG);
    let health = failing("patient", &["", "refused", "full"], 2);
    for _ in 0..3 {
        let _ = health.probe(Probe::Ready).await;
    }
    assert_eq!(
        LOG.lines_of("patient", 3)[1..],
        [
            r#"DEBUG health_runtime: run failed; the status of the check is kept check="patient" cause="refused""#,
            r#"ERROR health_runtime: check failed check="patient" from="ok" reason="failed" cause="full""#,
        ]
    );
}

#[tokio::test]
async fn a_limit_below_the_timeout_of_a_critical_check_is_warned_of() {
    LazyLock::force(&LOG);
    let limited = |meta: CheckMeta| {
        let builder = Health::builder().version("1.0.0").without_registered().respond_within(Duration::from_secs(1));
        builder.add(Script::new([ok()]).check(meta)).build().unwrap()
    };
    let timeout = Duration::from_secs(2);
    let _health = limited(CheckMeta::new("limited").with_timeout(timeout));
    let lines = LOG.lines_of("limited", 1);
    assert!(lines[0].contains("WARN") && lines[0].contains("respond_within=1s"), "{lines:?}");
    let _health = limited(CheckMeta::new("unlimited").with_timeout(timeout).with_critical(false));
    assert!(!LOG.text().contains("check=\"unlimited\" timeout"));
}
