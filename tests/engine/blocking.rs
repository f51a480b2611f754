//! Checks that block: each on a thread of its own, one run at a time, and answered for when they are late.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use axum::extract::State;
use health_runtime::{
    CheckContext, CheckStatus, Depends, FromCheckContext, Health, HealthBuilder, Outcome, Probe, Reason, Report,
    health_check, health_details,
};
use health_tests::{Gate, GateKeeper, Server, on_every_runtime};
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::advance;

/// A gate that counts who comes and who is inside.
#[derive(Debug, Clone)]
struct Turnstile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    arrivals: Semaphore,
    gate: Gate,
    runs: AtomicUsize,
    inside: AtomicUsize,
    most: AtomicUsize,
}

impl Turnstile {
    fn new() -> (Self, GateKeeper) {
        let (gate, keeper) = Gate::new();
        let inner = Inner {
            arrivals: Semaphore::new(0),
            gate,
            runs: AtomicUsize::new(0),
            inside: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        };
        (Self(Arc::new(inner)), keeper)
    }

    fn pass(&self) {
        let Inner { arrivals, gate, runs, inside, most } = &*self.0;
        runs.fetch_add(1, Ordering::SeqCst);
        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        arrivals.add_permits(1);
        gate.wait();
        inside.fetch_sub(1, Ordering::SeqCst);
    }

    /// Waits for the next one who comes.
    async fn arrival(&self) {
        self.0.arrivals.acquire().await.unwrap().forget();
    }

    fn runs(&self) -> usize {
        self.0.runs.load(Ordering::SeqCst)
    }

    fn inside(&self) -> usize {
        self.0.inside.load(Ordering::SeqCst)
    }

    fn most(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }
}

const TIMEOUT: Duration = Duration::from_millis(100);

#[health_check(blocking, timeout = "100ms")]
fn gated(State(gate): State<Turnstile>) {
    gate.pass();
}

#[health_check]
async fn neighbour() {}

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO)
}

fn gated_beside_neighbour(gate: &Turnstile) -> Health {
    builder().check::<gated>().check::<neighbour>().state(gate.clone()).build().unwrap()
}

/// Probes that are asked at once.
async fn probes(health: &Health, count: usize) -> Vec<Report> {
    let ask = |_| {
        let health = health.clone();
        tokio::spawn(async move { health.probe(Probe::Ready).await })
    };
    let mut reports = Vec::new();
    for asked in (0..count).map(ask).collect::<Vec<_>>() {
        reports.push(asked.await.unwrap());
    }
    reports
}

/// Asks until there is another run: the thread of the last one comes back when it likes.
async fn next_run(health: &Health, gate: &Turnstile) {
    loop {
        tokio::select! {
            () = gate.arrival() => return,
            _ = health.probe(Probe::Ready) => yield_now().await,
        }
    }
}

#[track_caller]
fn assert_late(report: &Report) {
    report.assert_check::<gated>(CheckStatus::Error, Some(Reason::Timeout));
    report.assert_check::<neighbour>(CheckStatus::Ok, None);
    assert_eq!(report.check("gated").unwrap().message(), Some("no answer within 100ms"));
}

#[tokio::test]
async fn the_only_worker_answers_for_others_while_it_blocks() {
    let (gate, keeper) = Turnstile::new();
    #[health_check(blocking, timeout = "60s")]
    fn patient(State(gate): State<Turnstile>) {
        gate.pass();
    }

    let health = builder().check::<patient>().check::<neighbour>().state(gate.clone()).build().unwrap();
    gate.arrival().await;
    let report = health.probe_check(Probe::Ready, "neighbour").await.unwrap();
    report.assert_check::<neighbour>(CheckStatus::Ok, None);
    assert_eq!(gate.inside(), 1);
    drop(keeper);
    health.probe(Probe::Ready).await.assert_healthy();
}

#[tokio::test(start_paused = true)]
async fn it_is_late_until_it_comes_back_and_the_next_run_is_a_normal_one() {
    let (gate, keeper) = Turnstile::new();
    let health = gated_beside_neighbour(&gate);
    gate.arrival().await;
    advance(TIMEOUT).await;
    for _ in 0..3 {
        assert_late(&health.probe(Probe::Ready).await);
        advance(TIMEOUT).await;
    }
    assert_eq!((gate.runs(), gate.inside()), (1, 1));
    keeper.let_one_pass();
    next_run(&health, &gate).await;
    drop(keeper);
    let report = health.probe(Probe::Ready).await;
    report.assert_healthy();
    assert_eq!(report.check("gated").unwrap().consecutive_failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_runs_at_a_time_however_many_ask_and_however_often_it_is_late() {
    let (gate, keeper) = Turnstile::new();
    let health = gated_beside_neighbour(&gate);
    gate.arrival().await;
    for runs in 1..=5 {
        advance(TIMEOUT).await;
        for report in probes(&health, 100).await {
            assert_late(&report);
        }
        assert_eq!(gate.runs(), runs);
        keeper.let_one_pass();
        next_run(&health, &gate).await;
    }
    assert_eq!(gate.most(), 1);
    drop(keeper);
}

#[test]
fn one_runs_at_a_time_whether_it_is_late_or_not() {
    on_every_runtime(|| async {
        #[health_check(blocking, timeout = "1ms")]
        fn hasty(State(gate): State<Turnstile>) {
            gate.pass();
            for _ in 0..gate.runs() % 4 {
                thread::yield_now();
            }
        }

        let (gate, keeper) = Turnstile::new();
        let health = builder().check::<hasty>().state(gate.clone()).build().unwrap();
        drop(keeper);
        while gate.runs() < 100 {
            probes(&health, 8).await;
        }
        assert_eq!(gate.most(), 1);
    });
}

#[tokio::test]
async fn a_client_that_hangs_up_changes_nothing() {
    #[health_check(blocking, timeout = "60s", cache = "60s")]
    fn patient(State(gate): State<Turnstile>) {
        gate.pass();
    }

    let (gate, keeper) = Turnstile::new();
    let health = builder().check::<patient>().state(gate.clone()).build().unwrap();
    let server = Server::start(health.router()).await;
    for _ in 0..20 {
        let mut client = server.connect().await;
        client.write_all(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        drop(client);
    }
    gate.arrival().await;
    let last = tokio::spawn(async move { server.get("/ready").await });
    keeper.let_one_pass();
    assert_eq!(last.await.unwrap().status, 200);
    assert_eq!((gate.runs(), gate.inside()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn it_takes_what_others_take_says_what_others_say_and_is_depended_on() {
    #[health_details]
    struct Disk {
        free: u64,
    }

    #[derive(Clone)]
    struct Quota(u64);

    #[health_check]
    async fn volume() -> Result<Disk, String> {
        Ok(Disk { free: 7 })
    }

    #[health_check(blocking, name = "disk")]
    fn disk(
        State(Quota(quota)): State<Quota>,
        volume: Depends<volume>,
        cx: CheckContext,
    ) -> Result<Outcome<Disk>, String> {
        let free = volume.details().ok_or("no volume")?.free.min(quota);
        match (cx.name(), cx.remaining().as_secs()) {
            ("disk", 5) => Ok(Outcome::degraded("nearly full").with_details(Disk { free })),
            other => Err(format!("{other:?}")),
        }
    }

    #[health_check]
    async fn dependent(disk: Depends<disk>) -> Result<(), String> {
        if disk.details().is_some_and(|disk| disk.free == 3) { Ok(()) } else { Err("no details".to_owned()) }
    }

    let health = builder().check::<volume>().check::<disk>().check::<dependent>().state(Quota(3)).build().unwrap();
    let report = health.probe(Probe::Ready).await;
    report.assert_degraded();
    report.assert_check::<disk>(CheckStatus::Degraded, Some(Reason::Degraded));
    assert_eq!(report.check("disk").unwrap().details_json(), Some(r#"{"free":3}"#));
    report.assert_check::<dependent>(CheckStatus::Ok, None);
}

#[tokio::test]
async fn it_may_wait_for_what_is_async() {
    #[health_check(blocking)]
    fn waits() -> Result<(), tokio::task::JoinError> {
        Handle::current().block_on(async { tokio::spawn(async {}).await })
    }

    let health = builder().check::<waits>().build().unwrap();
    health.probe(Probe::Ready).await.assert_healthy();
}

#[tokio::test]
async fn its_error_is_withheld_unless_it_may_be_read() {
    #[health_check(blocking)]
    fn closed() -> Result<(), String> {
        Err("a secret".to_owned())
    }

    #[health_check(blocking, expose_errors)]
    fn open() -> Result<(), String> {
        Err("no secret".to_owned())
    }

    let health = builder().check::<closed>().check::<open>().build().unwrap();
    let report = health.probe(Probe::Ready).await;
    report.assert_check::<closed>(CheckStatus::Error, Some(Reason::Failed));
    assert_eq!(report.check("closed").unwrap().message(), Some("check failed, the cause is in the log"));
    assert_eq!(report.check("open").unwrap().message(), Some("no secret"));
}

#[tokio::test(start_paused = true)]
async fn its_schedule_and_its_thresholds_are_kept() {
    #[health_check(blocking, interval = "1s", failure_threshold = 3)]
    fn planned(State(runs): State<Arc<AtomicUsize>>) -> Result<(), String> {
        if runs.fetch_add(1, Ordering::SeqCst) == 0 { Ok(()) } else { Err("down".to_owned()) }
    }

    let runs = Arc::new(AtomicUsize::new(0));
    let health = builder().check::<planned>().state(Arc::clone(&runs)).build().unwrap();
    let mut transitions = health.subscribe();
    // The first run may have passed before there was somebody to be told.
    while transitions.next().await.unwrap().unwrap().to() != CheckStatus::Error {}
    assert_eq!(runs.load(Ordering::SeqCst), 4);
}

/// Whether the checks are well by now.
type Healed = Arc<AtomicBool>;

async fn panics_and_recovers(name: &str, check: impl FnOnce(HealthBuilder) -> HealthBuilder) {
    let healed = Healed::default();
    let health = check(builder()).check::<neighbour>().state(Arc::clone(&healed)).build().unwrap();
    for _ in 0..2 {
        let report = health.probe(Probe::Ready).await;
        let check = report.check(name).unwrap();
        assert_eq!((check.status(), check.reason()), (CheckStatus::Error, Some(Reason::Panicked)));
        report.assert_check::<neighbour>(CheckStatus::Ok, None);
    }
    healed.store(true, Ordering::SeqCst);
    health.probe(Probe::Ready).await.assert_healthy();
}

#[tokio::test]
async fn a_panic_in_it_is_its_own() {
    #[health_check(blocking)]
    fn check(State(healed): State<Healed>) {
        assert!(healed.load(Ordering::SeqCst), "a secret");
    }
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

#[tokio::test]
async fn a_panic_in_display_of_its_error_is_its_own() {
    #[derive(Debug)]
    struct Unprintable;
    impl fmt::Display for Unprintable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("in display")
        }
    }
    impl Error for Unprintable {}

    #[health_check(blocking)]
    fn check(State(healed): State<Healed>) -> Result<(), Unprintable> {
        if healed.load(Ordering::SeqCst) { Ok(()) } else { Err(Unprintable) }
    }
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

#[tokio::test]
async fn a_panic_in_the_making_of_its_parameters_is_its_own() {
    struct Fuse;
    impl FromCheckContext for Fuse {
        fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>> {
            assert!(cx.state::<Healed>().ok_or("no state")?.load(Ordering::SeqCst), "blown");
            Ok(Self)
        }
    }

    #[health_check(blocking)]
    fn check(_: Fuse) {}
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

#[test]
fn a_full_pool_is_a_timeout_and_no_run_is_queued_twice() {
    let runtime =
        Builder::new_current_thread().enable_all().start_paused(true).max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let ((occupied, leave), (gate, keeper)) = (Turnstile::new(), Turnstile::new());
        spawn_blocking({
            let occupied = occupied.clone();
            move || occupied.pass()
        });
        occupied.arrival().await;
        let health = gated_beside_neighbour(&gate);
        advance(TIMEOUT).await;
        for report in probes(&health, 100).await {
            assert_late(&report);
        }
        drop(leave);
        // What was given up in the queue does not run any more.
        next_run(&health, &gate).await;
        assert_eq!(gate.runs(), 1);
        drop(keeper);
        health.probe(Probe::Ready).await.assert_healthy();
    });
}

#[test]
fn a_system_without_threads_is_an_error_of_the_check() {
    // No address space is as large as this stack.
    let runtime = Builder::new_current_thread().enable_all().thread_stack_size(1 << 60).build().unwrap();
    runtime.block_on(async {
        let (gate, _keeper) = Turnstile::new();
        let health = gated_beside_neighbour(&gate);
        for _ in 0..3 {
            let report = health.probe(Probe::Ready).await;
            report.assert_check::<gated>(CheckStatus::Error, Some(Reason::Failed));
            report.assert_check::<neighbour>(CheckStatus::Ok, None);
        }
    });
}

#[test]
fn a_runtime_that_is_dropped_waits_for_a_run_that_has_begun() {
    let (gate, keeper) = Turnstile::new();
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _health = runtime.block_on(async {
        let health = gated_beside_neighbour(&gate);
        gate.arrival().await;
        health
    });
    let dropped = thread::spawn({
        let gate = gate.clone();
        move || {
            drop(runtime);
            gate.inside()
        }
    });
    drop(keeper);
    assert_eq!(dropped.join().unwrap(), 0);
}

#[test]
fn a_runtime_that_is_shut_down_in_the_background_does_not() {
    let (gate, keeper) = Turnstile::new();
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let _health = gated_beside_neighbour(&gate);
        gate.arrival().await;
    });
    runtime.shutdown_background();
    assert_eq!(gate.inside(), 1);
    drop(keeper);
}

#[test]
fn probes_from_elsewhere_are_answered_when_its_runtime_has_gone() {
    #[health_check(blocking, timeout = "1h")]
    fn patient(State(gate): State<Turnstile>) {
        gate.pass();
    }

    let (gate, keeper) = Turnstile::new();
    let home = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let elsewhere = Builder::new_current_thread().enable_all().build().unwrap();
    let health = home.block_on(async {
        let health = builder().check::<patient>().state(gate.clone()).build().unwrap();
        gate.arrival().await;
        health
    });
    home.shutdown_background();
    for _ in 0..2 {
        let report = elsewhere.block_on(health.probe(Probe::Ready));
        report.assert_check::<patient>(CheckStatus::Error, Some(Reason::Cancelled));
    }
    assert_eq!((gate.runs(), gate.inside()), (1, 1));
    drop(keeper);
}
