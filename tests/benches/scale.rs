//! Many probes, many checks, and checks that block: times and memory, ours beside the hand-written counterpart.
//!
//! ```text
//! cargo bench -p health-tests --bench scale
//! ```
//!
//! Times are of this machine and of this run; the ratio of two of them is what can be compared.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, join_all};
use health_runtime::{Check, CheckMeta, Health, HealthBuilder, Probe};
use tokio::runtime::Runtime;
use tokio::time::sleep;

/// A check function, as somebody would keep it in a list.
type Call = fn() -> BoxFuture<'static, ()>;

fn main() {
    // First, while the allocator has kept nothing yet.
    ten_thousand_checks();
    let runtime = || Runtime::new().expect("a runtime");
    runtime().block_on(storm());
    runtime().block_on(sleeping_checks());
    runtime().block_on(blocked_threads());
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

fn named(number: usize) -> CheckMeta {
    CheckMeta::new(format!("check-{number}"))
}

/// 1,000 concurrent cold probes of one check that takes 100 ms.
async fn storm() {
    const PROBES: usize = 1000;
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let check = Check::new(named(0), move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_millis(100))
    });
    let health = builder().add(check).build().expect("one check");
    let probes = (0..PROBES).map(|_| {
        let health = health.clone();
        tokio::spawn(async move {
            let start = Instant::now();
            let _ = health.probe(Probe::Ready).await;
            start.elapsed()
        })
    });
    let (p50, p99) = percentiles(join_all(probes).await.into_iter().map(|probe| probe.expect("an answer")).collect());
    println!("storm of {PROBES} probes: {} run, p50 {p50:.1?}, p99 {p99:.1?}", runs.load(Ordering::SeqCst));

    let alone = (0..PROBES).map(|_| {
        tokio::spawn(async {
            let start = Instant::now();
            sleep(Duration::from_millis(100)).await;
            start.elapsed()
        })
    });
    let (p50, p99) = percentiles(join_all(alone).await.into_iter().map(|run| run.expect("a sleep")).collect());
    println!("  by hand, a run for each: {PROBES} runs, p50 {p50:.1?}, p99 {p99:.1?}");
}

/// 100 checks of 5 ms each, against one of them.
async fn sleeping_checks() {
    let mut medians = Vec::new();
    for checks in [1, 100] {
        let mut builder = builder().default_cache(Duration::ZERO);
        for number in 0..checks {
            builder = builder.add(Check::new(named(number), |_| sleep(Duration::from_millis(5))));
        }
        let health = builder.build().expect("checks");
        let mut times = Vec::new();
        for _ in 0..100 {
            let start = Instant::now();
            let _ = health.probe(Probe::Ready).await;
            times.push(start.elapsed());
        }
        medians.push(percentiles(times).0);
    }
    let ratio = medians[1].as_secs_f64() / medians[0].as_secs_f64();
    println!("checks of 5 ms: one {:.2?}, a hundred {:.2?}, ratio {ratio:.2}", medians[0], medians[1]);
}

/// How long after its deadline a check is answered that blocks its thread.
async fn blocked_threads() {
    let blocking: [(&str, Call); 2] = [
        ("at once", || Box::pin(async { std::thread::sleep(Duration::from_millis(400)) })),
        ("after an await", || {
            Box::pin(async {
                sleep(Duration::from_millis(5)).await;
                std::thread::sleep(Duration::from_millis(400));
            })
        }),
    ];
    for (how, block) in blocking {
        let mut late = Vec::new();
        for _ in 0..12 {
            let check = Check::new(named(0).with_timeout(Duration::from_millis(100)), move |_| block());
            let health = builder().add(check).build().expect("one check");
            let asked = tokio::spawn(async move {
                let start = Instant::now();
                let _ = health.probe(Probe::Ready).await;
                start.elapsed()
            });
            late.push(asked.await.expect("an answer").saturating_sub(Duration::from_millis(100)));
            sleep(Duration::from_millis(400)).await;
        }
        let most = late.iter().max().copied().expect("twelve times");
        println!(
            "blocks its thread {how}: answered {:.1?} after its deadline, {most:.1?} at most",
            percentiles(late).0
        );
    }
}

/// Start-up with 10,000 checks, the first round, and the memory that they take.
fn ten_thousand_checks() {
    const CHECKS: usize = 10_000;
    const MORE: usize = 4;
    let service = || {
        let add = |builder: HealthBuilder, number| builder.add(Check::new(named(number), |_| async {}));
        (0..CHECKS).fold(builder(), add).build().expect("checks")
    };
    let start = Instant::now();
    let health = service();
    let built = start.elapsed();
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async { drop(health.probe(Probe::Ready).await) });
    println!("{CHECKS} checks: built in {built:.1?}, first answer after {:.1?}", start.elapsed());

    // What building needs for a moment is there from the first time; what each further one adds is what it keeps.
    let before = resident();
    let more: Vec<_> = (0..MORE).map(|_| service()).collect();
    let idle = resident() - before;
    for health in &more {
        runtime.block_on(async { drop(health.probe(Probe::Ready).await) });
    }
    let observed = resident() - before;
    let each = |bytes: usize| bytes / MORE / CHECKS;
    println!("  {} B a check when built, {} B once it has run", each(idle), each(observed));

    let start = Instant::now();
    let by_hand: Vec<(String, Call)> = (0..CHECKS)
        .map(|number| (format!("check-{number}"), (|| Box::pin(async {}) as BoxFuture<'static, ()>) as Call))
        .collect();
    runtime.block_on(async { black_box(join_all(by_hand.iter().map(|(_, check)| check())).await) });
    println!("  by hand, a list and `join_all` without isolation or deadline: {:.1?}", start.elapsed());
}

fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// The resident memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).expect("a number") * 1024
}
