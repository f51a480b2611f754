//! What a driver wrote stays in the process: in one log line at each change, and nowhere else.

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use health_runtime::{Check, CheckMeta, Expose, Health, Probe, health_check};
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
async fn panicking() {
    panic!("{SECRET}");
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

    fn lines_of(&self, check: &str) -> Vec<String> {
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
        log.lines_of("refused"),
        [format!(
            "ERROR health_runtime::engine::events: check is in error check=\"refused\" reason=\"failed\" \
             text=\"check failed, the cause is in the log\" cause=\"refused: postgres://app:{SECRET}@db\""
        )]
    );
    assert_eq!(log.lines_of("panicking").len(), 1);
    let stray = log
        .text()
        .lines()
        .find(|line| line.contains(SECRET) && !line.starts_with("ERROR health_runtime::"))
        .map(str::to_owned);
    assert_eq!(stray, None);

    healed.store(true, Ordering::SeqCst);
    server.get("/ready").await;
    server.get("/ready").await;
    assert_eq!(
        log.lines_of("refused")[1..],
        ["INFO health_runtime::engine::events: check is ok check=\"refused\" from=\"error\""]
            .map(|line| format!(" {line}"))
    );
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
        (Expose::Never, vec![], false),
        (Expose::Always, vec![], true),
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
    let meta = CheckMeta::new("open").expose_errors();
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
    let [line] = &log.lines_of("endless")[..] else { panic!("one line") };
    assert!(line.len() < 1000, "{line}");
}
