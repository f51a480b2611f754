//! Histograms of durations.

use std::sync::Arc;
use std::time::Duration;

/// The upper bounds of the buckets of a histogram, in ascending order; one more bucket has none.
#[derive(Debug, Clone)]
pub(crate) struct Bounds(Arc<[Bound]>);

#[derive(Debug, Clone, Copy)]
struct Bound {
    /// The value of the label `le`.
    seconds: f64,
    nanoseconds: u64,
}

/// A snapshot of a histogram, for encoders.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) seconds: f64,
    pub(super) count: u64,
    /// The count of each bucket, not cumulative; the last upper bound is infinite.
    pub(super) buckets: Vec<(f64, u64)>,
}

impl Bounds {
    /// The finite bounds above zero, each once.
    pub(super) fn new(seconds: impl IntoIterator<Item = f64>) -> Self {
        let bound = |seconds| {
            let nanoseconds = nanoseconds(Duration::try_from_secs_f64(seconds).ok()?);
            (nanoseconds > 0).then_some(Bound { seconds, nanoseconds })
        };
        let mut bounds: Vec<_> = seconds.into_iter().filter_map(bound).collect();
        bounds.sort_by_key(|bound| bound.nanoseconds);
        bounds.dedup_by_key(|bound| bound.nanoseconds);
        Self(bounds.into())
    }

    /// The number of buckets.
    pub(super) fn buckets(&self) -> usize {
        self.0.len() + 1
    }

    /// The bucket of a duration.
    pub(super) fn bucket(&self, nanoseconds: u64) -> usize {
        self.0.iter().position(|bound| nanoseconds <= bound.nanoseconds).unwrap_or(self.0.len())
    }

    /// The histogram with these counts, in the order of the buckets, and this sum.
    pub(super) fn snapshot(&self, counts: impl Iterator<Item = u64>, microseconds: u64) -> Snapshot {
        let bounds = self.0.iter().map(|bound| bound.seconds).chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        Snapshot { seconds: seconds(microseconds), count, buckets }
    }
}

/// At most the nanoseconds of five centuries.
pub(super) fn nanoseconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(duration.subsec_nanos().into())
}

/// To the nearest microsecond: a sum of nanoseconds would overflow within months.
pub(super) fn microseconds(nanoseconds: u64) -> u64 {
    nanoseconds.saturating_add(500) / 1_000
}

#[expect(clippy::cast_precision_loss, reason = "exact for centuries")]
pub(super) fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_belongs_to_the_first_bucket_whose_bound_it_does_not_exceed() {
        let bounds = Bounds::new([0.1, f64::NAN, 0.01, -1.0, 0.0, f64::INFINITY, 0.1]);
        let buckets = [0, 10, 11, 100, 101, 5000].map(|milliseconds| bounds.bucket(milliseconds * 1_000_000));
        assert_eq!((bounds.buckets(), buckets), (3, [0, 0, 1, 1, 2, 2]));
        let Snapshot { seconds, count, buckets } = bounds.snapshot([2, 2, 2].into_iter(), 5_222_000);
        assert_eq!((seconds, count), (5.222, 6));
        assert_eq!(buckets, [(0.01, 2), (0.1, 2), (f64::INFINITY, 2)]);
    }
}
