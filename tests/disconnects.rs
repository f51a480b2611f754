//! Clients that hang up are as if they had never been there. In a program of its own: it looks at the whole log.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{CheckMeta, CheckStatus, Health, Outcome, Probe};
use health_tests::{Server, on_every_runtime};
use tokio::io::AsyncWriteExt as _;
use tracing_subscriber::fmt::MakeWriter;

/// All that is logged.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[test]
fn a_thousand_clients_that_hang_up_at_random_change_nothing() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("SEED={seed}");
    let log = Log::default();
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(log.clone()).init();
    on_every_runtime(|| hang_up(seed, log.clone()));
}

async fn hang_up(seed: u64, log: Log) {
    let mut random = fastrand::Rng::with_seed(seed);
    log.0.lock().unwrap().clear();
    let script = Script::new([Step::from(Outcome::ok(())).after(Duration::from_millis(2))]);
    let health = Health::builder()
        .version("1.0.0")
        .without_registered()
        .default_cache(Duration::ZERO)
        .add(script.check(CheckMeta::new("db")))
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    let server = Server::start(health.router()).await;
    let request = b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n";
    for _ in 0..1000 {
        let mut client = server.connect().await;
        let sent = random.usize(..=request.len());
        client.write_all(&request[..sent]).await.unwrap();
        if random.bool() {
            tokio::time::sleep(Duration::from_micros(random.u64(..3000))).await;
        }
    }
    let report = health.probe(Probe::Ready).await;
    report.assert_healthy();
    assert_eq!(report.check("db").unwrap().consecutive_failures(), 0);
    assert_eq!(transitions.next().await.unwrap().unwrap().to(), CheckStatus::Ok);
    let second = tokio::time::timeout(Duration::from_millis(50), transitions.next()).await;
    assert!(second.is_err(), "{second:?}");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("health_runtime")).collect();
    assert!(
        matches!(lines[..], [check, phase] if check.contains("check is ok") && phase.contains("service is running")),
        "{lines:?}"
    );
}
