//! Which thread a worker of a runtime is, and which check it polls: noted in every poll of ours.

use std::fs;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, worker_index};

/// The workers of a runtime.
#[derive(Debug)]
pub(crate) struct Workers(Box<[Worker]>);

#[derive(Debug, Default)]
struct Worker {
    /// The identity of the thread; zero if no poll of ours has seen it.
    id: AtomicU64,
    /// The system's number of the thread; zero if it is not known.
    thread: AtomicU32,
    polled: Mutex<Option<Polled>>,
}

/// A check that is being polled.
#[derive(Debug)]
struct Polled {
    check: Arc<str>,
    /// The identity of the thread that polls it.
    id: u64,
}

/// The poll of a check; over when this is dropped.
#[derive(Debug)]
pub(crate) struct Poll {
    workers: Arc<Workers>,
    worker: usize,
}

thread_local! {
    static THREAD: Thread = Thread::this();
}

/// A thread, also where the system does not tell its number.
#[derive(Debug, Clone, Copy)]
struct Thread {
    id: u64,
    number: u32,
}

impl Thread {
    fn this() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self { id: LAST.fetch_add(1, Ordering::Relaxed) + 1, number: this_thread().unwrap_or_default() }
    }
}

impl Workers {
    pub(crate) fn new(runtime: &Handle) -> Self {
        Self((0..runtime.metrics().num_workers()).map(|_| Worker::default()).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Notes the thread of the worker on which this is called, and returns its index. `block_in_place` moves a worker to another
    /// thread, so this is done in every poll.
    pub(crate) fn note_thread(&self) -> Option<usize> {
        self.here().map(|(index, ..)| index)
    }

    /// Notes that this check is being polled on the worker on which this is called.
    pub(crate) fn begin_poll(self: &Arc<Self>, check: &Arc<str>) -> Option<Poll> {
        let (index, worker, id) = self.here()?;
        *worker.polled() = Some(Polled { check: Arc::clone(check), id });
        Some(Poll { workers: Arc::clone(self), worker: index })
    }

    /// The system's number of a worker's thread, if a poll of ours has seen it.
    pub(crate) fn thread(&self, worker: usize) -> Option<u32> {
        let thread = self.0.get(worker)?.thread.load(Ordering::Relaxed);
        (thread != 0).then_some(thread)
    }

    /// Whether a poll of ours has seen the threads of all workers.
    pub(crate) fn are_known(&self) -> bool {
        (0..self.len()).all(|worker| self.thread(worker).is_some())
    }

    /// The check that a worker is polling.
    pub(crate) fn check(&self, worker: usize) -> Option<Arc<str>> {
        let worker = self.0.get(worker)?;
        let polled = worker.polled();
        // A check in `block_in_place` is still being polled, and the worker goes on on another thread.
        let polled = polled.as_ref().filter(|polled| polled.id == worker.id.load(Ordering::Relaxed))?;
        Some(Arc::clone(&polled.check))
    }

    fn here(&self) -> Option<(usize, &Worker, u64)> {
        let index = worker_index()?;
        let (worker, thread) = (self.0.get(index)?, THREAD.with(|thread| *thread));
        worker.id.store(thread.id, Ordering::Relaxed);
        worker.thread.store(thread.number, Ordering::Relaxed);
        Some((index, worker, thread.id))
    }
}

impl Worker {
    fn polled(&self) -> MutexGuard<'_, Option<Polled>> {
        self.polled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        // Another poll may have begun on this worker, if this one was in `block_in_place`.
        let id = THREAD.with(|thread| thread.id);
        self.workers.0[self.worker].polled().take_if(|polled| polled.id == id);
    }
}

/// The number of the calling thread, as Linux has it.
fn this_thread() -> Option<u32> {
    let link = fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;
    use tokio::task::block_in_place;

    use super::*;

    #[test]
    fn a_check_is_noted_while_it_is_polled_and_no_longer() {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let workers = Arc::new(Workers::new(runtime.handle()));
        let name: Arc<str> = Arc::from("db");
        let task = {
            let workers = Arc::clone(&workers);
            runtime.spawn(async move {
                assert_eq!((workers.check(0), workers.thread(0)), (None, None));
                let poll = workers.begin_poll(&name);
                assert_eq!((workers.check(0).as_deref(), workers.thread(0)), (Some("db"), this_thread()));
                drop(poll);
                assert_eq!(workers.check(0), None);
            })
        };
        runtime.block_on(task).unwrap();
        // Not a worker.
        assert!(workers.begin_poll(&Arc::from("db")).is_none());
    }

    #[test]
    fn a_check_in_block_in_place_is_not_named_for_its_former_worker() {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let workers = Arc::new(Workers::new(runtime.handle()));
        let task = {
            let workers = Arc::clone(&workers);
            runtime.spawn(async move {
                let poll = workers.begin_poll(&Arc::from("slow"));
                let left = workers.thread(0);
                block_in_place(|| {
                    let moved = {
                        let workers = Arc::clone(&workers);
                        tokio::spawn(async move {
                            let other = workers.begin_poll(&Arc::from("other"));
                            let seen = (workers.check(0), workers.thread(0));
                            drop(other);
                            seen
                        })
                    };
                    let (check, thread) = Handle::current().block_on(moved).unwrap();
                    assert_eq!(check.as_deref(), Some("other"));
                    assert_ne!(thread, left);
                });
                assert_eq!(workers.check(0), None);
                drop(poll);
            })
        };
        runtime.block_on(task).unwrap();
    }
}
