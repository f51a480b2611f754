//! Which workers a task has not given back, since when, and whose it is.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use super::{BlockedWorker, ThreadState};
use crate::context::{Moment, SampledHome};
use crate::report::timestamp;

/// What was seen of the workers of a runtime.
#[derive(Debug, Default)]
pub(super) struct Stalls {
    workers: Vec<Seen>,
    count: u64,
    /// When one of them was last seen to move, and the time since then in which the process did not run.
    moved: Option<(Instant, Duration)>,
}

/// A worker at the last sample.
#[derive(Debug, Default)]
struct Seen {
    figures: Figures,
    /// Since when its figures stand still; `None` while it is parked.
    still: Option<Still>,
}

#[derive(Debug)]
struct Still {
    since: Instant,
    /// The same by the wall clock.
    since_time: SystemTime,
    /// Time in which the process did not run.
    lost: Duration,
    is_counted: bool,
}

/// What tokio counts of a worker: how often it has parked and was unparked, and how long it was busy up to its last maintenance.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Figures {
    parked_and_unparked: u64,
    busy: Duration,
}

impl Stalls {
    /// For how long the figures of a worker have to stand still. A task that yields moves them: tokio does its maintenance about
    /// every 61 polls.
    const AFTER: Duration = Duration::from_secs(1);

    /// Begins anew, with so many workers.
    pub(super) fn begin(&mut self, workers: usize) {
        self.workers.clear();
        self.workers.resize_with(workers, Seen::default);
        self.moved = None;
    }

    /// Whether no worker moves: each is blocked, or nothing drives the runtime.
    pub(super) fn is_at_rest(&self, now: Instant) -> bool {
        self.moved.is_none_or(|(at, lost)| now.saturating_duration_since(at).saturating_sub(lost) >= Self::AFTER)
    }

    /// How many there were.
    #[cfg(feature = "metrics")]
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The workers that are blocked. Each stall is logged once.
    pub(super) fn sample(&mut self, moment: &Moment<'_>, home: &SampledHome<'_>) -> Vec<BlockedWorker> {
        let mut blocked = Vec::new();
        if let Some((_, lost)) = &mut self.moved {
            *lost += moment.lost;
        }
        for (worker, seen) in self.workers.iter_mut().enumerate() {
            let figures = Figures::read(home, worker);
            if figures != seen.figures {
                self.moved = Some((moment.now, Duration::ZERO));
            }
            if let Some(still) = seen.look(figures, moment.now, moment.lost).filter(|still| still.lasts(moment.now)) {
                let named = still.name(worker, home);
                if !std::mem::replace(&mut still.is_counted, true) {
                    self.count += 1;
                    log(moment, &named);
                }
                blocked.push(named);
            }
        }
        blocked
    }
}

impl Seen {
    /// Takes note of the figures. Returns since when they stand still, unless the worker is parked.
    fn look(&mut self, figures: Figures, now: Instant, lost: Duration) -> Option<&mut Still> {
        if figures.is_parked() {
            self.still = None;
        } else if figures != self.figures || self.still.is_none() {
            self.still =
                Some(Still { since: now, since_time: SystemTime::now(), lost: Duration::ZERO, is_counted: false });
        } else if let Some(still) = &mut self.still {
            still.lost += lost;
        }
        self.figures = figures;
        self.still.as_mut()
    }
}

impl Still {
    fn lasts(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since).saturating_sub(self.lost) >= Stalls::AFTER
    }

    fn name(&self, worker: usize, home: &SampledHome<'_>) -> BlockedWorker {
        let thread = home.workers.thread(worker);
        BlockedWorker {
            worker,
            no_maintenance_since: self.since_time,
            thread,
            thread_state: thread.and_then(ThreadState::read),
            check: home.workers.check(worker).map(|check| check.to_string()),
        }
    }
}

impl Figures {
    #[cfg(target_has_atomic = "64")]
    fn read(home: &SampledHome<'_>, worker: usize) -> Self {
        let metrics = home.runtime.metrics();
        let busy = metrics.worker_total_busy_duration(worker);
        Self { parked_and_unparked: metrics.worker_park_unpark_count(worker), busy }
    }

    /// tokio counts nothing here: every worker seems to be parked.
    #[cfg(not(target_has_atomic = "64"))]
    fn read(_: &SampledHome<'_>, _: usize) -> Self {
        Self { parked_and_unparked: 1, busy: Duration::ZERO }
    }

    fn is_parked(self) -> bool {
        !self.parked_and_unparked.is_multiple_of(2)
    }
}

impl ThreadState {
    fn read(thread: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok()?)
    }

    /// From the text of a `stat` file: the field behind the name, which may hold anything.
    fn parse(stat: &str) -> Option<Self> {
        match stat.rsplit(") ").next()?.chars().next()? {
            'R' => Some(Self::Running),
            'S' => Some(Self::Sleeping),
            'D' => Some(Self::Disk),
            'T' | 't' => Some(Self::Stopped),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Sleeping => "sleeping",
            Self::Disk => "disk",
            Self::Stopped => "stopped",
        }
    }
}

fn log(moment: &Moment<'_>, blocked: &BlockedWorker) {
    let BlockedWorker { worker, no_maintenance_since, thread, thread_state, check } = blocked.clone();
    moment.log.write(Box::new(move || {
        let (thread_state, check) = (thread_state.map(ThreadState::as_str), check.as_deref());
        let since = timestamp::text(no_maintenance_since);
        let no_maintenance_since = str::from_utf8(&since).unwrap_or_default();
        tracing::warn!(
            target: "health_runtime",
            worker,
            no_maintenance_since,
            thread,
            thread_state,
            check,
            "a task blocks a worker thread"
        );
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(parked_and_unparked: u64, busy: u64) -> Figures {
        Figures { parked_and_unparked, busy: Duration::from_millis(busy) }
    }

    #[test]
    fn a_worker_is_blocked_once_both_figures_have_stood_still_for_a_second() {
        let start = Instant::now();
        let mut seen = Seen::default();
        let mut is_blocked = |millis: u64, lost: u64, figures| {
            let (now, lost) = (start + Duration::from_millis(millis), Duration::from_millis(lost));
            seen.look(figures, now, lost).is_some_and(|still| still.lasts(now))
        };
        for (millis, lost, figures, expected) in [
            (0, 0, figures(2, 10), false),
            (900, 0, figures(2, 10), false),
            (1000, 0, figures(2, 10), true),
            // A cooperative task moves the second figure.
            (1100, 0, figures(2, 20), false),
            (2000, 0, figures(2, 20), false),
            (2050, 0, figures(2, 30), false),
            // A parked worker is idle for as long as it likes.
            (2100, 0, figures(3, 30), false),
            (9000, 0, figures(3, 30), false),
            (9100, 0, figures(4, 30), false),
            // The process was stopped for a minute.
            (69_100, 60_000, figures(4, 30), false),
            (70_050, 0, figures(4, 30), false),
            (70_100, 0, figures(4, 30), true),
        ] {
            assert_eq!(is_blocked(millis, lost, figures), expected, "after {millis} ms");
        }
    }

    #[test]
    fn the_state_of_a_thread_is_read_whatever_it_is_called() {
        for (stat, state) in [
            ("7 (tokio-rt-worker) S 1 7", Some(ThreadState::Sleeping)),
            ("7 (a) R (b) D 1 7", Some(ThreadState::Disk)),
            ("7 (x) R 1", Some(ThreadState::Running)),
            ("7 (x) Z 1", None),
            ("", None),
        ] {
            assert_eq!(ThreadState::parse(stat), state, "{stat}");
        }
    }
}
