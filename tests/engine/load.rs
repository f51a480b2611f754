//! Many clients, many checks, large texts: nothing grows, nothing waits for what it does not need.

use std::sync::Arc;
use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Health, HealthBuilder, Outcome, Probe};
use health_tests::{Server, on_every_runtime};
use tokio::sync::Semaphore;

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

#[test]
fn five_thousand_cold_probes_are_one_run() {
    on_every_runtime(|| async {
        let gate = Arc::new(Semaphore::new(0));
        let runs = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let (entered, counted) = (Arc::clone(&gate), Arc::clone(&runs));
        let check = Check::new(CheckMeta::new("db").with_timeout(Duration::from_secs(60)), move |_| {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let gate = Arc::clone(&entered);
            async move { gate.acquire().await.map(drop) }
        });
        let health = builder().add(check).build().unwrap();
        let probes: Vec<_> = (0..5000)
            .map(|_| {
                let health = health.clone();
                tokio::spawn(async move { health.probe(Probe::Ready).await.is_success() })
            })
            .collect();
        tokio::task::yield_now().await;
        gate.add_permits(1);
        for probe in probes {
            assert!(probe.await.unwrap());
        }
        assert_eq!(runs.load(std::sync::atomic::Ordering::SeqCst), 1);
    });
}

#[tokio::test(start_paused = true)]
async fn twenty_checks_take_the_time_of_one_on_one_thread() {
    let mut builder = builder();
    for number in 0..20 {
        let step = Step::from(Outcome::ok(())).after(Duration::from_millis(200));
        builder = builder.add(Script::new([step]).check(CheckMeta::new(format!("check-{number}"))));
    }
    let health = builder.build().unwrap();
    let start = tokio::time::Instant::now();
    health.probe(Probe::Ready).await.assert_healthy();
    assert_eq!(start.elapsed().as_millis() / 10, 20);
}

#[test]
fn a_thousand_checks_are_answered_correctly() {
    on_every_runtime(|| async {
        let mut builder = builder();
        for number in 0..1000 {
            let step = if number % 10 == 0 { Step::fail("down") } else { Outcome::ok(number).into() };
            builder =
                builder.add(Script::new([step]).check(CheckMeta::new(format!("check-{number}")).with_critical(false)));
        }
        let server = Server::start(builder.build().unwrap().router()).await;
        let answer = server.get("/ready").await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &"degraded".into()));
        let checks = answer.json()["checks"].as_object().unwrap().clone();
        assert_eq!(checks.len(), 1000);
        for number in 0..1000 {
            let check = &checks[&format!("check-{number}")];
            let expected = if number % 10 == 0 { None } else { Some(number) };
            assert_eq!(check["details"].as_i64(), expected, "{check}");
        }
    });
}
