//! Whatever the settings: a working dependency is never reported as failed, and a dead one in the time that the settings promise.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use health_runtime::{Check, CheckMeta, CheckStatus, Health, HealthBuilder, Probe, Reason};
use tokio::time::{Instant, sleep};

const CASES: u64 = 300;

/// Settings that may contradict each other.
#[derive(Debug, Clone)]
struct Settings {
    cache: Option<Duration>,
    interval: Option<Duration>,
    timeout: Duration,
    stale_after: Duration,
    patience: Duration,
    respond_within: Option<Duration>,
    failure_threshold: u32,
    success_threshold: u32,
    critical: bool,
    /// How long a run takes; always shorter than the timeout.
    run: Duration,
    /// How long a monitor waits after an answer before it asks again.
    gap: Duration,
    seed: u64,
}

/// What the check asks.
#[derive(Debug, Default)]
struct Dependency {
    is_dead: AtomicBool,
    /// When it last did so well.
    answered: Mutex<Option<Instant>>,
}

/// How a dependency that is dead shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    None,
    Refuses,
    Hangs,
}

fn millis(random: &mut fastrand::Rng, choices: &[u64]) -> Duration {
    let about = choices[random.usize(..choices.len())];
    Duration::from_millis(random.u64(about / 2..=about))
}

impl Settings {
    fn random(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let timeout = millis(&mut random, &[20, 300, 5_000, 100_000]).max(Duration::from_millis(2));
        let interval =
            random.bool().then(|| millis(&mut random, &[2, 50, 1_000, 60_000]).max(Duration::from_millis(1)));
        let cache = (interval.is_none() && random.bool()).then(|| millis(&mut random, &[0, 100, 2_000, 300_000]));
        // Neither tens of thousands of answers for one run, nor of runs for one answer.
        let shortest = cache.or(interval).unwrap_or_default().max(timeout) / 20;
        let longest = interval.map_or(Duration::MAX, |interval| interval * 200).max(shortest);
        Self {
            cache,
            interval,
            timeout,
            stale_after: millis(&mut random, &[0, 500, 60_000]),
            patience: millis(&mut random, &[0, 100, 500, 10_000]),
            respond_within: random.bool().then(|| millis(&mut random, &[0, 100, 1_000, 10_000])),
            failure_threshold: random.u32(1..4),
            success_threshold: random.u32(1..4),
            critical: random.bool(),
            run: timeout.mul_f64(random.f64() * 0.9),
            gap: millis(&mut random, &[2, 100, 10_000, 400_000]).clamp(shortest, longest),
            seed,
        }
    }

    fn build(&self, death: Death, dependency: &Arc<Dependency>) -> Health {
        let mut meta = CheckMeta::new("check")
            .with_timeout(self.timeout)
            .with_failure_threshold(self.failure_threshold)
            .with_success_threshold(self.success_threshold)
            .with_critical(self.critical);
        if let Some(cache) = self.cache {
            meta = meta.with_cache(cache);
        }
        if let Some(interval) = self.interval {
            meta = meta.with_interval(interval);
        }
        let (run, dependency) = (self.run, Arc::clone(dependency));
        let check = Check::new(meta, move |_| {
            let dependency = Arc::clone(&dependency);
            async move {
                sleep(run).await;
                match death {
                    Death::Refuses if dependency.is_dead.load(Ordering::SeqCst) => Err("refused"),
                    Death::Hangs if dependency.is_dead.load(Ordering::SeqCst) => std::future::pending().await,
                    _ => {
                        *dependency.answered.lock().unwrap() = Some(Instant::now());
                        Ok(())
                    }
                }
            }
        });
        let builder: HealthBuilder = Health::builder().version("1.0.0").without_registered().jitter_seed(self.seed);
        let builder = builder.stale_after(self.stale_after).patience(self.patience).add(check);
        match self.respond_within {
            Some(limit) => builder.respond_within(limit).build().unwrap(),
            None => builder.build().unwrap(),
        }
    }

    /// By when a dead dependency has to be found out. A rule of the test's own: the runs that a threshold needs, and the one
    /// that was in flight at the time of death, each at the latest when its cache and a gap, or its interval, are over, and
    /// each as long as it may be; then one more gap, for the answer that did not wait.
    fn bound(&self) -> Duration {
        let longest_pause = match self.interval {
            Some(interval) => interval.mul_f64(1.1),
            None => self.cache.unwrap_or(Duration::from_secs(1)) + self.gap,
        };
        // Timers are exact to a millisecond, and there are three in each step.
        let step = longest_pause + self.timeout + Duration::from_millis(3);
        step * (self.failure_threshold + 1) + self.gap
    }

    /// The age from which an observation is not believed, by a rule of the test's own.
    fn stale_age(&self) -> Duration {
        match self.interval {
            Some(interval) => interval * 2 + self.timeout,
            None => self.stale_after.max(self.cache.unwrap_or(Duration::from_secs(1)) + self.timeout),
        }
    }

    /// Whether every answer waits for the whole run.
    fn waits(&self) -> bool {
        self.run < self.patience && self.respond_within.is_none_or(|limit| self.run < limit)
    }
}

/// What answers say, and when; the monitor is one that asks in one of three ways.
async fn ask(health: &Health, way: u32) -> (CheckStatus, Option<Reason>) {
    let report = match way {
        0 => health.answer(Probe::Ready).await,
        1 => health.probe(Probe::Ready).await,
        _ => health.probe_check(Probe::Ready, "check").await.unwrap(),
    };
    let check = report.check("check").unwrap();
    (check.status(), check.reason())
}

#[tokio::test(start_paused = true)]
async fn a_working_dependency_is_never_reported_as_failed() {
    for seed in 0..CASES {
        let settings = Settings::random(seed);
        let dependency = Arc::<Dependency>::default();
        let health = settings.build(Death::None, &dependency);
        let mut has_been_observed = false;
        for number in 0..30 {
            let (status, reason) = ask(&health, u32::from(number % 3 == 0)).await;
            match (status, reason) {
                (CheckStatus::Ok, None) => has_been_observed = true,
                (CheckStatus::Error, Some(Reason::Pending)) => {
                    let age = dependency.answered.lock().unwrap().map(|at| at.elapsed());
                    let is_old = age.is_none_or(|age| age > settings.stale_age());
                    assert!(is_old, "pending with a result of {age:?} at {number} with {settings:?}");
                    assert!(!(has_been_observed && settings.waits()), "pending again at {number} with {settings:?}");
                }
                other => panic!("{other:?} at {number} with {settings:?}"),
            }
            sleep(settings.gap).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_dependency_is_reported_in_time_and_for_good() {
    for (seed, death) in (0..CASES).map(|seed| (seed, if seed % 2 == 0 { Death::Refuses } else { Death::Hangs })) {
        let settings = Settings::random(seed);
        let dependency = Arc::<Dependency>::default();
        let health = settings.build(death, &dependency);
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..random.usize(..4) {
            ask(&health, random.u32(..3)).await;
            sleep(settings.gap.mul_f64(random.f64())).await;
        }
        dependency.is_dead.store(true, Ordering::SeqCst);
        let died = Instant::now();
        let mut answers = 0;
        while died.elapsed() <= settings.bound() || answers < 5 {
            let asked = died.elapsed();
            let (status, reason) = ask(&health, random.u32(..3)).await;
            if asked > settings.bound() {
                answers += 1;
                assert_eq!(status, CheckStatus::Error, "{reason:?} {asked:?} after the death, with {settings:?}");
            }
            sleep(settings.gap).await;
        }
    }
}
