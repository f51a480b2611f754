//! The runtime on which checks run: set on purpose, replaced when it is gone, and never waited for in vain.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use axum::Router;
use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Depends, Health, HealthBuilder, Outcome, Probe, Problem, Reason, health_check};
use health_tests::{Gate, GateKeeper};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc as tokio_mpsc;

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn workers(number: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(number).enable_all().build().unwrap()
}

/// A check that sends the runtime on which it runs.
fn located() -> (Check, mpsc::Receiver<tokio::runtime::Id>) {
    let (send, ran_on) = mpsc::channel();
    let check = Check::new(CheckMeta::new("db").with_cache(Duration::ZERO), move |_| {
        let send = send.clone();
        async move { send.send(Handle::current().id()).map_err(|_| "the test is over") }
    });
    (check, ran_on)
}

fn reason(health: &Health, on: &Runtime) -> Option<Reason> {
    on.block_on(health.probe(Probe::Ready)).check("db").unwrap().reason()
}

#[test]
fn runs_stay_at_home_wherever_the_probe_comes_from() {
    let (home, elsewhere) = (workers(1), current_thread());
    let (check, ran_on) = located();
    let health = builder().runtime(home.handle().clone()).add(check).build().unwrap();
    for _ in 0..3 {
        assert_eq!(reason(&health, &elsewhere), None);
    }
    let expected = home.handle().id();
    assert!(ran_on.try_iter().all(|id| id == expected));
}

#[test]
fn without_a_home_each_probe_runs_the_checks_where_it_comes_from() {
    let (check, ran_on) = located();
    let health = builder().add(check).build().unwrap();
    for runtime in [current_thread(), workers(1), current_thread()] {
        assert_eq!(reason(&health, &runtime), None);
        assert_eq!(ran_on.recv().unwrap(), runtime.handle().id());
    }
}

#[test]
fn without_a_home_a_hung_check_is_a_timeout_too() {
    let paused = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    for (runtime, timeout) in [(paused, 5_000), (current_thread(), 50), (workers(1), 50)] {
        let meta = CheckMeta::new("db").with_timeout(Duration::from_millis(timeout));
        let health = builder().add(Script::<()>::new([Step::hang()]).check(meta)).build().unwrap();
        assert_eq!(reason(&health, &runtime), Some(Reason::Timeout));
    }
}

#[test]
fn a_home_that_was_shut_down_is_replaced_by_the_runtime_of_the_next_probe_for_good() {
    for (home, next, last) in
        [(current_thread(), workers(1), current_thread()), (workers(2), current_thread(), workers(1))]
    {
        let (check, ran_on) = located();
        let health = home.block_on(async { builder().add(check).build().unwrap() });
        assert_eq!(reason(&health, &home), None);
        drop(home);
        drop(ran_on.try_iter().collect::<Vec<_>>());
        assert_eq!(reason(&health, &next), None);
        let settled_on = ran_on.try_iter().last().unwrap();
        assert_eq!(settled_on, next.handle().id());
        // A current-thread runtime runs nothing while it is not driven.
        let driven = thread::scope(|scope| {
            let (stop, stopped) = tokio_mpsc::channel::<()>(1);
            let driver = scope.spawn(|| {
                let mut stopped = stopped;
                next.block_on(stopped.recv())
            });
            let reason = reason(&health, &last);
            drop(stop);
            driver.join().unwrap();
            reason
        });
        assert_eq!(driven, None);
        assert_eq!(ran_on.try_iter().last(), Some(settled_on));
    }
}

#[test]
fn schedules_go_on_in_a_new_home() {
    let paused = || Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let script = Script::new([Step::from(Outcome::ok(()))]);
    let health = {
        let home = paused();
        let meta = CheckMeta::new("db").with_interval(Duration::from_secs(10));
        let health = home.block_on(async { builder().add(script.check(meta)).build().unwrap() });
        assert_eq!(reason(&health, &home), None);
        health
    };
    let next = paused();
    assert_eq!(reason(&health, &next), None);
    let before = script.runs();
    next.block_on(async { tokio::time::sleep(Duration::from_secs(60)).await });
    // One schedule, and not one for each home.
    assert!((before + 5..=before + 7).contains(&script.runs()), "{} and then {}", before, script.runs());
}

#[test]
fn a_service_that_was_warmed_up_on_a_short_lived_runtime_is_well_afterwards() {
    let script = Script::new([Step::hang(), Outcome::ok(()).into()]);
    let health = builder().add(script.check(CheckMeta::new("db"))).build().unwrap();
    {
        let short = current_thread();
        let probe = health.clone();
        short.block_on(async {
            let probe = tokio::spawn(async move { probe.probe(Probe::Ready).await });
            while script.runs() == 0 {
                tokio::task::yield_now().await;
            }
            probe.abort();
        });
    }
    assert_eq!(reason(&health, &current_thread()), None);
}

#[test]
fn serving_gives_a_home_to_what_was_built_without_a_runtime() {
    let (started, mut starts) = tokio_mpsc::unbounded_channel();
    let check = Check::new(CheckMeta::new("db"), move |_| {
        let _ = started.send(Handle::current().id());
        async {}
    });
    let health = builder().add(check).build().unwrap();
    let runtime = workers(1);
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let served = tokio::spawn(async move { health.serve(listener, Router::new()).await });
        // No probe has come.
        assert_eq!(starts.recv().await, Some(Handle::current().id()));
        served.abort();
    });
}

/// The home is a runtime of one worker, which is blocked until the keeper is dropped.
fn blocked() -> (Runtime, GateKeeper) {
    let home = workers(1);
    let (gate, keeper) = Gate::new();
    home.spawn(async move { gate.wait() });
    keeper.arrival();
    (home, keeper)
}

#[test]
fn a_home_that_is_stuck_is_a_timeout_to_a_probe_from_another_runtime() {
    let undriven = current_thread();
    let (stuck, keeper) = blocked();
    for home in [stuck.handle(), undriven.handle()] {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let meta = CheckMeta::new("db").with_timeout(Duration::from_millis(100));
        let check = Check::new(meta, move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            async {}
        });
        let health = builder().runtime(home.clone()).add(check).build().unwrap();
        assert_eq!(reason(&health, &current_thread()), Some(Reason::Timeout));
        assert_eq!(runs.load(Ordering::SeqCst), 0);
    }
    drop(keeper);
}

#[health_check(name = "base", timeout = "100ms")]
async fn base() {}

#[health_check(name = "db", timeout = "100ms")]
async fn dependent(_base: Depends<base>) {}

#[test]
fn so_is_a_check_that_waits_for_another_one_there() {
    let (stuck, keeper) = blocked();
    let health = builder().runtime(stuck.handle().clone()).check::<base>().check::<dependent>().build().unwrap();
    assert_eq!(reason(&health, &current_thread()), Some(Reason::Timeout));
    drop(keeper);
}

#[test]
fn a_runtime_without_a_time_driver_cannot_be_a_home() {
    let timeless = Builder::new_current_thread().enable_io().build().unwrap();
    let error = timeless.block_on(async { builder().build().unwrap_err() });
    assert!(matches!(error.problems(), [Problem::NoTimeDriver]), "{error}");
    let error = builder().runtime(timeless.handle().clone()).build().unwrap_err();
    assert!(error.to_string().contains("`.enable_time()`"), "{error}");
    // Probes may come from it, home or none.
    let home = workers(1);
    for builder in [builder().runtime(home.handle().clone()), builder()] {
        let check = Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("db"));
        let health = builder.add(check).build().unwrap();
        assert_eq!(reason(&health, &timeless), None);
    }
}

#[test]
fn what_is_known_is_told_without_any_runtime() {
    let health = builder().add(Script::new([Step::from(Outcome::ok(()))]).check(CheckMeta::new("db"))).build().unwrap();
    let report = health.look(Probe::Ready);
    report.assert_unhealthy();
    assert_eq!(report.check("db").unwrap().reason(), Some(Reason::Pending));
    assert_eq!(reason(&health, &current_thread()), None);
    let looked = thread::spawn(move || health.look(Probe::Ready)).join().unwrap();
    looked.assert_healthy();
}

#[test]
fn a_home_that_shuts_down_in_the_background_is_replaced_within_the_probe_that_notices() {
    for _ in 0..50 {
        let (home, next) = (workers(1), workers(1));
        let meta = CheckMeta::new("db").with_cache(Duration::ZERO);
        let check = Script::new([Step::from(Outcome::ok(())).after(Duration::from_millis(1))]).check(meta);
        let health = builder().runtime(home.handle().clone()).add(check).build().unwrap();
        assert_eq!(reason(&health, &next), None);
        home.shutdown_background();
        assert_eq!(reason(&health, &next), None);
        assert_eq!(reason(&health, &next), None);
    }
}

/// Says on which thread it was dropped.
struct Dropped(mpsc::Sender<Option<String>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(thread::current().name().map(str::to_owned));
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_application_handed_over_is_dropped_with_the_last_handle_and_subscriptions_end() {
    let (send, dropped) = mpsc::channel();
    let state = Dropped(send);
    let check = Check::new(CheckMeta::new("db"), move |_| {
        let _ = &state;
        async {}
    });
    let health = builder().add(check).build().unwrap();
    health.probe(Probe::Ready).await.assert_healthy();
    let mut transitions = health.subscribe();
    drop(health);
    let thread = dropped.try_recv().expect("it is dropped by now");
    assert_ne!(thread.as_deref(), Some("health-watch"));
    assert!(tokio::time::timeout(Duration::ZERO, transitions.next()).await.unwrap().is_none());
}

#[test]
fn every_probe_that_waits_when_a_home_shuts_down_is_answered_by_the_next_one() {
    let (home, next) = (workers(1), workers(2));
    let steps = [Step::hang(), Outcome::ok(()).into()];
    let script = Script::new(steps);
    let check = script.check(CheckMeta::new("db").with_timeout(Duration::from_secs(60)));
    let health = builder().runtime(home.handle().clone()).add(check).build().unwrap();
    while script.runs() == 0 {
        thread::yield_now();
    }
    next.block_on(async {
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let health = health.clone();
                tokio::spawn(async move { health.probe(Probe::Ready).await })
            })
            .collect();
        tokio::task::yield_now().await;
        home.shutdown_background();
        for answer in waiting {
            answer.await.unwrap().assert_healthy();
        }
    });
    assert_eq!(script.runs(), 2);
}

#[test]
fn a_home_that_shuts_down_in_the_first_round_leaves_the_service_starting() {
    let home = current_thread();
    let hung = Script::<()>::new([Step::hang()]).check(CheckMeta::new("db"));
    let health = home.block_on(async {
        let health = builder().add(hung).build().unwrap();
        tokio::task::yield_now().await;
        health
    });
    drop(home);
    assert_eq!(health.look(Probe::Ready).check("db").unwrap().reason(), Some(Reason::Cancelled));
    assert_eq!(health.phase().as_str(), "starting");
}

#[test]
fn a_probe_of_the_own_listener_that_loses_its_runtime_runs_no_check_on_the_listener() {
    let (send, ran_on) = mpsc::channel();
    let check = Check::new(CheckMeta::new("db").with_cache(Duration::ZERO), move |_| {
        let send = send.clone();
        async move {
            send.send(thread::current().name().map(str::to_owned)).unwrap();
            std::future::pending::<()>().await;
            Ok::<(), std::io::Error>(())
        }
    });
    let first = workers(1);
    let health = {
        let _entered = first.enter();
        builder().add(check).build().unwrap()
    };
    let address = health.listen("127.0.0.1:0").unwrap();
    ran_on.recv().unwrap();
    let probe = thread::spawn(move || {
        let mut connection = std::net::TcpStream::connect(address).unwrap();
        health_tests::get(&mut connection, "/ready").unwrap()
    });
    // The probe joins the run, or is answered from what is known.
    thread::sleep(Duration::from_millis(200));
    first.shutdown_background();
    assert!(probe.join().unwrap().starts_with("http/1.1 503 "));
    assert_eq!(ran_on.try_recv(), Err(mpsc::TryRecvError::Empty));
    // The next runtime that asks gets the checks.
    let second = workers(1);
    second.spawn(async move { health.probe(Probe::Ready).await });
    assert_ne!(ran_on.recv().unwrap().as_deref(), Some("health-listener"));
}
