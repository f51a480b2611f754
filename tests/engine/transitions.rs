//! Changes are told once, to whoever wants to know.

use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{CheckMeta, CheckStatus, Health, HealthBuilder, Outcome, Probe, Reason, Transition, Transitions};
use tokio::time::sleep;

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO)
}

async fn probes(health: &Health, count: usize) {
    for _ in 0..count {
        let _ = health.probe(Probe::Ready).await;
    }
}

fn told(transition: &Transition) -> (Option<CheckStatus>, CheckStatus, Option<Reason>) {
    (transition.from(), transition.to(), transition.reason())
}

/// What has been told by now.
async fn all(transitions: &mut Transitions) -> Vec<Transition> {
    let mut all = Vec::new();
    while let Ok(Some(transition)) = tokio::time::timeout(Duration::ZERO, transitions.next()).await {
        all.push(transition);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn every_effective_change_is_told_once() {
    let steps = [
        Step::from(Outcome::ok(())),
        Outcome::ok(()).into(),
        Step::fail("down").after(Duration::from_secs(1)),
        Step::fail("down"),
        Step::panic("worse"),
        Outcome::ok(()).into(),
    ];
    let health = builder().add(Script::new(steps).check(CheckMeta::new("db"))).build().unwrap();
    let mut transitions = health.subscribe();
    probes(&health, 2).await;
    sleep(Duration::from_secs(7)).await;
    probes(&health, 10).await;
    let told: Vec<_> = all(&mut transitions).await.iter().map(told).collect();
    use CheckStatus::{Error, Ok};
    assert_eq!(
        told,
        [
            (None, Ok, None),
            (Some(Ok), Error, Some(Reason::Failed)),
            (Some(Error), Error, Some(Reason::Panicked)),
            (Some(Error), Ok, None),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_change_tells_how_long_the_old_state_lasted_and_how_long_the_run_took() {
    let steps = [Step::from(Outcome::ok(())), Outcome::ok(()).into(), Step::fail("down").after(Duration::from_secs(1))];
    let health = builder().add(Script::new(steps).check(CheckMeta::new("db"))).build().unwrap();
    let mut transitions = health.subscribe();
    probes(&health, 2).await;
    sleep(Duration::from_secs(7)).await;
    probes(&health, 1).await;
    let all = all(&mut transitions).await;
    let times: Vec<_> =
        all.iter().map(|told| (told.age().map(|age| age.as_secs()), told.response_time().unwrap().as_secs())).collect();
    assert_eq!(times, [(None, 0), (Some(8), 1)]);
    assert!(all.iter().all(|told| told.check() == "db"));
}

#[tokio::test(start_paused = true)]
async fn a_flip_that_is_held_back_is_no_change() {
    let steps = [Step::from(Outcome::ok(())), Step::fail("down"), Outcome::ok(()).into()];
    let meta = CheckMeta::new("db").failure_threshold(2);
    let health = builder().add(Script::new(steps).check(meta)).build().unwrap();
    let mut transitions = health.subscribe();
    probes(&health, 10).await;
    assert_eq!(all(&mut transitions).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_status_set_by_hand_is_a_change_and_hides_those_behind_it() {
    let steps = [Step::from(Outcome::ok(())), Step::fail("down")];
    let health = builder().add(Script::new(steps).check(CheckMeta::new("db"))).build().unwrap();
    let mut transitions = health.subscribe();
    probes(&health, 1).await;
    health.force("db", Outcome::ok(()));
    health.force("db", Outcome::ok(()));
    probes(&health, 3).await;
    health.release("db");
    let told: Vec<_> = all(&mut transitions).await.iter().map(told).collect();
    use CheckStatus::{Error, Ok};
    assert_eq!(told, [(None, Ok, None), (Some(Ok), Ok, Some(Reason::Forced)), (Some(Ok), Error, Some(Reason::Failed))]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_loses_the_oldest_and_blocks_nobody() {
    let health = builder().add(Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("db"))).build().unwrap();
    probes(&health, 1).await;
    let mut transitions = health.subscribe();
    for _ in 0..1000 {
        health.force("db", Outcome::error("by hand"));
        health.release("db");
    }
    let all = all(&mut transitions).await;
    assert!((1..1000).contains(&all.len()), "{}", all.len());
    assert_eq!(told(all.last().unwrap()), (Some(CheckStatus::Error), CheckStatus::Ok, None));
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_may_register_a_check() {
    let health = builder().add(Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("db"))).build().unwrap();
    let mut transitions = health.subscribe();
    let registered = tokio::spawn({
        let health = health.clone();
        async move {
            let first = transitions.next().await.unwrap();
            health.register(Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("after"))).unwrap();
            (first.check().to_owned(), transitions.next().await.unwrap().check().to_owned())
        }
    });
    probes(&health, 1).await;
    assert_eq!(registered.await.unwrap(), ("db".to_owned(), "after".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_ends_the_changes() {
    let health = builder().build().unwrap();
    let mut transitions = health.subscribe();
    drop(health);
    assert!(transitions.next().await.is_none());
}
