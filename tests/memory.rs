//! Hung checks and huge texts leave nothing behind. In a program of its own: it looks at the memory of the whole process.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Clock};

use axum::extract::State;
use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Expose, Health, HealthBuilder, Probe, Reason, health_check};
use health_tests::{Gate, Server, on_every_runtime};
use tokio::runtime::Handle;

/// A number of this process from `/proc/self/status`.
fn status(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

/// How often the watch thread has slept; `None` if there is no such thread.
fn sleeps_of_the_watch_thread() -> Option<u64> {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().map(|thread| thread.unwrap().path());
    let read = |thread: &std::path::Path, file| std::fs::read_to_string(thread.join(file)).unwrap_or_default();
    let thread = threads.into_iter().find(|thread| read(thread, "comm").trim() == "health-watch")?;
    let status = read(&thread, "status");
    let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_blocking_check_that_hangs_for_ever_keeps_no_thread_busy_but_its_own() {
    let (gate, keeper) = Gate::new();
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let health = runtime.block_on(async {
        let builder = Health::builder().version("1.0.0").without_registered();
        builder.state(gate).check::<blocked>().build().unwrap()
    });
    let report = runtime.block_on(health.probe(Probe::Ready));
    assert_eq!(report.check("blocked").unwrap().reason(), Some(Reason::Timeout));
    // Its last tick is at most 20 ms away.
    let mut before = sleeps_of_the_watch_thread();
    assert!(before.is_some());
    let mut quiet = 0;
    for _ in 0..50 {
        std::thread::sleep(Duration::from_millis(30));
        let now = sleeps_of_the_watch_thread();
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
        if quiet == 3 {
            break;
        }
    }
    assert_eq!(quiet, 3, "the watch thread never rests");
    drop(keeper);
}

#[health_check(blocking, timeout = "10ms")]
fn blocked(State(gate): State<Gate>) {
    gate.wait();
}

/// One at a time: they look at the memory of the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn huge_texts_are_cut_and_not_kept() {
    let _alone = alone();
    on_every_runtime(|| async {
        let mut builder = builder().expose_errors(Expose::always()).default_cache(Duration::ZERO);
        for number in 0..500 {
            let check = Check::new(
                CheckMeta::new(format!("check-{number}")).with_timeout(Duration::from_secs(60)),
                |_| async { Err::<(), _>("\"\u{1}é".repeat(250_000)) },
            );
            builder = builder.add(check);
        }
        let server = Server::start(builder.build().unwrap().router()).await;
        server.get("/ready").await;
        let before = status("VmRSS:");
        let started = Clock::now();
        let answer = server.get("/ready").await;
        assert!(answer.body.len() < 1 << 20, "{}", answer.body.len());
        for check in answer.json()["checks"].as_object().unwrap().values() {
            let message = serde_json::to_string(&check["message"]).unwrap();
            assert!((900..=1026).contains(&message.len()), "{check}");
        }
        let after = status("VmRSS:");
        assert!(after < before + 64 * 1024, "{before} KiB, then {after} KiB, after {:?}", started.elapsed());
    });
}

#[test]
fn ten_thousand_probes_against_a_hung_check_leave_nothing_behind() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(probe_a_hung_check());
}

async fn probe_a_hung_check() {
    let script = Script::<()>::new([Step::hang()]);
    let meta = CheckMeta::new("hung").with_timeout(Duration::from_millis(100));
    let health = Health::builder()
        .version("1.0.0")
        .without_registered()
        .default_cache(Duration::ZERO)
        .add(script.check(meta))
        .build()
        .unwrap();
    let metrics = Handle::current().metrics();
    let mut seen = Vec::new();
    for round in 0..10_000 {
        let report = health.probe(Probe::Ready).await;
        assert_eq!(report.check("hung").unwrap().reason(), Some(Reason::Timeout));
        if round % 1000 == 999 {
            seen.push((metrics.num_alive_tasks(), status("Threads:"), status("VmRSS:")));
        }
    }
    assert_eq!(script.runs(), 10_000);
    let ((tasks, threads, memory), last) = (seen[0], seen[seen.len() - 1]);
    assert!(last.0 <= tasks + 1 && last.1 <= threads && last.2 <= memory + 1024, "{seen:?}");
}
