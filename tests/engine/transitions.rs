//! Changes are told once and in order, and what a subscriber missed is told, too.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{
    Check, CheckMeta, CheckStatus, Health, HealthBuilder, Lagged, Outcome, Probe, Reason, Transition, Transitions,
};
use health_tests::{Gate, GateKeeper};
use tokio::runtime::Builder;
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
        all.push(transition.unwrap());
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
    let meta = CheckMeta::new("db").with_failure_threshold(2);
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
    health.force("db", Outcome::ok(())).unwrap();
    health.force("db", Outcome::ok(())).unwrap();
    probes(&health, 3).await;
    health.release("db").unwrap();
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
        health.force("db", Outcome::error("by hand")).unwrap();
        health.release("db").unwrap();
    }
    let Lagged { missed, .. } = transitions.next().await.unwrap().unwrap_err();
    let all = all(&mut transitions).await;
    assert_eq!(missed + u64::try_from(all.len()).unwrap(), 2000);
    assert_eq!(told(all.last().unwrap()), (Some(CheckStatus::Error), CheckStatus::Ok, None));
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_may_register_a_check() {
    let health = builder().add(Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("db"))).build().unwrap();
    let mut transitions = health.subscribe();
    let registered = tokio::spawn({
        let health = health.clone();
        async move {
            let first = transitions.next().await.unwrap().unwrap();
            health.register(Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("after"))).unwrap();
            (first.check().to_owned(), transitions.next().await.unwrap().unwrap().check().to_owned())
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

#[test]
fn what_was_told_last_is_what_is_true_and_what_was_missed_is_told() {
    let steps = (0..5_000).map(|run| if run % 2 == 0 { Step::from(Outcome::ok(())) } else { Step::fail("down") });
    let script = Script::new(steps.chain([Outcome::ok(()).into()]));
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let health = builder().runtime(runtime.handle().clone()).add(script.check(CheckMeta::new("db"))).build().unwrap();
    let (mut quick, mut slow) = (health.subscribe(), health.subscribe());
    let heard_quickly = runtime.spawn(async move {
        let (mut number, mut last) = (0, None);
        while let Some(next) = quick.next().await {
            match next {
                Ok(transition) => (number, last) = (number + 1, Some(told(&transition))),
                Err(Lagged { missed, .. }) => number += missed,
            }
        }
        (number, last)
    });
    thread::scope(|scope| {
        for thread in 0..4 {
            let health = &health;
            scope.spawn(move || {
                for _ in 0..1_500 {
                    health
                        .force("db", if thread % 2 == 0 { Outcome::ok(()) } else { Outcome::error("closed") })
                        .unwrap();
                    health.release("db").unwrap();
                }
            });
        }
        runtime.block_on(async {
            while script.runs() < 5_001 {
                health.run("db").await.unwrap();
            }
        });
    });
    let report = health.look(Probe::Ready);
    let check = report.check("db").unwrap();
    let truth = (check.status(), check.reason());
    drop(health);
    let (number, last) = runtime.block_on(heard_quickly).unwrap();
    let (_, status, reason) = last.unwrap();
    assert_eq!((status, reason), truth);
    // More than a subscriber may be behind.
    assert!(number > 256, "{number}");
    let (slow_number, slow_last) = runtime.block_on(async {
        let Lagged { missed, .. } = slow.next().await.unwrap().unwrap_err();
        let left = all(&mut slow).await;
        (missed + u64::try_from(left.len()).unwrap(), told(left.last().unwrap()))
    });
    assert_eq!((slow_number, Some(slow_last)), (number, last));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_of_a_check_that_was_removed() {
    let slow = Script::new([Step::from(Outcome::ok(())).after(Duration::from_secs(1))]);
    let health = builder().add(slow.check(CheckMeta::new("db"))).build().unwrap();
    let mut transitions = health.subscribe();
    tokio::task::yield_now().await;
    health.remove("db").unwrap();
    sleep(Duration::from_secs(2)).await;
    assert_eq!((slow.runs(), all(&mut transitions).await.len()), (1, 0));
}

#[test]
fn a_schedule_that_does_not_run_is_told_although_its_runtime_is_stuck() {
    let home = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let meta = CheckMeta::new("db").with_interval(Duration::from_millis(400)).with_timeout(Duration::from_millis(100));
    let check = Script::new([Step::from(Outcome::ok(()))]).check(meta);
    let health = builder().runtime(home.handle().clone()).build().unwrap();
    let mut transitions = health.subscribe();
    health.register(check).unwrap();
    let (gate, keeper) = Gate::new();
    let elsewhere = Builder::new_current_thread().enable_all().build().unwrap();
    let mut next = || elsewhere.block_on(transitions.next()).unwrap().unwrap();
    assert_eq!(next().to(), CheckStatus::Ok);
    home.spawn(async move { gate.wait() });
    keeper.arrival();
    let stale = next();
    assert_eq!((stale.to(), stale.reason()), (CheckStatus::Error, Some(Reason::Stale)));
    drop(keeper);
    while next().to() != CheckStatus::Ok {}
}

/// Removes another check when it is dropped.
struct Remover(OnceLock<Health>);

impl Drop for Remover {
    fn drop(&mut self) {
        if let Some(health) = self.0.get() {
            health.remove("other").unwrap();
            panic!("in a destructor");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_destructor_of_a_removed_check_may_use_the_registry_and_panic() {
    let health =
        builder().add(Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("other"))).build().unwrap();
    let remover = Remover(OnceLock::new());
    remover.0.set(health.clone()).unwrap();
    let check = Check::new(CheckMeta::new("db"), move |_| {
        let _ = &remover;
        async {}
    });
    health.register(check).unwrap();
    health.probe(Probe::Ready).await.assert_healthy();
    health.remove("db").unwrap();
    assert_eq!(health.probe(Probe::Ready).await.checks().count(), 0);
}

/// Blocks a thread in this run, until the test lets go.
fn blocking_in(blocked_run: usize, meta: CheckMeta) -> (Check, GateKeeper) {
    let (gate, keeper) = Gate::new();
    let runs = AtomicUsize::new(0);
    let check = Check::new(meta, move |_| {
        let (gate, run) = (gate.clone(), runs.fetch_add(1, Ordering::SeqCst));
        async move {
            if run == blocked_run {
                gate.wait();
            }
        }
    });
    (check, keeper)
}

#[test]
fn a_failure_that_a_threshold_holds_back_on_a_stuck_runtime_is_told_when_the_old_result_is_stale() {
    let home = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let short = Duration::from_millis(50);
    let meta = CheckMeta::new("db").with_interval(short).with_timeout(short).with_failure_threshold(3);
    let (check, keeper) = blocking_in(1, meta);
    let health = builder().runtime(home.handle().clone()).build().unwrap();
    let mut transitions = health.subscribe();
    health.register(check).unwrap();
    let elsewhere = Builder::new_current_thread().enable_all().build().unwrap();
    let mut next = || elsewhere.block_on(transitions.next()).unwrap().unwrap();
    assert_eq!(next().to(), CheckStatus::Ok);
    keeper.arrival();
    let pending = next();
    assert_eq!((pending.to(), pending.reason()), (CheckStatus::Error, Some(Reason::Pending)));
    let report = health.look(Probe::Ready);
    assert_eq!(report.check("db").unwrap().reason(), Some(Reason::Pending));
    drop(keeper);
    while next().to() != CheckStatus::Ok {}
}

#[test]
fn a_timeout_whose_run_ends_on_a_runtime_that_is_gone_is_told_to_be_stale() {
    let home = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let short = Duration::from_millis(50);
    let (check, keeper) = blocking_in(0, CheckMeta::new("db").with_interval(short).with_timeout(short));
    let health = builder().runtime(home.handle().clone()).build().unwrap();
    let mut transitions = health.subscribe();
    health.register(check).unwrap();
    let elsewhere = Builder::new_current_thread().enable_all().build().unwrap();
    let mut next = || elsewhere.block_on(transitions.next()).unwrap().unwrap();
    keeper.arrival();
    assert_eq!(next().reason(), Some(Reason::Timeout));
    home.shutdown_background();
    drop(keeper);
    // The worker may start one more run before it notices that it has to end.
    while next().reason() != Some(Reason::Stale) {}
    assert_eq!(health.look(Probe::Ready).check("db").unwrap().reason(), Some(Reason::Stale));
}
