//! Checks that run on a schedule, and not because somebody asks.

use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Health, HealthBuilder, Outcome, Probe, Reason};
use tokio::sync::mpsc;
use tokio::time::{Instant, advance, sleep};

const INTERVAL: Duration = Duration::from_secs(10);

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

fn scheduled() -> CheckMeta {
    CheckMeta::new("check").with_interval(INTERVAL).with_timeout(Duration::from_secs(5))
}

/// A service with a check that tells when it runs.
fn telling(seed: u64) -> (Health, mpsc::UnboundedReceiver<Instant>) {
    let (tell, told) = mpsc::unbounded_channel();
    let check = Check::new(scheduled(), move |_| {
        let tell = tell.clone();
        async move { tell.send(Instant::now()).map_err(|_| "nobody listens") }
    });
    (builder().jitter_seed(seed).add(check).build().unwrap(), told)
}

async fn gaps(told: &mut mpsc::UnboundedReceiver<Instant>, count: usize) -> Vec<Duration> {
    let mut last = told.recv().await.unwrap();
    let mut gaps = Vec::new();
    while gaps.len() < count {
        let next = told.recv().await.unwrap();
        gaps.push(next - last);
        last = next;
    }
    gaps
}

#[tokio::test(start_paused = true)]
async fn the_first_run_is_at_once_and_the_others_come_with_jitter() {
    let start = Instant::now();
    let (_health, mut told) = telling(1);
    assert_eq!(told.recv().await.unwrap(), start);
    let gaps = gaps(&mut told, 50).await;
    assert!(gaps.iter().all(|gap| gap.abs_diff(INTERVAL) <= INTERVAL / 10 + Duration::from_millis(2)), "{gaps:?}");
    assert!(gaps.iter().any(|gap| gap.abs_diff(INTERVAL) > INTERVAL / 50), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_seed_makes_the_jitter_the_same_each_time() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let (_health, mut told) = telling(seed);
        runs.push(gaps(&mut told, 20).await);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test(start_paused = true)]
async fn probes_start_no_runs_of_a_scheduled_check() {
    let script = Script::new([Step::from(Outcome::ok(()))]);
    let health = builder().add(script.check(scheduled())).build().unwrap();
    for _ in 0..50 {
        health.probe(Probe::Ready).await.assert_healthy();
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(script.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_probe_before_the_first_result_joins_the_first_run() {
    let script = Script::new([Step::from(Outcome::ok(())).after(Duration::from_secs(2))]);
    let health = builder().add(script.check(scheduled())).build().unwrap();
    let start = Instant::now();
    health.probe(Probe::Ready).await.assert_healthy();
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_eq!(script.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn missed_ticks_are_delayed_and_never_burst() {
    let script = Script::new([Step::from(Outcome::ok(()))]);
    let health = builder().add(script.check(scheduled())).build().unwrap();
    health.probe(Probe::Ready).await.assert_healthy();
    // The process is stopped for as long as ten intervals take.
    advance(INTERVAL * 10).await;
    sleep(Duration::from_millis(10)).await;
    assert_eq!(script.runs(), 2);
    sleep(INTERVAL * 12 / 10).await;
    assert_eq!(script.runs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_outlives_its_interval_is_alone() {
    let script = Script::<()>::new([Step::hang()]);
    let meta = CheckMeta::new("check").with_interval(Duration::from_secs(1)).with_timeout(Duration::from_secs(20));
    let health = builder().add(script.check(meta)).build().unwrap();
    sleep(Duration::from_secs(15)).await;
    assert_eq!(script.runs(), 1);
    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.check("check").unwrap().reason(), Some(Reason::Timeout));
    sleep(Duration::from_secs(2)).await;
    assert_eq!(script.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn scheduled_and_asked_checks_live_side_by_side() {
    let (asked, planned) = (Script::new([Step::from(Outcome::ok(()))]), Script::new([Step::from(Outcome::ok(()))]));
    let health = builder().add(asked.check(CheckMeta::new("asked"))).add(planned.check(scheduled())).build().unwrap();
    sleep(INTERVAL * 5).await;
    assert_eq!(asked.runs(), 1);
    assert!((5..=6).contains(&planned.runs()), "{}", planned.runs());
    health.probe(Probe::Ready).await.assert_healthy();
    assert_eq!(asked.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_interval_below_a_millisecond_is_one() {
    let script = Script::new([Step::from(Outcome::ok(()))]);
    let meta = CheckMeta::new("check").with_interval(Duration::from_nanos(1));
    let health = builder().add(script.check(meta)).build().unwrap();
    sleep(Duration::from_millis(100)).await;
    health.probe(Probe::Ready).await.assert_healthy();
    assert!((50..=120).contains(&script.runs()), "{}", script.runs());
}
