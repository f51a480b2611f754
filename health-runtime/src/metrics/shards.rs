//! Counters in several copies, so that concurrent threads do not share cache lines.

use std::sync::atomic::{AtomicUsize, Ordering};

/// In most services, fewer threads count at the same moment.
const SHARDS: usize = 4;

/// Several copies of the same counters. The value is the sum.
#[derive(Debug)]
pub(super) struct Shards<T>([Shard<T>; SHARDS]);

/// A copy, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
struct Shard<T>(T);

/// The index of a shard.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShardId(usize);

impl ShardId {
    /// The shard of this thread.
    #[inline]
    pub(super) fn mine() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed));
        // A thread that is ending may have dropped its number already.
        Self(MINE.try_with(|mine| *mine).unwrap_or_default())
    }
}

impl<T> Shards<T> {
    pub(super) fn new(mut shard: impl FnMut() -> T) -> Self {
        Self(std::array::from_fn(|_| Shard(shard())))
    }

    pub(super) fn of(&self, shard: ShardId) -> &T {
        &self.0[shard.0 % SHARDS].0
    }

    pub(super) fn sum(&self, count: impl Fn(&T) -> u64) -> u64 {
        self.0.iter().map(|Shard(shard)| count(shard)).sum()
    }
}
