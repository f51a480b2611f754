//! For how long an answer waits, and what it says of a run that has not finished: the table of the waiting rule.

use std::time::Duration;

use axum::extract::State;
use health_runtime::testing::{Script, Step};
use health_runtime::{
    Check, CheckMeta, Depends, Health, HealthBuilder, Outcome, Phase, Probe, Report, Selection, health_check,
};
use health_tests::{Gate, Server};
use tokio::time::{Instant, sleep};

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

fn ok() -> Step {
    Outcome::ok(()).into()
}

fn error() -> Step {
    Outcome::error("down").into()
}

fn after(seconds: f64, step: Step) -> Step {
    step.after(Duration::from_secs_f64(seconds))
}

fn critical(name: &'static str, steps: impl IntoIterator<Item = Step>) -> Check {
    Script::new(steps).check(CheckMeta::new(name))
}

fn other(name: &'static str, steps: impl IntoIterator<Item = Step>) -> Check {
    Script::new(steps).check(CheckMeta::new(name).with_critical(false))
}

/// A service whose first round is over by this time.
async fn service(builder: HealthBuilder, seconds: f64) -> Health {
    let health = builder.build().unwrap();
    sleep(Duration::from_secs_f64(seconds)).await;
    health
}

/// Code, status, each check, and how long it took.
fn told(report: &Report, start: Instant) -> String {
    let mut text = format!("{} {}", if report.is_success() { 200 } else { 503 }, report.status());
    for (name, check) in report.checks() {
        text.extend([", ", name, " ", check.status().as_str()]);
        if let Some(reason) = check.reason() {
            text.extend([" ", reason.as_str()]);
        }
        for (word, holds) in [
            ("running", check.running_since().is_some()),
            ("excluded", check.is_excluded()),
            ("counting", check.consecutive_failures() > 0 && check.reason().is_none()),
        ] {
            if holds {
                text += " ";
                text += word;
            }
        }
    }
    format!("{text}, {:.1} s", start.elapsed().as_secs_f64())
}

async fn answer(health: &Health) -> String {
    let start = Instant::now();
    let report = health.answer(Probe::Ready).await;
    told(&report, start)
}

#[tokio::test(start_paused = true)]
async fn a_fresh_observation_is_answered_at_once() {
    let health = service(builder().add(critical("a", [ok(), Step::hang()])), 0.5).await;
    assert_eq!(answer(&health).await, "200 healthy, a ok, 0.0 s");
}

#[tokio::test(start_paused = true)]
async fn a_critical_check_is_waited_for_until_its_timeout() {
    for (second, expected) in [
        (after(2.0, ok()), "200 healthy, a ok, 2.0 s"),
        (after(2.0, error()), "503 unhealthy, a error failed, 2.0 s"),
        (Step::hang(), "503 unhealthy, a error timeout, 5.0 s"),
    ] {
        let health = service(builder().add(critical("a", [ok(), second])), 2.0).await;
        assert_eq!(answer(&health).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_not_critical_is_waited_for_with_patience() {
    let hung = || critical("a", [ok()]);
    for (steps, expected) in [
        (vec![ok(), after(0.3, ok())], "200 healthy, a ok, b ok, 0.3 s"),
        (vec![ok(), Step::hang()], "200 healthy, a ok, b ok running, 0.5 s"),
        (vec![error(), Step::hang()], "200 degraded, a ok, b error failed running, 0.5 s"),
        (vec![Step::hang()], "200 degraded, a ok, b error pending running, 0.5 s"),
    ] {
        let health = service(builder().add(hung()).add(other("b", steps)), 2.0).await;
        assert_eq!(answer(&health).await, expected);
    }
    let patient = builder().patience(Duration::from_secs(3)).add(other("b", [ok(), after(2.0, error())]));
    assert_eq!(answer(&service(patient, 2.0).await).await, "200 degraded, b error failed, 2.0 s");
    let impatient = builder().patience(Duration::ZERO).add(other("b", [ok(), after(2.0, error())]));
    assert_eq!(answer(&service(impatient, 2.0).await).await, "200 healthy, b ok running, 0.0 s");
}

#[tokio::test(start_paused = true)]
async fn nothing_that_comes_after_a_critical_error_can_change_the_code() {
    // The error is fresh.
    let health =
        service(builder().add(critical("a", [after(1.5, error())])).add(critical("b", [ok(), Step::hang()])), 2.0)
            .await;
    assert_eq!(answer(&health).await, "503 unhealthy, a error failed, b ok running, 0.5 s");
    // The run ends during the probe, on either side of the one that hangs.
    for names in ["a", "c"] {
        for (seconds, expected) in [(0.1, "0.5 s"), (2.0, "2.0 s")] {
            let builder = builder().add(critical(names, [ok(), after(seconds, error())]));
            let health = service(builder.add(critical("b", [ok(), Step::hang()])), 2.0).await;
            let told = answer(&health).await;
            assert!(told.contains("b ok running") && told.ends_with(expected), "{told}");
        }
    }
    // An expired error is no answer.
    let health =
        service(builder().add(critical("a", [error(), after(3.0, ok())])).add(critical("b", [ok()])), 2.0).await;
    assert_eq!(answer(&health).await, "200 healthy, a ok, b ok, 3.0 s");
    // Nor is one that does not count.
    let health = service(builder().add(other("a", [error()])).add(critical("b", [ok(), after(1.0, ok())])), 2.0).await;
    assert_eq!(answer(&health).await, "200 degraded, a error failed, b ok, 1.0 s");
}

#[tokio::test(start_paused = true)]
async fn a_forced_check_cannot_change_the_code() {
    let health = service(builder().add(critical("a", [ok(), Step::hang()])), 2.0).await;
    health.force("a", Outcome::ok(())).unwrap();
    assert_eq!(answer(&health).await, "200 healthy, a ok forced running, 0.5 s");
    let health = service(builder().add(critical("a", [ok()])).add(critical("b", [ok(), Step::hang()])), 2.0).await;
    health.force("a", Outcome::error("closed")).unwrap();
    assert_eq!(answer(&health).await, "503 unhealthy, a error forced, b ok running, 0.5 s");
    // Forced while a probe waits.
    let health = service(builder().add(critical("a", [ok()])).add(critical("b", [ok(), Step::hang()])), 2.0).await;
    let waiting = tokio::spawn({
        let health = health.clone();
        async move { answer(&health).await }
    });
    sleep(Duration::from_secs(1)).await;
    health.force("a", Outcome::error("closed")).unwrap();
    assert_eq!(waiting.await.unwrap(), "503 unhealthy, a error forced, b ok running, 1.0 s");
}

#[tokio::test(start_paused = true)]
async fn while_the_service_starts_only_what_can_end_that_is_waited_for() {
    // It has never been observed: its run can.
    let health = builder().add(critical("a", [after(2.0, ok())])).build().unwrap();
    assert_eq!(answer(&health).await, "200 healthy, a ok, 2.0 s");
    let health = builder().add(critical("a", [Step::hang()])).build().unwrap();
    assert_eq!(answer(&health).await, "503 unhealthy, a error timeout, 5.0 s");
    // A startup check that is not part of the report fails for ever.
    let warm_up = || Script::new([error()]).check(CheckMeta::new("warm-up").with_probes(&[Probe::Startup]));
    let health = service(builder().add(warm_up()).add(critical("a", [ok(), Step::hang()])), 2.0).await;
    assert_eq!(answer(&health).await, "503 unhealthy, a ok running, 0.5 s");
    // The start ends while the probe waits for a check: what can change the code from then on is waited for.
    let late = Script::new([error(), after(1.0, ok())])
        .check(CheckMeta::new("b").with_probes(&[Probe::Startup, Probe::Ready]));
    let health = service(builder().add(critical("a", [ok(), after(3.0, error())])).add(late), 2.0).await;
    assert_eq!(answer(&health).await, "503 unhealthy, a error failed, b ok, 3.0 s");
}

#[tokio::test(start_paused = true)]
async fn a_flip_that_a_threshold_holds_back_is_an_answer() {
    let meta = CheckMeta::new("a").with_failure_threshold(2);
    let health = service(builder().add(Script::new([ok(), after(0.1, error())]).check(meta)), 2.0).await;
    assert_eq!(answer(&health).await, "200 healthy, a ok counting, 0.1 s");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(answer(&health).await, "503 unhealthy, a error failed, 0.1 s");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_asked_for_alone_is_critical() {
    let health = service(builder().add(other("b", [ok(), Step::hang()])), 2.0).await;
    let server = Server::start(health.router()).await;
    let start = Instant::now();
    assert_eq!(server.get("/ready/b").await.status, 503);
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn what_is_excluded_is_not_waited_for() {
    let health = service(builder().add(critical("a", [ok(), Step::hang()])).add(critical("b", [ok()])), 2.0).await;
    let start = Instant::now();
    let report = health.probe_selected(Probe::Ready, &Selection::all().exclude("a")).await.unwrap();
    assert_eq!(told(&report, start), "200 healthy, a ok excluded, b ok, 0.0 s");
    // It is not run, so its result grows old.
    sleep(Duration::from_secs(60)).await;
    let report = health.probe_selected(Probe::Ready, &Selection::all().exclude("a")).await.unwrap();
    assert_eq!(told(&report, Instant::now()), "200 healthy, a error stale excluded, b ok, 0.0 s");
}

/// An answer that is under way.
fn asking(health: &Health) -> tokio::task::JoinHandle<String> {
    let health = health.clone();
    tokio::spawn(async move { answer(&health).await })
}

#[tokio::test(start_paused = true)]
async fn what_changes_while_a_probe_waits_is_in_its_answer() {
    // A check that was fresh is run on its schedule, and fails: nothing can change the code any more.
    let meta = || CheckMeta::new("a").with_interval(Duration::from_secs(10)).with_timeout(Duration::from_secs(2));
    let slow =
        || Script::new([ok(), after(18.0, ok())]).check(CheckMeta::new("b").with_timeout(Duration::from_secs(20)));
    let service_of = |steps: [Step; 2]| builder().jitter_seed(1).add(Script::new(steps).check(meta())).add(slow());
    let health = service(service_of([ok(), error()]), 5.0).await;
    let told = answer(&health).await;
    assert!(told.starts_with("503 unhealthy, a error failed, b ok running, "), "{told}");
    // It is well again before the answer is given.
    let health = service(service_of([error(), ok()]), 5.0).await;
    let start = Instant::now();
    assert_eq!(self::told(&health.probe(Probe::Ready).await, start), "200 healthy, a ok, b ok, 18.0 s");
    // So it is for an answer that waits no longer than it has to.
    let meta = CheckMeta::new("a").with_cache(Duration::from_secs(60));
    let failing = Script::new([error(), ok()]).check(meta);
    let health = service(builder().add(failing).add(critical("b", [ok(), after(3.0, ok())])), 2.0).await;
    let answer = asking(&health);
    sleep(Duration::from_millis(100)).await;
    let _ = health.run("a").await;
    assert_eq!(answer.await.unwrap(), "200 healthy, a ok, b ok, 3.0 s");
    // A check is removed: its run is not waited for, and it is not reported.
    let health = service(builder().add(critical("a", [ok()])).add(critical("b", [ok(), Step::hang()])), 2.0).await;
    let answer = asking(&health);
    sleep(Duration::from_secs(1)).await;
    health.remove("b").unwrap();
    assert_eq!(answer.await.unwrap(), "200 healthy, a ok, 1.0 s");
    // One is registered in its place.
    let health = service(builder().add(critical("a", [ok()])).add(critical("b", [ok(), after(3.0, ok())])), 2.0).await;
    let answer = asking(&health);
    sleep(Duration::from_secs(1)).await;
    health.remove("a").unwrap();
    health.register(critical("a", [error()])).unwrap();
    assert_eq!(answer.await.unwrap(), "503 unhealthy, a error failed, b ok, 3.0 s");
}

#[tokio::test(start_paused = true)]
async fn a_status_that_is_released_while_a_probe_waits_opens_the_question_again() {
    let hung = || critical("b", [ok(), after(3.0, error())]);
    let health = service(builder().add(critical("a", [ok()])).add(hung()), 2.0).await;
    health.force("a", Outcome::error("closed")).unwrap();
    let answer = asking(&health);
    sleep(Duration::from_millis(100)).await;
    health.release("a").unwrap();
    assert_eq!(answer.await.unwrap(), "503 unhealthy, a ok, b error failed, 3.0 s");
    // The one that was forced is waited for, too.
    let health = service(builder().add(critical("a", [ok(), after(1.0, ok())])).add(hung()), 2.0).await;
    health.force("b", Outcome::ok(())).unwrap();
    let answer = asking(&health);
    sleep(Duration::from_millis(500)).await;
    health.release("b").unwrap();
    assert_eq!(answer.await.unwrap(), "503 unhealthy, a ok, b error failed, 3.0 s");
}

#[health_check(critical = false)]
async fn base(State(script): State<Script>) {
    sleep(Duration::from_secs(u64::try_from(script.runs()).unwrap_or_default())).await;
}

#[health_check]
async fn dependent(_base: Depends<base>) {}

#[tokio::test(start_paused = true)]
async fn a_dependency_is_waited_for_as_long_as_what_depends_on_it() {
    let slow = || Script::new([after(0.0, ok()), after(3.0, ok())]);
    let health = builder().script::<base>(&slow()).check::<dependent>().build().unwrap();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(answer(&health).await, "200 healthy, base ok, dependent ok, 3.0 s");
    // Left out, it is run all the same, since the other one needs it, and shows what was found.
    let failing = Script::new([ok(), after(3.0, error())]);
    let health = builder().script::<base>(&failing).check::<dependent>().build().unwrap();
    sleep(Duration::from_secs(2)).await;
    let start = Instant::now();
    let report = health.probe_selected(Probe::Ready, &Selection::all().exclude("base")).await.unwrap();
    assert_eq!(told(&report, start), "200 healthy, base error failed excluded, dependent ok, 3.0 s");
}

#[tokio::test(start_paused = true)]
async fn a_limit_ends_the_waiting_for_critical_checks_as_well() {
    let limited = || builder().respond_within(Duration::from_secs(1)).stale_after(Duration::from_secs(30));
    let health = service(limited().add(critical("a", [ok(), after(4.0, error())])), 2.0).await;
    assert_eq!(answer(&health).await, "200 healthy, a ok running, 1.0 s");
    sleep(Duration::from_millis(3_100)).await;
    assert_eq!(answer(&health).await, "503 unhealthy, a error failed, 0.0 s");
    // What is stale is not believed, unless it cannot change the code.
    let health =
        service(limited().add(critical("a", [ok(), Step::hang()])).add(other("b", [ok(), Step::hang()])), 31.0).await;
    assert_eq!(answer(&health).await, "503 unhealthy, a error pending running, b ok running, 1.0 s");
    // Code waits for every run, whatever the limit.
    let health = service(limited().add(critical("a", [ok(), after(4.0, ok())])), 2.0).await;
    let start = Instant::now();
    assert_eq!(told(&health.probe(Probe::Ready).await, start), "200 healthy, a ok, 4.0 s");
}

#[tokio::test(start_paused = true)]
async fn a_limit_beyond_every_clock_is_no_limit() {
    let builder = builder().respond_within(Duration::MAX).patience(Duration::MAX);
    let health = service(builder.add(critical("a", [ok(), after(4.0, ok())])), 2.0).await;
    assert_eq!(answer(&health).await, "200 healthy, a ok, 4.0 s");
}

#[tokio::test(start_paused = true)]
async fn a_look_waits_for_nothing_and_tells_of_runs_in_flight() {
    let health = service(builder().add(critical("a", [ok(), Step::hang()])), 2.0).await;
    assert_eq!(told(&health.look(Probe::Ready), Instant::now()), "200 healthy, a ok, 0.0 s");
    let waiting = tokio::spawn({
        let health = health.clone();
        async move { health.probe(Probe::Ready).await }
    });
    sleep(Duration::from_secs(1)).await;
    assert_eq!(told(&health.look(Probe::Ready), Instant::now()), "200 healthy, a ok running, 0.0 s");
    waiting.await.unwrap().assert_unhealthy();
    sleep(Duration::from_secs(61)).await;
    assert_eq!(told(&health.look(Probe::Ready), Instant::now()), "503 unhealthy, a error stale, 0.0 s");
}

#[health_check(blocking, timeout = "1s")]
fn stuck(State(gate): State<Gate>) {
    gate.wait();
}

/// tokio does not move a paused clock by itself while a thread blocks, so the test does.
async fn pass(seconds: f64) {
    settle().await;
    tokio::time::advance(Duration::from_secs_f64(seconds)).await;
    settle().await;
}

/// Lets everything that can go on without time passing do so.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_cannot_be_ended_stays_a_timeout_for_as_long_as_it_lasts() {
    let (gate, keeper) = Gate::new();
    let health = builder().state(gate).check::<stuck>().build().unwrap();
    keeper.arrival();
    pass(1.001).await;
    assert_eq!(answer(&health).await, "503 unhealthy, stuck error timeout, 0.0 s");
    for _ in 0..3 {
        pass(100.0).await;
        assert_eq!(answer(&health).await, "503 unhealthy, stuck error timeout running, 0.0 s");
        assert_eq!(
            told(&health.look(Probe::Ready), Instant::now()),
            "503 unhealthy, stuck error timeout running, 0.0 s"
        );
    }
    drop(keeper);
}

#[tokio::test(start_paused = true)]
async fn a_threshold_counts_a_run_that_cannot_be_ended_whenever_another_one_would_start() {
    let (gate, keeper) = Gate::new();
    let health = builder()
        .state(gate)
        .instance::<stuck>("stuck", |instance| instance.configure(|meta| meta.with_failure_threshold(3)))
        .build()
        .unwrap();
    keeper.arrival();
    keeper.let_one_pass();
    while health.phase() == Phase::Starting {
        tokio::task::yield_now().await;
    }
    pass(1.001).await;
    let waiting = tokio::spawn({
        let health = health.clone();
        async move { answer(&health).await }
    });
    settle().await;
    keeper.arrival();
    pass(1.001).await;
    assert_eq!(waiting.await.unwrap(), "200 healthy, stuck ok counting, 1.0 s");
    for expected in ["200 healthy, stuck ok counting, 0.0 s", "503 unhealthy, stuck error timeout, 0.0 s"] {
        pass(1.001).await;
        assert_eq!(answer(&health).await, expected);
    }
    drop(keeper);
}
