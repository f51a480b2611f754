//! When a service is past its start.

use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{CheckMeta, Health, HealthBuilder, Outcome, Phase, Probe};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

fn ok() -> Step {
    Outcome::ok(()).into()
}

fn warm_up() -> CheckMeta {
    CheckMeta::new("warm-up").with_probes(&[Probe::Startup])
}

fn error() -> Step {
    Outcome::error("cold").into()
}

/// Lets everything that can go on without time passing do so.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_check_that_is_not_critical_holds_nothing_up() {
    let failing = Script::new([error()]).check(warm_up().with_critical(false));
    let health = builder().add(failing).add(Script::new([ok()]).check(CheckMeta::new("db"))).build().unwrap();
    health.probe(Probe::Startup).await.assert_degraded();
    health.probe(Probe::Ready).await.assert_healthy();
}

#[tokio::test(start_paused = true)]
async fn a_hung_check_of_readiness_that_is_not_critical_holds_nothing_up() {
    let hung = Script::<()>::new([Step::hang()]).check(CheckMeta::new("hung").with_critical(false));
    let health = builder().add(hung).add(Script::new([ok()]).check(CheckMeta::new("db"))).build().unwrap();
    settle().await;
    assert_eq!(health.phase(), Phase::Running);
}

#[tokio::test(start_paused = true)]
async fn the_phase_moves_although_no_probe_comes() {
    let slow = Script::new([ok().after(Duration::from_secs(3))]).check(warm_up());
    let health = builder().add(slow).build().unwrap();
    settle().await;
    assert_eq!(health.phase(), Phase::Starting);
    sleep(Duration::from_millis(3_001)).await;
    assert_eq!(health.phase(), Phase::Running);
}

#[tokio::test(start_paused = true)]
async fn a_service_without_checks_runs_from_the_start() {
    assert_eq!(builder().build().unwrap().phase(), Phase::Running);
}

#[tokio::test(start_paused = true)]
async fn a_startup_check_that_is_forced_to_pass_ends_the_start() {
    let failing = Script::new([error()]).check(warm_up());
    let health = builder().add(failing).build().unwrap();
    health.probe(Probe::Ready).await.assert_unhealthy();
    health.force("warm-up", Outcome::error("still cold")).unwrap();
    assert_eq!(health.phase(), Phase::Starting);
    health.force("warm-up", Outcome::ok(())).unwrap();
    assert_eq!(health.phase(), Phase::Running);
    health.probe(Probe::Ready).await.assert_healthy();
    // It has started; what the check says later is its own.
    health.release("warm-up").unwrap();
    health.probe(Probe::Ready).await.assert_healthy();
    health.probe(Probe::Startup).await.assert_unhealthy();
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_removed_holds_the_start_up_no_more() {
    let health = builder().add(Script::<()>::new([Step::hang()]).check(warm_up())).build().unwrap();
    settle().await;
    assert_eq!(health.phase(), Phase::Starting);
    health.remove("warm-up").unwrap();
    assert_eq!(health.phase(), Phase::Running);
}

#[tokio::test(start_paused = true)]
async fn readiness_alone_runs_a_failed_startup_check_again() {
    let script = Script::new([error(), ok()]);
    let health = builder().add(script.check(warm_up())).build().unwrap();
    health.answer(Probe::Ready).await.assert_unhealthy();
    sleep(Duration::from_secs(2)).await;
    let start = Instant::now();
    // It starts the run, and does not wait for a check that is not in its report.
    health.answer(Probe::Ready).await.assert_unhealthy();
    settle().await;
    health.answer(Probe::Ready).await.assert_healthy();
    assert_eq!((start.elapsed(), script.runs()), (Duration::ZERO, 2));
}
