//! What a signal to the process does to its probes. One test at a time: a signal reaches every service of the process.

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use health_runtime::testing::{Script, Step};
use health_runtime::{CheckMeta, Health, HealthBuilder, Outcome, Phase, Probe, Reason, health_check};
use health_tests::{Client, Gate, Server};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn terminate() {
    assert!(Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status().unwrap().success());
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

/// Passes once, and hangs from then on.
fn failing(name: &'static str) -> health_runtime::Check {
    Script::new([Step::from(Outcome::ok(())), Step::hang()]).check(CheckMeta::new(name))
}

#[test]
fn a_draining_service_answers_readiness_from_what_is_known() {
    let _alone = alone();
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let hung = Script::<()>::new([Step::hang()]).check(CheckMeta::new("b").with_critical(false));
        let health = builder().add(failing("a")).add(hung).build().unwrap();
        sleep(Duration::from_secs(2)).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let serving = tokio::spawn({
            let health = health.clone();
            async move { health.serve(listener, Router::new()).await }
        });
        // This one is waiting when the signal comes.
        let waiting = tokio::spawn({
            let health = health.clone();
            async move {
                let start = Instant::now();
                (health.answer(Probe::Ready).await, start.elapsed())
            }
        });
        tokio::task::yield_now().await;
        terminate();
        // Without time passing.
        while health.phase() != Phase::Draining {
            tokio::task::yield_now().await;
        }
        let (report, waited) = waiting.await.unwrap();
        report.assert_unhealthy();
        assert!(report.check("a").unwrap().running_since().is_some());
        assert_eq!(waited.as_millis(), 0);

        sleep(Duration::from_secs(6)).await;
        let server = Server::start(health.router()).await;
        for path in ["/ready", "/ready/a", "/ready?exclude=b"] {
            let start = Instant::now();
            let answer = server.get(path).await;
            assert_eq!((answer.status, &answer.json()["phase"]), (503, &"draining".into()), "{path}");
            assert_eq!(answer.json()["checks"]["a"]["reason"], Reason::Timeout.as_str(), "{path}");
            assert_eq!(start.elapsed().as_secs(), 0, "{path}");
        }
        // Liveness runs its checks as ever.
        assert_eq!(server.get("/health").await.status, 200);
        serving.abort();
    });
}

#[health_check(blocking, timeout = "1h")]
fn stuck(State(gate): State<Gate>) {
    gate.wait();
}

#[test]
fn a_service_stops_serving_although_a_blocking_check_hangs() {
    let _alone = alone();
    let (gate, keeper) = Gate::new();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let builder = builder().check::<stuck>().state(gate).drain_period(Duration::ZERO).grace_period(Duration::ZERO);
        let health = builder.build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::new(listener.local_addr().unwrap());
        let served = tokio::spawn({
            let health = health.clone();
            async move { health.serve(listener, health.router()).await }
        });
        keeper.arrival();
        let mut waiting = client.connect().await;
        waiting.write_all(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        // It listens to signals by the time that it answers.
        assert_eq!(client.get("/health").await.status, 200);
        terminate();
        served.await.unwrap().unwrap();
    });
    runtime.shutdown_background();
    drop(keeper);
}
