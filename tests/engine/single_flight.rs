//! One run of a check at a time, shared by all who ask, whoever of them stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use health_runtime::{CheckStatus, Health, HealthBuilder, Probe, health_check};
use health_tests::{Server, on_every_runtime};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Notify;
use tokio::time::{advance, sleep};

/// Counts the runs, and lets each go on when it is told to.
#[derive(Debug, Default)]
struct GatedRuns {
    started: AtomicUsize,
    finished: AtomicUsize,
    open: Notify,
}

#[health_check(timeout = "60s")]
async fn gated(State(gate): State<Arc<GatedRuns>>) {
    gate.started.fetch_add(1, Ordering::SeqCst);
    gate.open.notified().await;
    gate.finished.fetch_add(1, Ordering::SeqCst);
}

#[health_check]
async fn free(State(runs): State<Arc<AtomicUsize>>) {
    runs.fetch_add(1, Ordering::SeqCst);
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

#[test]
fn a_thousand_concurrent_probes_run_a_check_once() {
    on_every_runtime(|| async {
        let gate = Arc::new(GatedRuns::default());
        let health = builder().check::<gated>().state(Arc::clone(&gate)).build().unwrap();
        let probes: Vec<_> = (0..1000)
            .map(|_| {
                let health = health.clone();
                tokio::spawn(async move { health.probe(Probe::Ready).await })
            })
            .collect();
        gate.open.notify_one();
        for probe in probes {
            assert!(probe.await.unwrap().is_success());
        }
        assert_eq!(gate.started.load(Ordering::SeqCst), 1);
    });
}

#[tokio::test(start_paused = true)]
async fn an_observation_answers_for_a_second_and_then_a_run_does() {
    let runs = Arc::new(AtomicUsize::new(0));
    let health = builder().check::<free>().state(Arc::clone(&runs)).build().unwrap();
    for (pause, expected) in [(0, 1), (0, 1), (990, 1), (20, 2), (0, 2)] {
        advance(Duration::from_millis(pause)).await;
        let _ = health.probe(Probe::Ready).await;
        assert_eq!(runs.load(Ordering::SeqCst), expected, "after another {pause} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_cache_every_probe_is_a_run() {
    let runs = Arc::new(AtomicUsize::new(0));
    let health = builder().check::<free>().state(Arc::clone(&runs)).default_cache(Duration::ZERO).build().unwrap();
    for _ in 0..3 {
        let _ = health.probe(Probe::Ready).await;
    }
    // The first of them joined the round that `build()` started.
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[test]
fn a_probe_does_not_join_a_run_that_is_over() {
    on_every_runtime(|| async {
        let runs = Arc::new(AtomicUsize::new(0));
        let health = builder().check::<free>().state(Arc::clone(&runs)).default_cache(Duration::ZERO).build().unwrap();
        let _ = health.probe(Probe::Ready).await;
        let before = runs.load(Ordering::SeqCst);
        for _ in 0..10_000 {
            let _ = health.probe(Probe::Ready).await;
        }
        assert_eq!(runs.load(Ordering::SeqCst) - before, 10_000);
    });
}

#[tokio::test(start_paused = true)]
async fn the_first_round_does_not_wait_for_somebody_to_ask() {
    let runs = Arc::new(AtomicUsize::new(0));
    let _health = builder().check::<free>().state(Arc::clone(&runs)).build().unwrap();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[test]
fn built_outside_a_runtime_the_first_probe_starts_the_first_round() {
    let runs = Arc::new(AtomicUsize::new(0));
    let health = builder().check::<free>().state(Arc::clone(&runs)).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(runtime.block_on(health.probe(Probe::Ready)).is_success());
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[test]
fn probes_may_be_asked_from_any_runtime_and_runs_stay_on_their_own() {
    let home = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let elsewhere = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let builder = builder().default_cache(Duration::ZERO).check::<free>().state(runs);
    let health = home.block_on(async { builder.build().unwrap() });
    assert!(elsewhere.block_on(health.probe(Probe::Ready)).is_success());
    drop(home);
    assert!(elsewhere.block_on(health.probe(Probe::Ready)).is_success());
}

#[tokio::test(start_paused = true)]
async fn a_probe_for_one_check_does_not_wait_for_another_ones_run() {
    let runs = Arc::new(AtomicUsize::new(0));
    let health = builder()
        .check::<gated>()
        .check::<free>()
        .state(Arc::new(GatedRuns::default()))
        .state(Arc::clone(&runs))
        .build()
        .unwrap();
    let start = tokio::time::Instant::now();
    let report = health.probe_check(Probe::Ready, "free").await.unwrap();
    assert_eq!(report.check("free").unwrap().status(), CheckStatus::Ok);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn a_client_that_hangs_up_changes_nothing() {
    let gate = Arc::new(GatedRuns::default());
    let health = builder().check::<gated>().state(Arc::clone(&gate)).build().unwrap();
    let server = Server::start(health.router()).await;
    for _ in 0..20 {
        let mut client = server.connect().await;
        client.write_all(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        drop(client);
    }
    let last = tokio::spawn(async move { server.get("/ready").await });
    gate.open.notify_one();
    assert_eq!(last.await.unwrap().status, 200);
    assert_eq!((gate.started.load(Ordering::SeqCst), gate.finished.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn the_run_of_a_client_that_hung_up_is_recorded() {
    let gate = Arc::new(GatedRuns::default());
    let health = builder().check::<gated>().state(Arc::clone(&gate)).build().unwrap();
    let asked = tokio::spawn({
        let health = health.clone();
        async move { health.probe(Probe::Ready).await }
    });
    tokio::task::yield_now().await;
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled());
    gate.open.notify_one();
    assert!(health.probe(Probe::Ready).await.is_success());
    assert_eq!(gate.started.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_ends_the_runs_in_flight() {
    struct Witness(Arc<Notify>);
    impl Drop for Witness {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }

    #[health_check(timeout = "60s")]
    async fn held(State(ended): State<Arc<Notify>>) {
        let _witness = Witness(ended);
        std::future::pending::<()>().await;
    }

    let ended = Arc::new(Notify::new());
    let health = builder().check::<held>().state(Arc::clone(&ended)).build().unwrap();
    tokio::task::yield_now().await;
    drop(health);
    let start = tokio::time::Instant::now();
    ended.notified().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}
