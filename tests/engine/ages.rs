//! How old an answer may be: fresh, then expired, then stale.

use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{CheckMeta, CheckStatus, Health, HealthBuilder, Outcome, Probe, Reason, Selection};
use tokio::time::{Instant, sleep};

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

fn ok() -> Step {
    Outcome::ok(()).into()
}

async fn reason(health: &Health) -> Option<Reason> {
    health.answer(Probe::Ready).await.check("check").unwrap().reason()
}

#[tokio::test(start_paused = true)]
async fn a_check_may_have_a_cache_of_its_own() {
    let script = Script::new([ok()]);
    let health =
        builder().add(script.check(CheckMeta::new("check").with_cache(Duration::from_secs(10)))).build().unwrap();
    for (pause, runs) in [(0, 1), (9, 1), (2, 2)] {
        sleep(Duration::from_secs(pause)).await;
        health.probe(Probe::Ready).await.assert_healthy();
        assert_eq!(script.runs(), runs);
    }
}

#[tokio::test(start_paused = true)]
async fn with_little_patience_a_slow_run_is_answered_from_the_last_observation() {
    let script = Script::new([ok(), ok().after(Duration::from_secs(4)), Outcome::error("broken").into()]);
    let health = builder()
        .respond_within(Duration::from_millis(900))
        .add(script.check(CheckMeta::new("check")))
        .build()
        .unwrap();
    health.probe(Probe::Ready).await.assert_healthy();
    sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    health.answer(Probe::Ready).await.assert_healthy();
    assert_eq!(start.elapsed().as_millis() / 10, 90);
    // The run went on; nobody starts another one beside it.
    sleep(Duration::from_millis(3_200)).await;
    assert_eq!(script.runs(), 2);
    sleep(Duration::from_secs(1)).await;
    health.probe(Probe::Ready).await.assert_unhealthy();
}

#[tokio::test(start_paused = true)]
async fn with_little_patience_and_no_observation_a_check_is_pending() {
    for (probe, status) in
        [(Probe::Ready, CheckStatus::Error), (Probe::Startup, CheckStatus::Error), (Probe::Live, CheckStatus::Degraded)]
    {
        let health = builder()
            .respond_within(Duration::from_millis(100))
            .add(
                Script::new([ok().after(Duration::from_secs(1))])
                    .check(CheckMeta::new("check").with_probes(&Probe::ALL)),
            )
            .build()
            .unwrap();
        let report = health.answer(probe).await;
        let check = report.check("check").unwrap();
        assert_eq!((check.status(), check.reason()), (status, Some(Reason::Pending)), "{probe}");
        assert_eq!((check.response_time(), check.observed_at()), (None, None));
        sleep(Duration::from_secs(1)).await;
        health.probe(Probe::Ready).await.assert_healthy();
    }
}

#[tokio::test(start_paused = true)]
async fn an_observation_that_is_too_old_is_not_believed_when_a_run_takes_too_long() {
    let health = builder()
        .respond_within(Duration::from_millis(100))
        .stale_after(Duration::from_secs(30))
        .add(Script::new([ok(), ok().after(Duration::from_secs(1))]).check(CheckMeta::new("check")))
        .build()
        .unwrap();
    assert_eq!(reason(&health).await, None);
    sleep(Duration::from_secs(31)).await;
    assert_eq!(reason(&health).await, Some(Reason::Pending));
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_shows_its_last_observation_until_that_is_stale() {
    let script = Script::new([ok()]);
    let health = builder().add(script.check(CheckMeta::new("check"))).build().unwrap();
    let without = Selection::all().exclude("check");
    health.probe(Probe::Ready).await.assert_healthy();
    for (pause, reason) in [(59, None), (2, Some(Reason::Stale))] {
        sleep(Duration::from_secs(pause)).await;
        let report = health.probe_selected(Probe::Ready, &without).await.unwrap();
        let check = report.check("check").unwrap();
        assert_eq!((check.is_excluded(), check.reason()), (true, reason));
        // It does not count, whatever it says.
        report.assert_healthy();
    }
    assert_eq!(script.runs(), 1);
    let stale = health.probe_selected(Probe::Ready, &without).await.unwrap();
    assert_eq!(stale.check("check").unwrap().message(), Some("the last result is older than 60s"));
}

#[test]
fn a_schedule_that_does_not_run_is_seen_as_stale_and_a_probe_runs_the_check() {
    let home = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let meta = CheckMeta::new("check").with_interval(Duration::from_secs(10)).with_timeout(Duration::from_secs(5));
    let script = Script::new([ok()]);
    home.block_on(async {
        // Without a home there is no schedule.
        let health = std::thread::spawn({
            let check = script.check(meta);
            move || builder().add(check).build().unwrap()
        });
        let health = health.join().unwrap();
        health.probe(Probe::Ready).await.assert_healthy();
        sleep(Duration::from_secs(25)).await;
        health.look(Probe::Ready).assert_healthy();
        sleep(Duration::from_secs(1)).await;
        let report = health.look(Probe::Ready);
        let check = report.check("check").unwrap();
        assert_eq!((check.status(), check.reason()), (CheckStatus::Error, Some(Reason::Stale)));
        assert_eq!(check.message(), Some("the last result is older than 25s"));
        health.answer(Probe::Ready).await.assert_healthy();
        assert_eq!(script.runs(), 2);
    });
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_is_longer_than_stale_after_is_fresh_for_as_long_as_it_says() {
    let script = Script::new([ok()]);
    let health =
        builder().add(script.check(CheckMeta::new("check").with_cache(Duration::from_secs(300)))).build().unwrap();
    for (pause, runs) in [(0, 1), (61, 1), (230, 1), (10, 2), (299, 2)] {
        sleep(Duration::from_secs(pause)).await;
        assert_eq!(reason(&health).await, None);
        health.look(Probe::Ready).assert_healthy();
        assert_eq!(script.runs(), runs);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_longer_than_its_interval_is_not_stale_but_what_it_is() {
    let script = Script::new([ok(), Step::hang()]);
    let meta = CheckMeta::new("check").with_interval(Duration::from_secs(10)).with_timeout(Duration::from_secs(5));
    let health = builder().add(script.check(meta)).build().unwrap();
    assert_eq!(reason(&health).await, None);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(reason(&health).await, Some(Reason::Timeout));
}
