//! The built-in check `saturation`: whether requests are refused because too many are in flight.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::check::CheckMeta;
use crate::context::{Answer, Moment, Sampler};
use crate::health_details;
use crate::outcome::{CheckStatus, Outcome};
use crate::registry::Check;

/// What the check `saturation` has seen of the requests behind its layer.
#[health_details(crate = crate)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saturation {
    /// Requests in flight.
    pub in_flight: usize,
    /// How many may be in flight.
    pub limit: usize,
    /// Requests that were refused since the service started.
    pub refused: u64,
}

/// A limit on the requests in flight.
#[derive(Debug)]
pub(crate) struct Limit {
    most: usize,
    in_flight: AtomicUsize,
    refused: AtomicU64,
}

/// One request in flight, until this is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Limit>);

impl Limit {
    pub(crate) fn new(limit: usize) -> Self {
        Self { most: limit, in_flight: AtomicUsize::new(0), refused: AtomicU64::new(0) }
    }

    /// Lets a request in, or counts it as refused.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Permit> {
        let next = |in_flight| (in_flight < self.most).then_some(in_flight + 1);
        if self.in_flight.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok() {
            return Some(Permit(Arc::clone(self)));
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        None
    }

    pub(crate) fn now(&self) -> Saturation {
        Saturation {
            in_flight: self.in_flight.load(Ordering::Relaxed),
            limit: self.most,
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Observes a limit.
#[derive(Debug)]
pub(crate) struct SaturationSampler {
    limit: Arc<Limit>,
    error_after: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    refused: u64,
    /// Since when there was no pause, and when the limit was last seen to be reached.
    reached: Option<(Instant, Instant)>,
    /// What was last returned, and when.
    last_answer: Option<(CheckStatus, Instant)>,
}

impl SaturationSampler {
    /// How long the limit must not be reached for the end of an overload. Clients come back after a second.
    const PAUSE: Duration = Duration::from_secs(2);

    /// How often an answer that has not changed is given again.
    const REFRESH: Duration = Duration::from_secs(1);

    pub(crate) fn new(limit: Arc<Limit>, error_after: Duration) -> Self {
        Self { limit, error_after, state: Mutex::default() }
    }

    /// The check that reports what is observed.
    #[track_caller]
    pub(crate) fn check(self) -> Check {
        let meta = CheckMeta::new("saturation").with_description("The service takes further requests.");
        Check::sampled::<Saturation>(meta, Arc::new(self))
    }

    fn status(&self, seen: &Saturation, now: Instant, lost: Duration) -> CheckStatus {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.in_flight >= seen.limit || seen.refused != state.refused {
            // A process that does not run does not count.
            state.reached = Some((state.reached.map_or(now, |(since, _)| since + lost), now));
        }
        state.refused = seen.refused;
        state.reached = state.reached.filter(|(_, last)| now.saturating_duration_since(*last) < Self::PAUSE);
        match state.reached {
            None => CheckStatus::Ok,
            Some((since, _)) if now.saturating_duration_since(since) >= self.error_after => CheckStatus::Error,
            Some(_) => CheckStatus::Degraded,
        }
    }
}

impl Sampler for SaturationSampler {
    fn sample(&self, moment: &Moment<'_>) -> Option<Answer> {
        let seen = self.limit.now();
        let status = self.status(&seen, moment.now, moment.lost);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = |at: Instant| moment.now.saturating_duration_since(at) >= Self::REFRESH;
        if state.last_answer.is_some_and(|(last, at)| last == status && !is_old(at)) {
            return None;
        }
        state.last_answer = Some((status, moment.now));
        Some(Answer::sampled(match status {
            CheckStatus::Ok => Outcome::ok(seen),
            CheckStatus::Degraded => Outcome::degraded("too many requests are in flight").with_details(seen),
            CheckStatus::Error => {
                Outcome::error(format!("too many requests have been in flight for {:?}", self.error_after))
                    .with_details(seen)
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overload_is_an_error_after_five_seconds_without_a_pause() {
        let limit = Arc::new(Limit::new(2));
        let sampler = SaturationSampler::new(Arc::clone(&limit), Duration::from_secs(5));
        let start = Instant::now();
        let status =
            |tenths: u64| sampler.status(&limit.now(), start + Duration::from_millis(100 * tenths), Duration::ZERO);
        let first = limit.enter().unwrap();
        assert_eq!(status(0), CheckStatus::Ok);
        let second = limit.enter().unwrap();
        assert!(limit.enter().is_none());
        assert_eq!((status(1), status(50)), (CheckStatus::Degraded, CheckStatus::Degraded));
        assert_eq!(status(51), CheckStatus::Error);
        drop(second);
        // A pause of less than two seconds is none: clients come back after one.
        assert_eq!(status(60), CheckStatus::Error);
        let second = limit.enter().unwrap();
        assert!(limit.enter().is_none());
        drop(second);
        assert_eq!((status(69), status(88)), (CheckStatus::Error, CheckStatus::Error));
        assert_eq!(status(89), CheckStatus::Ok);
        // The next one begins anew.
        let second = limit.enter().unwrap();
        assert_eq!(
            (status(90), status(139), status(140)),
            (CheckStatus::Degraded, CheckStatus::Degraded, CheckStatus::Error)
        );
        drop((first, second));
        assert_eq!(limit.now(), Saturation { in_flight: 0, limit: 2, refused: 2 });
    }

    #[test]
    fn many_threads_never_exceed_the_limit_and_leave_nothing_in_flight() {
        let limit = Arc::new(Limit::new(3));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        let permit = limit.enter();
                        assert!(limit.now().in_flight <= 3);
                        drop(permit);
                    }
                });
            }
        });
        assert_eq!(limit.now().in_flight, 0);
    }
}
