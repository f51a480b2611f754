//! What can be changed while a service runs.

use std::sync::Arc;
use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, CheckStatus, Health, HealthBuilder, Outcome, Probe, Problem, Reason};
use health_tests::{Server, on_every_runtime};
use serde_json::json;
use tokio::sync::Barrier;

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

fn check(name: &'static str) -> Check {
    Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new(name))
}

#[tokio::test]
async fn a_status_set_by_hand_stays_until_it_is_released() {
    let health = builder().add(check("db")).build().unwrap();
    let server = Server::start(health.router()).await;
    health.force("db", Outcome::error("closed for maintenance")).unwrap();
    let answer = server.get("/ready").await;
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.shape()["checks"]["db"],
        json!({"status": "error", "reason": "forced", "message": "closed for maintenance", "forced": true,
               "response_time_ms": "<ms>", "observed_at": "<time>"})
    );
    health.force("db", Outcome::ok(())).unwrap();
    assert_eq!(server.get("/ready").await.json()["checks"]["db"]["forced"], true);
    health.release("db").unwrap();
    assert_eq!(server.get("/ready").await.json()["checks"]["db"].get("forced"), None);
    assert!(health.force("redis", Outcome::ok(())).is_err() && health.release("redis").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_check_can_be_run_now_whatever_its_cache() {
    let script = Script::new([Step::from(Outcome::ok(())), Outcome::error("broken").into()]);
    let health = builder().add(script.check(CheckMeta::new("db"))).build().unwrap();
    health.probe(Probe::Ready).await.assert_healthy();
    assert_eq!(health.run("db").await.unwrap().status(), CheckStatus::Error);
    health.probe(Probe::Ready).await.assert_unhealthy();
    assert_eq!(health.run("redis").await.unwrap_err().to_string(), "no check is named `redis`");
}

#[tokio::test(start_paused = true)]
async fn a_check_can_be_registered_and_removed() {
    let health = builder().add(check("db")).build().unwrap();
    health.register(check("cache")).unwrap();
    let names = |report: &health_runtime::Report| report.checks().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&health.probe(Probe::Ready).await), ["cache", "db"]);
    let error = health.register(check("cache")).unwrap_err();
    assert!(matches!(error.problems(), [Problem::DuplicateName { .. }]), "{error}");
    let error = health.register(check("Not A Name")).unwrap_err();
    assert!(matches!(error.problems(), [Problem::InvalidSetting { .. }]), "{error}");
    health.remove("db").unwrap();
    assert!(health.remove("db").is_err());
    assert_eq!(names(&health.probe(Probe::Ready).await), ["cache"]);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_registered_with_a_schedule_keeps_it_until_it_is_removed() {
    let script = Script::new([Step::from(Outcome::ok(()))]);
    let health = builder().build().unwrap();
    health.register(script.check(CheckMeta::new("planned").with_interval(Duration::from_secs(1)))).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let runs = script.runs();
    assert!((9..=12).contains(&runs), "{runs}");
    health.remove("planned").unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(script.runs() <= runs + 1);
}

#[test]
fn registering_forcing_and_removing_is_safe_under_load() {
    on_every_runtime(|| async {
        let health = builder().add(check("db")).default_cache(Duration::ZERO).build().unwrap();
        let start = Arc::new(Barrier::new(8));
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                let (health, start) = (health.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    for _ in 0..200 {
                        match worker % 4 {
                            0 => {
                                let name = format!("check-{worker}");
                                health
                                    .register(
                                        Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new(name.clone())),
                                    )
                                    .unwrap();
                                health.remove(&name).unwrap();
                            }
                            1 => {
                                health.force("db", Outcome::degraded("by hand")).unwrap();
                                health.release("db").unwrap();
                            }
                            2 => assert_eq!(health.run("db").await.unwrap().status(), CheckStatus::Ok),
                            _ => {
                                let report = health.probe(Probe::Ready).await;
                                assert!(report.is_success(), "{report:?}");
                            }
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        let report = health.probe(Probe::Ready).await;
        report.assert_healthy();
        assert_eq!(report.checks().count(), 1);
    });
}

#[tokio::test(start_paused = true)]
async fn a_check_may_probe_and_control_the_health_that_runs_it() {
    let health = builder().add(check("db")).default_cache(Duration::ZERO).build().unwrap();
    let within = health.clone();
    let curious = Check::new(
        CheckMeta::new("curious").with_timeout(Duration::from_secs(1)).with_probes(&[Probe::Live]),
        move |_| {
            let health = within.clone();
            async move {
                health.probe(Probe::Ready).await.assert_healthy();
                health.force("db", Outcome::degraded("seen")).unwrap();
                // It waits for itself here, until its deadline.
                let _ = health.probe(Probe::Live).await;
            }
        },
    );
    health.register(curious).unwrap();
    let report = health.probe(Probe::Live).await;
    assert_eq!(report.check("curious").unwrap().reason(), Some(Reason::Timeout));
    health.probe(Probe::Ready).await.assert_degraded();
}
