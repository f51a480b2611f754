//! A hung check leaves nothing behind. In a program of its own: it looks at the memory of the whole process.

use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{CheckMeta, Health, Probe, Reason};
use tokio::runtime::Handle;

/// A number of this process from `/proc/self/status`.
fn status(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_probes_against_a_hung_check_leave_nothing_behind() {
    let script = Script::<()>::new([Step::hang()]);
    let meta = CheckMeta::new("hung").timeout(Duration::from_millis(100));
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
