//! What counting requests costs, ours beside a layer that does nothing, one that counts by hand, and axum-prometheus;
//!
//! ```text
//! cargo bench -p health-tests --bench metrics
//! ```
//!
//! and what a scrape of 1,000 checks and 200 routes costs, beside encoding the same metrics alone.
//!
//! Requests are given to the router itself, without a connection. Instructions and allocations are those of a process of its
//! own under valgrind, for two numbers of requests: the difference leaves out what starting costs.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::process::Command;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use axum_prometheus::PrometheusMetricLayerBuilder;
use health_runtime::{Check, CheckMeta, Health, Probe};
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use tower::Service;

const CASES: [&str; 5] = ["none", "pass", "atomics", "ours", "axum-prometheus"];

const SHORT: u32 = 500;
const LONG: u32 = 2500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--run") {
        Some(at) => run(&arguments[at + 1], arguments[at + 2].parse().expect("a number")),
        None => compare(),
    }
}

fn compare() {
    let (one, two) = (nanoseconds(&CASES, 1), nanoseconds(&CASES, 2));
    println!(
        "{:<18} {:>14} {:>12} {:>12} {:>12}",
        "a request", "instructions", "allocations", "ns, 1 thread", "2 threads"
    );
    let figures: Vec<_> = CASES
        .into_iter()
        .zip(one.into_iter().zip(two))
        .map(|(case, (one, two))| {
            let (instructions, allocations) = (per_request(case, &CALLGRIND), per_request(case, &MEMCHECK));
            println!("{case:<18} {instructions:>14.0} {allocations:>12.1} {one:>12.0} {two:>12.0}");
            [instructions, allocations, one, two]
        })
        .collect();
    let [_, pass, _, ours, theirs] = &figures[..] else { panic!("five cases") };
    for (figure, name) in ["instructions", "allocations", "ns, 1 thread", "ns, 2 threads"].into_iter().enumerate() {
        let (ours, theirs) = (ours[figure] - pass[figure], theirs[figure] - pass[figure]);
        let ratio = ours / theirs;
        println!("added to `pass`, {name:<14} ours {ours:>6.0}, axum-prometheus {theirs:>6.0}, ratio {ratio:.2}");
    }

    let (scrape, alone) = (per_request("scrape", &CALLGRIND), per_request("encode", &CALLGRIND));
    println!("a scrape: {scrape:.0} instructions, the same series alone {alone:.0}, ratio {:.2}", scrape / alone);
    let [scrape, alone] = nanoseconds(&["scrape", "encode"], 1)[..] else { panic!("two cases") };
    println!(
        "a scrape: {:.2} ms, the same series alone {:.2} ms, ratio {:.2}",
        scrape / 1e6,
        alone / 1e6,
        scrape / alone
    );
    let [alone, scraped] = [false, true].map(slowest_probe);
    println!("a cached probe on one thread: 99 % within {alone:.1} us, during scrapes {scraped:.1} us");
}

/// A tool of valgrind, with the words before the figure that is wanted.
struct Tool(&'static [&'static str], &'static str);

const CALLGRIND: Tool = Tool(&["--tool=callgrind", "--callgrind-out-file=/dev/null"], "Collected :");
const MEMCHECK: Tool = Tool(&["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"], "total heap usage:");

/// What the tool counts for each request.
fn per_request(case: &str, Tool(arguments, words): &Tool) -> f64 {
    let scale = if ["scrape", "encode"].contains(&case) { 100 } else { 1 };
    let counted = |requests: u32| {
        let program = std::env::current_exe().expect("a path of this program");
        let mut command = Command::new("valgrind");
        command.args(*arguments).arg(program).args(["--run", case, &(requests / scale).to_string()]);
        let output = command.output().expect("valgrind, from the package of that name");
        let report = String::from_utf8(output.stderr).expect("text");
        let line = report.lines().find_map(|line| line.split_once(words)).unwrap_or_else(|| panic!("{report}")).1;
        let figure = line.split_whitespace().next().expect("a figure").replace(',', "");
        figure.parse::<f64>().expect("a number")
    };
    (counted(LONG) - counted(SHORT)) / f64::from(LONG / scale - SHORT / scale)
}

fn run(case: &str, requests: u32) {
    let mut work = Work::new(case);
    for _ in 0..requests {
        work.once();
    }
}

/// What a request takes while this many threads are busy with requests: the lower quartile of turns that alternate between
/// the cases, so that what else the machine does is in all of them.
fn nanoseconds(cases: &[&str], threads: usize) -> Vec<f64> {
    let (turns, requests) = if cases.contains(&"scrape") { (40, 1_u32) } else { (100, 2_000_u32) };
    let works: Vec<_> = cases.iter().map(|case| Work::new(case)).collect();
    let mut times = vec![Vec::new(); cases.len()];
    for _ in 0..turns {
        for (work, times) in works.iter().zip(&mut times) {
            std::thread::scope(|scope| {
                let threads = (0..threads).map(|_| {
                    let mut work = work.clone();
                    scope.spawn(move || {
                        let start = Instant::now();
                        (0..requests).for_each(|_| work.once());
                        start.elapsed().as_secs_f64() * 1e9 / f64::from(requests)
                    })
                });
                let threads: Vec<_> = threads.collect();
                times.extend(threads.into_iter().map(|thread| thread.join().expect("a thread that ends")));
            });
        }
    }
    let quartile = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 4]
    };
    times.iter_mut().map(quartile).collect()
}

/// In microseconds, on a runtime of one thread, which a scrape must not keep for itself.
fn slowest_probe(is_scraped: bool) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut times = runtime.block_on(async {
        let health = many_checks(Duration::from_secs(3600)).await;
        let app: Router = health.router();
        let scraper = app.clone();
        let scrape = async move || {
            loop {
                read(scraper.clone().call(request("/metrics"))).await;
                tokio::task::yield_now().await;
            }
        };
        let scraping = is_scraped.then(|| tokio::spawn(async move { scrape().await }));
        let mut times = Vec::new();
        for _ in 0..2_000 {
            let start = Instant::now();
            read(app.clone().call(request("/ready"))).await;
            times.push(start.elapsed().as_secs_f64() * 1e6);
            tokio::task::yield_now().await;
        }
        if let Some(scraping) = scraping {
            scraping.abort();
        }
        times
    });
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}

#[derive(Clone)]
enum Work {
    Requests(Router, &'static str, Arc<tokio::runtime::Runtime>),
    Encode(Arc<Registry>),
}

impl Work {
    fn new(case: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let runtime = Arc::new(runtime);
        let app = Router::new().route("/orders/{id}", get(async || "an order"));
        let health = || Health::builder().version("1.0.0").without_registered().build().expect("no checks");
        let app = match case {
            "none" => app,
            "pass" => app.layer(tower::layer::layer_fn(Pass)),
            "atomics" => app.layer(tower::layer::layer_fn(ByHand::new)),
            "ours" => app.layer(health().metrics_layer()),
            "axum-prometheus" => {
                // It installs a recorder for the whole process, which it can do once.
                static APP: OnceLock<Router> = OnceLock::new();
                let layer = || PrometheusMetricLayerBuilder::new().with_default_metrics().build_pair().0;
                let _entered = runtime.enter();
                APP.get_or_init(|| app.layer(layer())).clone()
            }
            "scrape" | "encode" => {
                if case == "encode" {
                    return Self::Encode(Arc::new(the_same_series()));
                }
                let health = runtime.block_on(many_checks(Duration::from_secs(3600)));
                return Self::Requests(health.router().with_state(()), "/metrics", runtime);
            }
            _ => panic!("an unknown case"),
        };
        // As `axum::serve` does it: layers are put on when the service starts, and not at each request.
        Self::Requests(app.with_state(()), "/orders/7", runtime)
    }

    fn once(&mut self) {
        match self {
            Self::Requests(app, "/metrics", runtime) => {
                runtime.block_on(read(app.call(request("/metrics"))));
            }
            // Nothing in it waits, so no runtime is measured.
            Self::Requests(app, path, _) => {
                let answer = pin!(read(app.call(request(path))));
                assert!(answer.poll(&mut Context::from_waker(Waker::noop())).is_ready());
            }
            Self::Encode(registry) => {
                let mut text = String::new();
                prometheus_text::encode(&mut text, registry).expect("a text");
                black_box(text);
            }
        }
    }
}

/// A service of 1,000 checks that has answered requests on 200 routes.
async fn many_checks(cache: Duration) -> Health {
    let mut builder = Health::builder().version("1.0.0").without_registered().default_cache(cache);
    for number in 0..1000 {
        builder = builder.add(Check::new(CheckMeta::new(format!("check-{number:03}")), async |_| {}));
    }
    let health = builder.build().expect("checks that fit together");
    let _ = health.probe(Probe::Ready).await;
    let routes =
        (0..200).fold(Router::new(), |app, number| app.route(&format!("/route-{number:03}"), get(async || "")));
    let app = routes.layer(health.metrics_layer());
    for number in 0..200 {
        read(app.clone().call(request(&format!("/route-{number:03}")))).await;
    }
    health
}

/// As many metrics, with the same labels, in the types of `prometheus-client` itself.
fn the_same_series() -> Registry {
    type Labels = Vec<(&'static str, String)>;

    fn histograms(buckets: u16) -> Family<Labels, Histogram, impl Fn() -> Histogram + Clone> {
        Family::new_with_constructor(move || Histogram::new(exponential_buckets(0.001, 2.0, buckets)))
    }

    let requests = [(); 2].map(|()| Family::<Labels, Counter>::default());
    let durations = histograms(13);
    for number in 0..200 {
        let labels = vec![("method", "GET".to_owned()), ("route", format!("/route-{number:03}"))];
        for status in ["1xx", "2xx", "3xx", "4xx", "5xx", "aborted"] {
            let labels = [&labels[..], &[("status", status.to_owned())]].concat();
            requests[0].get_or_create(&labels).inc();
        }
        requests[1].get_or_create(&labels).inc();
        durations.get_or_create(&labels).observe(0.001);
    }
    let runs = [(); 2].map(|()| Family::<Labels, Counter>::default());
    let (states, took) = (Family::<Labels, Gauge>::default(), histograms(12));
    let times = [(); 3].map(|()| Family::<Labels, Gauge<f64, AtomicU64>>::default());
    for number in 0..1000 {
        let check = vec![("check", format!("check-{number:03}"))];
        for state in ["ok", "degraded", "error"] {
            states.get_or_create(&[&check[..], &[("state", state.to_owned())]].concat()).set(1);
        }
        for reason in ["ok", "degraded", "slow", "failed", "timeout", "panicked", "cancelled"] {
            runs[0].get_or_create(&[&check[..], &[("reason", reason.to_owned())]].concat()).inc();
        }
        runs[1].get_or_create(&check).inc();
        took.get_or_create(&check).observe(0.001);
        for times in &times {
            times.get_or_create(&check).set(1_795_552_737.925_796);
        }
    }
    let mut registry = Registry::default();
    registry.register("health_check_state", "States", states);
    for (name, counters) in ["http_requests", "http_errors"].into_iter().zip(requests) {
        registry.register(name, "Requests", counters);
    }
    for (name, counters) in ["health_check_runs", "health_check_transitions"].into_iter().zip(runs) {
        registry.register(name, "Runs", counters);
    }
    registry.register("http_request_duration_seconds", "Durations", durations);
    registry.register("health_check_duration_seconds", "Durations", took);
    for (name, times) in ["last_duration", "last_success_timestamp", "observation_age"].into_iter().zip(times) {
        registry.register(format!("health_check_{name}_seconds"), "Times", times);
    }
    registry
}

fn request(path: &str) -> Request {
    Request::get(path).body(Body::empty()).expect("a request")
}

/// The whole response, as a server reads it.
async fn read(response: impl Future<Output = Result<Response, Infallible>>) {
    let Ok(response) = response.await;
    let mut body = response.into_body();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        black_box(frame.expect("a frame"));
    }
}

/// Does nothing, as little as a layer can.
#[derive(Clone)]
struct Pass<S>(S);

impl<S: Service<Request>> Service<Request> for Pass<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.0.call(request)
    }
}

/// What an author writes who wants three figures and no labels.
#[derive(Clone)]
struct ByHand<S>(S, Arc<Counters>);

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    errors: AtomicU64,
    in_flight: AtomicI64,
}

impl<S> ByHand<S> {
    fn new(inner: S) -> Self {
        Self(inner, Arc::default())
    }
}

impl<S> Service<Request> for ByHand<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Unpin,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Counted<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.1.requests.fetch_add(1, Ordering::Relaxed);
        self.1.in_flight.fetch_add(1, Ordering::Relaxed);
        Counted(self.0.call(request), Arc::clone(&self.1))
    }
}

struct Counted<F>(F, Arc<Counters>);

impl<F: Future<Output = Result<Response, E>> + Unpin, E> Future for Counted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let result = ready!(Pin::new(&mut self.0).poll(cx));
        if result.as_ref().is_ok_and(|response| response.status().is_server_error()) {
            self.1.errors.fetch_add(1, Ordering::Relaxed);
        }
        self.1.in_flight.fetch_sub(1, Ordering::Relaxed);
        Poll::Ready(result)
    }
}
