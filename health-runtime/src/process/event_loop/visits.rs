//! Tasks that visit all workers of a runtime, so that their threads are known before one of them is blocked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::yield_now;

use crate::context::SampledHome;
use crate::workers::Workers;

/// They go out with every sample until the threads of all workers are known, but no longer than for so many samples.
const AT_FIRST: u32 = 50;

/// Afterwards they go out with the first of so many samples.
const EVERY: u32 = 10;

/// How long they go on if they do not meet every worker, at first and afterwards. They yield all the time; on a busy machine an idle
/// worker is late to take one over.
const LONGEST: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(1)];

/// How many there are at most.
const MOST: usize = 32;

/// The workers that were visited.
#[derive(Debug)]
struct Visited(Box<[AtomicBool]>);

/// Sends a task for each worker, if it is time for that.
pub(super) fn send(home: &SampledHome<'_>, samples: u32) {
    let is_first = samples < AT_FIRST && !home.workers.are_known();
    if !is_first && !samples.is_multiple_of(EVERY) {
        return;
    }
    let longest = LONGEST[usize::from(!is_first)];
    let count = home.workers.len();
    let visited = Arc::new(Visited((0..count).map(|_| AtomicBool::new(false)).collect()));
    for _ in 0..count.min(MOST) {
        home.runtime.spawn(visit(Arc::clone(home.workers), Arc::clone(&visited), longest));
    }
}

/// Goes from worker to worker until one of the tasks has been to each. An idle worker takes over what another one has queued.
async fn visit(workers: Arc<Workers>, visited: Arc<Visited>, longest: Duration) {
    let start = Instant::now();
    loop {
        if let Some(worker) = workers.note_thread() {
            visited.0[worker].store(true, Ordering::Relaxed);
        }
        if visited.0.iter().all(|worker| worker.load(Ordering::Relaxed)) || start.elapsed() > longest {
            return;
        }
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn the_thread_of_each_idle_worker_becomes_known() {
        let runtime = Builder::new_multi_thread().worker_threads(4).build().unwrap();
        let workers = Arc::new(Workers::new(runtime.handle()));
        let home = SampledHome { runtime: runtime.handle(), workers: &workers, is_paused: false };
        let start = Instant::now();
        while !workers.are_known() {
            assert!(start.elapsed() < Duration::from_secs(10));
            send(&home, 1);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
