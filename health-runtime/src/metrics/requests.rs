//! Counts requests by method and route.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use arc_swap::ArcSwap;
use axum::extract::MatchedPath;
use axum::http::StatusCode;

use super::histogram::{Bounds, Snapshot, microseconds, nanoseconds, seconds};
use super::method::Method;
use super::shards::{ShardId, Shards};
use crate::health::Endpoints;

/// The route of requests without a matched route. No real route has this name, since those begin with a slash.
const UNMATCHED: &str = "unmatched";

/// In nanoseconds. A response of a health route that is faster than this, and not an error, adds no sample to the histogram.
const FAST: u64 = 1_000_000_000;

/// All requests that were counted.
#[derive(Debug)]
pub(crate) struct Requests {
    routes: ArcSwap<BTreeMap<Arc<str>, Arc<Route>>>,
    endpoints: Endpoints,
}

/// The settings of a layer.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) bounds: Bounds,
    pub(super) counts_health_routes: bool,
}

/// The requests of one route.
#[derive(Debug)]
pub(super) struct Route {
    label: Arc<Label>,
    series: [OnceLock<Arc<Series>>; Method::ALL.len()],
}

#[derive(Debug)]
struct Label {
    route: Arc<str>,
    /// Whether it is a health route, or [`UNKNOWN`]. The handlers of health routes mark it before they respond.
    is_health: AtomicU8,
    /// Whether its path is a health route of the builder. Before the first response, nothing more is known.
    has_health_path: bool,
}

const UNKNOWN: u8 = 0;
const NO: u8 = 1;
const YES: u8 = 2;

/// The requests of one route and method.
#[derive(Debug)]
pub(super) struct Series {
    label: Arc<Label>,
    pub(super) method: Method,
    rules: Rules,
    counters: Shards<Counters>,
}

#[derive(Debug)]
struct Counters {
    started: AtomicU64,
    ended: AtomicU64,
    by_status: [AtomicU64; Status::ALL.len()],
    sampled_microseconds: AtomicU64,
    /// The sum of the durations that are not in the histogram.
    unsampled_microseconds: AtomicU64,
    buckets: Box<[Line]>,
}

/// Counters on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Line([AtomicU64; Self::COUNTERS]);

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Informational,
    Successful,
    Redirection,
    ClientError,
    ServerError,
    /// Its future was dropped before the head of a response: the client disconnected, or a layer outside gave up.
    Aborted,
}

/// The figures of the JSON object.
#[derive(Debug, PartialEq)]
pub(crate) struct Totals {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) average_seconds: f64,
}

/// A request whose response has not ended. Dropping it ends it.
#[derive(Debug)]
pub(super) struct InFlight {
    series: Arc<Series>,
    /// The shard that counts it, on whichever thread it ends.
    shard: ShardId,
}

/// A request before the head of its response. If it is dropped, it was aborted, or a panic ended it.
#[derive(Debug)]
pub(super) struct Unanswered {
    in_flight: Option<InFlight>,
    started: Instant,
    /// Whether the handler is being polled: if the request is dropped then, the handler has panicked.
    pub(super) is_running: bool,
}

impl Requests {
    pub(crate) fn new(endpoints: Endpoints) -> Self {
        Self { routes: ArcSwap::default(), endpoints }
    }

    /// The counters of the matched route of a request.
    pub(super) fn route(&self, matched: Option<&MatchedPath>) -> Arc<Route> {
        let path = matched.map_or(UNMATCHED, MatchedPath::as_str);
        if let Some(route) = self.routes.load().get(path) {
            return Arc::clone(route);
        }
        let new = Arc::new(Route::new(path.into(), self.endpoints.have(path)));
        self.routes.rcu(|routes| {
            let mut routes = BTreeMap::clone(routes);
            routes.entry(Arc::clone(&new.label.route)).or_insert_with(|| Arc::clone(&new));
            routes
        });
        self.routes.load().get(path).map_or(new, Arc::clone)
    }

    /// Records that a route is a health route.
    pub(crate) fn mark_health_route(&self, matched: &MatchedPath) {
        self.route(Some(matched)).label.is_health.store(YES, Ordering::Relaxed);
    }

    /// Whether a request is for a health route: by its matched route, or else by its path.
    pub(super) fn is_health_route(&self, matched: Option<&MatchedPath>, path: &str) -> bool {
        match matched {
            Some(matched) => self.route(Some(matched)).is_health(),
            None => self.endpoints.have(path),
        }
    }

    /// Everything that is counted, in the order of routes and methods.
    pub(super) fn series(&self) -> Vec<Arc<Series>> {
        let routes = self.routes.load();
        let series = routes.values().flat_map(|route| &route.series).filter_map(OnceLock::get);
        series.filter(|series| series.is_counted()).map(Arc::clone).collect()
    }

    pub(crate) fn totals(&self) -> Totals {
        let (mut requests, mut errors, mut answered, mut microseconds) = (0, 0, 0, 0);
        for series in self.series() {
            let counts = Status::ALL.map(|status| series.count(status));
            let all = counts.iter().sum::<u64>();
            requests += all;
            answered += all - counts[Status::Aborted as usize];
            errors += counts[Status::ServerError as usize];
            microseconds += series.microseconds();
        }
        #[expect(clippy::cast_precision_loss, reason = "exact for more requests than a process answers")]
        let average_seconds = if answered == 0 { 0.0 } else { seconds(microseconds) / answered as f64 };
        Totals { requests, errors, average_seconds }
    }
}

impl Route {
    fn new(route: Arc<str>, has_health_path: bool) -> Self {
        let label = Arc::new(Label { route, is_health: AtomicU8::new(UNKNOWN), has_health_path });
        Self { label, series: std::array::from_fn(|_| OnceLock::new()) }
    }

    /// Whether it is a health route, as far as known.
    #[inline]
    pub(super) fn is_health(&self) -> bool {
        self.label.is_health()
    }

    /// A request that begins now.
    // Inlined, like all code for each request, since the generic service around it is compiled in another crate.
    #[inline]
    pub(super) fn begin(&self, method: Method, rules: &Rules) -> Unanswered {
        let series = self.series[method as usize].get_or_init(|| Arc::new(Series::new(&self.label, method, rules)));
        let in_flight = InFlight { series: Arc::clone(series), shard: ShardId::mine() };
        in_flight.counters().started.fetch_add(1, Ordering::Relaxed);
        Unanswered { in_flight: Some(in_flight), started: Instant::now(), is_running: true }
    }
}

impl Label {
    #[inline]
    fn is_health(&self) -> bool {
        match self.is_health.load(Ordering::Relaxed) {
            UNKNOWN => self.has_health_path,
            known => known == YES,
        }
    }

    /// Records that a route is not a health route: it had a successful response, and no handler marked it. (A layer in front of a health
    /// route may only reject requests.)
    #[inline]
    fn learn(&self, status: Status) {
        if self.is_health.load(Ordering::Relaxed) == UNKNOWN
            && matches!(status, Status::Successful | Status::Redirection)
        {
            // A concurrent mark is kept.
            let _ = self.is_health.compare_exchange(UNKNOWN, NO, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

impl Series {
    fn new(label: &Arc<Label>, method: Method, rules: &Rules) -> Self {
        let counters = Shards::new(|| Counters::new(rules.bounds.buckets()));
        Self { label: Arc::clone(label), method, rules: rules.clone(), counters }
    }

    pub(super) fn route(&self) -> &str {
        &self.label.route
    }

    pub(super) fn count(&self, status: Status) -> u64 {
        self.counters.sum(|counters| load(&counters.by_status[status as usize]))
    }

    pub(super) fn in_flight(&self) -> u64 {
        // Read in this order, and with these orderings, so that no end is seen without its beginning.
        let ended = self.counters.sum(|counters| counters.ended.load(Ordering::Acquire));
        self.counters.sum(|counters| load(&counters.started)).saturating_sub(ended)
    }

    pub(super) fn durations(&self) -> Snapshot {
        let count = |bucket: usize| self.counters.sum(|counters| load(counters.bucket(bucket)));
        let bounds = &self.rules.bounds;
        let microseconds = self.counters.sum(|counters| load(&counters.sampled_microseconds));
        bounds.snapshot((0..bounds.buckets()).map(count), microseconds)
    }

    /// The sum of all durations.
    fn microseconds(&self) -> u64 {
        self.counters.sum(|counters| load(&counters.sampled_microseconds) + load(&counters.unsampled_microseconds))
    }

    fn is_counted(&self) -> bool {
        self.rules.counts_health_routes || !self.label.is_health()
    }
}

impl Counters {
    fn new(buckets: usize) -> Self {
        Self {
            started: AtomicU64::default(),
            ended: AtomicU64::default(),
            by_status: std::array::from_fn(|_| AtomicU64::default()),
            sampled_microseconds: AtomicU64::default(),
            unsampled_microseconds: AtomicU64::default(),
            buckets: (0..buckets.div_ceil(Line::COUNTERS)).map(|_| Line::default()).collect(),
        }
    }

    #[inline]
    fn bucket(&self, bucket: usize) -> &AtomicU64 {
        &self.buckets[bucket / Line::COUNTERS].0[bucket % Line::COUNTERS]
    }
}

impl Line {
    const COUNTERS: usize = 128 / size_of::<AtomicU64>();
}

fn load(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

impl Status {
    pub(super) const ALL: [Self; 6] =
        [Self::Informational, Self::Successful, Self::Redirection, Self::ClientError, Self::ServerError, Self::Aborted];

    #[inline]
    fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            ..200 => Self::Informational,
            200..300 => Self::Successful,
            300..400 => Self::Redirection,
            400..500 => Self::ClientError,
            // Codes above 599 are not defined.
            500.. => Self::ServerError,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "1xx",
            Self::Successful => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::Aborted => "aborted",
        }
    }
}

impl Unanswered {
    /// Counts the response, once. Returns its time in nanoseconds, and the request in flight.
    #[inline]
    pub(super) fn answered(&mut self, status: StatusCode) -> (u64, Option<InFlight>) {
        let nanoseconds = nanoseconds(self.started.elapsed());
        let in_flight = self.in_flight.take().inspect(|in_flight| in_flight.record(Status::of(status), nanoseconds));
        (nanoseconds, in_flight)
    }

    /// Counts a request for which the service returns an error.
    pub(super) fn failed(&mut self) {
        drop(self.answered(StatusCode::INTERNAL_SERVER_ERROR));
    }
}

impl InFlight {
    fn counters(&self) -> &Counters {
        self.series.counters.of(self.shard)
    }

    #[inline]
    fn record(&self, status: Status, nanoseconds: u64) {
        let Series { label, rules, .. } = &*self.series;
        label.learn(status);
        let is_health = label.is_health();
        if is_health && !rules.counts_health_routes {
            return;
        }
        let counters = self.counters();
        counters.by_status[status as usize].fetch_add(1, Ordering::Relaxed);
        if status == Status::Aborted {
            return;
        }
        if is_health && status != Status::ServerError && nanoseconds <= FAST {
            counters.unsampled_microseconds.fetch_add(microseconds(nanoseconds), Ordering::Relaxed);
        } else {
            counters.bucket(rules.bounds.bucket(nanoseconds)).fetch_add(1, Ordering::Relaxed);
            counters.sampled_microseconds.fetch_add(microseconds(nanoseconds), Ordering::Relaxed);
        }
    }
}

impl Drop for Unanswered {
    #[inline]
    fn drop(&mut self) {
        if let Some(in_flight) = &self.in_flight {
            let status = if self.is_running { Status::ServerError } else { Status::Aborted };
            in_flight.record(status, nanoseconds(self.started.elapsed()));
        }
    }
}

impl Drop for InFlight {
    #[inline]
    fn drop(&mut self) {
        self.counters().ended.fetch_add(1, Ordering::Release);
    }
}
