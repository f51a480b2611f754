//! A probe waits for the slowest check, and for no check longer than its timeout.

use std::time::Duration;

use axum::extract::State;
use health_runtime::{CheckContext, CheckStatus, Health, HealthBuilder, Probe, Reason, health_check};
use health_tests::Gate;
use tokio::time::{Instant, sleep, timeout};

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

#[health_check]
async fn slow() {
    sleep(Duration::from_millis(200)).await;
}

#[health_check]
async fn as_slow() {
    sleep(Duration::from_millis(200)).await;
}

#[health_check(timeout = "250ms")]
async fn endless() {
    std::future::pending::<()>().await;
}

#[health_check]
async fn quick() {}

#[tokio::test(start_paused = true)]
async fn two_sleeping_checks_answer_in_the_time_of_one() {
    let health = builder().check::<slow>().check::<as_slow>().build().unwrap();
    let start = Instant::now();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(start.elapsed().as_millis() / 10, 20);
    assert!(report.is_success());
    assert_eq!(report.checks().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_never_ends_answers_at_its_timeout() {
    let health = builder().check::<endless>().check::<quick>().build().unwrap();
    let start = Instant::now();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(start.elapsed().as_millis() / 10, 25);
    let endless = report.check("endless").unwrap();
    assert_eq!((endless.status(), endless.reason()), (CheckStatus::Error, Some(Reason::Timeout)));
    assert_eq!(endless.message(), Some("no answer within 250ms"));
    assert_eq!(endless.response_time().unwrap().as_millis() / 10, 25);
    assert_eq!(report.check("quick").unwrap().status(), CheckStatus::Ok);
}

#[tokio::test(start_paused = true)]
async fn the_default_timeout_is_five_seconds_and_the_builder_can_change_it() {
    #[health_check]
    async fn hung() {
        std::future::pending::<()>().await;
    }

    for (builder, message) in [
        (builder(), "no answer within 5s"),
        (builder().default_timeout(Duration::from_millis(1500)), "no answer within 1.5s"),
    ] {
        let health = builder.check::<hung>().build().unwrap();
        assert_eq!(health.probe(Probe::Ready).await.check("hung").unwrap().message(), Some(message));
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_beyond_every_clock_is_no_reason_to_panic() {
    let health = builder().default_timeout(Duration::MAX).check::<slow>().build().unwrap();
    assert!(health.probe(Probe::Ready).await.is_success());
}

#[tokio::test(start_paused = true)]
async fn a_check_knows_its_name_and_how_long_it_has() {
    #[health_check(name = "aware", timeout = "3s")]
    async fn check(cx: CheckContext) -> Result<(), String> {
        let before = cx.remaining();
        sleep(Duration::from_secs(1)).await;
        match (cx.name(), before.as_secs_f64().round(), cx.remaining().as_secs_f64().round()) {
            ("aware", 3.0, 2.0) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    let health = builder().check::<check>().build().unwrap();
    assert!(health.probe(Probe::Ready).await.is_success());
}

#[health_check(timeout = "100ms")]
async fn hogs_after_an_await(State(gate): State<Gate>) {
    sleep(Duration::from_millis(5)).await;
    gate.wait();
}

#[health_check(timeout = "100ms")]
async fn hogs_at_once(State(gate): State<Gate>) {
    gate.wait();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_blocks_its_thread_answers_at_its_timeout_and_is_not_started_twice() {
    for builder in [builder().check::<hogs_at_once>(), builder().check::<hogs_after_an_await>()] {
        let (gate, keeper) = Gate::new();
        let health = builder.check::<quick>().state(gate).default_cache(Duration::ZERO).build().unwrap();
        let asked = tokio::spawn({
            let health = health.clone();
            async move {
                let first = health.probe(Probe::Ready).await;
                (first, health.probe(Probe::Ready).await)
            }
        });
        let (first, second) =
            timeout(Duration::from_secs(2), asked).await.expect("answers while the check blocks").unwrap();
        for report in [&first, &second] {
            let hog = report.checks().find(|(name, _)| name.starts_with("hogs")).unwrap().1;
            assert_eq!(hog.reason(), Some(Reason::Timeout));
            assert_eq!(report.check("quick").unwrap().status(), CheckStatus::Ok);
        }
        // A second run would wait for a second release.
        drop(keeper);
    }
}
