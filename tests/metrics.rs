//! What is counted of requests, and how a scrape gets it.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get};
use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Endpoint, Health, HealthBuilder, HealthRoute, Outcome, Probe};
use health_tests::{Gate, Server};
use prometheus_client::registry::Registry;
use serde_json::json;
use tokio::sync::{Notify, oneshot};
use tower::{Layer as _, Service as _, ServiceExt as _};
use tower_http::trace::TraceLayer;
use tracing_subscriber::layer::SubscriberExt as _;

fn builder() -> HealthBuilder {
    Health::builder().version("1.4.0").without_registered()
}

fn health() -> Health {
    builder().build().unwrap()
}

/// What a scrape gets, as text 0.0.4.
async fn scrape(health: &Health) -> String {
    let router: Router = health.router();
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let body = router.oneshot(request).await.unwrap().into_body();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The lines of these families, without descriptions.
fn samples<'a>(metrics: &'a str, start: &str) -> Vec<&'a str> {
    metrics.lines().filter(|line| line.starts_with(start)).collect()
}

/// The samples that are not zero, without those of histograms.
async fn counted(health: &Health) -> Vec<String> {
    let metrics = scrape(health).await;
    let lines = samples(&metrics, "http_").into_iter();
    let lines = lines.filter(|line| !line.starts_with("http_request_duration") && !line.ends_with(" 0"));
    lines.map(|line| line.trim_start_matches("http_").to_owned()).collect()
}

fn request(method: &str, path: &str) -> Request {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

async fn send(app: &Router, method: &str, path: &str) -> Response {
    app.clone().oneshot(request(method, path)).await.unwrap()
}

#[tokio::test]
async fn requests_are_counted_by_method_route_and_class_of_status() {
    let health = health();
    let api = Router::new().route("/users/{id}", get(async || "user").delete(async || StatusCode::NO_CONTENT));
    let app = Router::new()
        .route("/fails", any(async || StatusCode::BAD_GATEWAY))
        .route("/moved", get(async || StatusCode::FOUND))
        .nest("/api/{version}", api)
        .layer(health.metrics_layer());
    for (method, path) in [
        ("GET", "/api/1/users/7"),
        ("GET", "/api/2/users/8?x=y"),
        ("HEAD", "/api/2/users/8"),
        ("DELETE", "/api/2/users/9"),
        ("PUT", "/api/2/users/9"),
        ("BREW", "/fails"),
        ("STEEP", "/fails"),
        ("GET", "/moved"),
        ("GET", "/wp-login.php"),
        ("POST", "/"),
    ] {
        send(&app, method, path).await;
    }
    assert_eq!(
        counted(&health).await,
        [
            r#"requests_total{method="GET",route="/api/{version}/users/{id}",status="2xx"} 2"#,
            r#"requests_total{method="HEAD",route="/api/{version}/users/{id}",status="2xx"} 1"#,
            r#"requests_total{method="PUT",route="/api/{version}/users/{id}",status="4xx"} 1"#,
            r#"requests_total{method="DELETE",route="/api/{version}/users/{id}",status="2xx"} 1"#,
            r#"requests_total{method="other",route="/fails",status="5xx"} 2"#,
            r#"requests_total{method="GET",route="/moved",status="3xx"} 1"#,
            r#"requests_total{method="GET",route="unmatched",status="4xx"} 1"#,
            r#"requests_total{method="POST",route="unmatched",status="4xx"} 1"#,
            r#"errors_total{method="other",route="/fails"} 2"#,
        ]
    );
}

#[tokio::test]
async fn nested_services_and_fallbacks_have_labels_of_bounded_number() {
    let health = health();
    let inner = Router::new().route("/a/{b}", get(async || "inner"));
    let app = Router::new()
        .nest_service("/service", inner.clone())
        .route_service("/route/{*rest}", tower::service_fn(async |_| Ok::<_, Infallible>(Response::new(Body::empty()))))
        .nest("/nested", inner.fallback(async || "inner fallback"))
        .fallback(async || "outer fallback")
        .layer(health.metrics_layer());
    for number in 0..100 {
        for start in ["/service/a", "/route/a", "/nested/a", "/nested/nothing/here", "/nothing"] {
            send(&app, "GET", &format!("{start}/{number}")).await;
        }
    }
    assert_eq!(
        counted(&health).await,
        [
            r#"requests_total{method="GET",route="/nested/a/{b}",status="2xx"} 100"#,
            r#"requests_total{method="GET",route="/route/{*rest}",status="2xx"} 100"#,
            r#"requests_total{method="GET",route="unmatched",status="2xx"} 300"#,
        ]
    );
}

#[tokio::test]
async fn a_layer_on_a_nested_router_sees_the_whole_route() {
    let health = health();
    let inner = Router::new().route("/a/{b}", get(async || "inner")).layer(health.metrics_layer());
    let app = Router::new().nest("/nested/{c}", inner.clone()).nest_service("/service", inner);
    for path in ["/nested/1/a/1", "/nested/2/a/2", "/service/a/1", "/service/a/2", "/service/b"] {
        send(&app, "GET", path).await;
    }
    assert_eq!(
        counted(&health).await,
        [
            r#"requests_total{method="GET",route="/nested/{c}/a/{b}",status="2xx"} 2"#,
            r#"requests_total{method="GET",route="/service/a/{b}",status="2xx"} 2"#,
            r#"requests_total{method="GET",route="unmatched",status="4xx"} 1"#,
        ]
    );
}

#[tokio::test]
async fn one_service_on_several_routes_is_counted_by_each_of_them() {
    let health = health();
    let service = tower::service_fn(async |_: Request| Ok::<_, Infallible>(Response::new(Body::empty())));
    let service = health.metrics_layer().layer(service);
    let app = Router::new().route_service("/a", service.clone()).route_service("/b", service);
    for path in ["/a", "/b", "/a"] {
        send(&app, "GET", path).await;
    }
    assert_eq!(
        counted(&health).await,
        [
            r#"requests_total{method="GET",route="/a",status="2xx"} 2"#,
            r#"requests_total{method="GET",route="/b",status="2xx"} 1"#,
        ]
    );
}

#[tokio::test]
async fn a_layer_around_the_whole_router_counts_without_knowing_routes() {
    let health = health();
    let mut service = health.metrics_layer().layer(Router::new().route("/a", get(async || "a")));
    for path in ["/a", "/b"] {
        let response = service.call(request("GET", path)).await.unwrap();
        assert!(response.headers().contains_key("x-response-time"));
    }
    assert_eq!(
        counted(&health).await[..2],
        [
            r#"requests_total{method="GET",route="unmatched",status="2xx"} 1"#,
            r#"requests_total{method="GET",route="unmatched",status="4xx"} 1"#,
        ]
    );
}

#[tokio::test]
async fn a_hundred_thousand_unknown_addresses_create_no_series() {
    let health = health();
    let app = Router::new().route("/orders/{id}", get(async || "order")).layer(health.metrics_layer());
    send(&app, "GET", "/nothing").await;
    send(&app, "BREW", "/nothing").await;
    let before = samples(&scrape(&health).await, "http_").len();
    for number in 0..50_000 {
        send(&app, "GET", &format!("/{number}")).await;
        send(&app, &format!("M{number}"), &format!("/orders/x/{number}")).await;
    }
    let metrics = scrape(&health).await;
    assert_eq!(samples(&metrics, "http_").len(), before);
    let line = r#"http_requests_total{method="other",route="unmatched",status="4xx"} 50001"#;
    assert!(metrics.lines().any(|found| found == line), "{metrics}");
}

#[tokio::test]
async fn every_response_says_how_long_it_took_with_four_decimals() {
    let health = health();
    let app = Router::new()
        .route("/", get(async || "home"))
        .route("/fails", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/slow", get(async || tokio::time::sleep(Duration::from_millis(30)).await))
        .merge(health.router())
        .layer(health.metrics_layer());
    let server = Server::start(app).await;
    for path in ["/", "/fails", "/nothing", "/ready", "/ready/nothing", "/metrics", "/slow"] {
        let answer = server.get(path).await;
        let time = answer.header("x-response-time").unwrap();
        let (whole, decimals) = time.split_once('.').unwrap();
        assert_eq!((whole.len(), decimals.len()), (1, 4), "{path}: {time}");
        assert_eq!(time.parse::<f64>().unwrap() >= 0.03, path == "/slow", "{path}: {time}");
    }
    let answer = server.send("POST", "/", &[("Content-Length", "0")]).await;
    assert_eq!((answer.status, answer.header("x-response-time").is_some()), (405, true));
}

#[tokio::test]
async fn a_request_that_is_dropped_before_its_head_is_aborted() {
    let health = health();
    let app = Router::new().route("/hangs", get(async || pending::<()>().await)).layer(health.metrics_layer());
    let mut call = Box::pin(app.oneshot(request("GET", "/hangs")));
    poll_fn(|cx| {
        assert!(call.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    assert_eq!(counted(&health).await, ["requests_in_flight 1"]);
    drop(call);
    assert_eq!(counted(&health).await, [r#"requests_total{method="GET",route="/hangs",status="aborted"} 1"#]);
    assert_eq!(totals(&health).await, json!({"requests_total": 1, "errors_total": 0, "avg_latency_seconds": 0.0}));
}

#[tokio::test]
async fn ten_thousand_clients_that_hang_up_leave_nothing_in_flight() {
    let health = health();
    let app = Router::new()
        .route("/hangs", get(async || pending::<()>().await))
        .route("/streams", get(async || Response::new(Body::new(Endless))))
        .layer(health.metrics_layer());
    let server = Server::start(app).await;
    for turn in 0..100 {
        let path = if turn % 2 == 0 { "/hangs" } else { "/streams" };
        let mut connections = Vec::new();
        for _ in 0..100 {
            use tokio::io::AsyncWriteExt as _;
            let mut connection = server.connect().await;
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
            connection.write_all(head.as_bytes()).await.unwrap();
            connections.push(connection);
        }
        until(&health, "http_requests_in_flight 100").await;
        drop(connections);
        until(&health, "http_requests_in_flight 0").await;
    }
    assert_eq!(
        counted(&health).await,
        [
            r#"requests_total{method="GET",route="/hangs",status="aborted"} 5000"#,
            r#"requests_total{method="GET",route="/streams",status="2xx"} 5000"#,
        ]
    );
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_body_has_ended_or_is_dropped() {
    let health = health();
    let service = tower::service_fn(async |request: Request| {
        let length = request.uri().path().len();
        Ok::<_, Infallible>(Response::new(Body::from("x".repeat(length))))
    });
    let mut service = health.metrics_layer().layer(service);
    let read = service.call(request("GET", "/read")).await.unwrap();
    let dropped = service.call(request("GET", "/dropped")).await.unwrap();
    assert_eq!(samples(&scrape(&health).await, "http_requests_in_flight"), ["http_requests_in_flight 2"]);
    assert_eq!(read.body().size_hint().exact(), Some(5));
    let mut body = read.into_body();
    for _ in 0..2 {
        poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
    }
    assert_eq!(samples(&scrape(&health).await, "http_requests_in_flight"), ["http_requests_in_flight 1"]);
    drop(dropped);
    assert_eq!(samples(&scrape(&health).await, "http_requests_in_flight"), ["http_requests_in_flight 0"]);
    drop(body);
    assert_eq!(samples(&scrape(&health).await, "http_requests_in_flight"), ["http_requests_in_flight 0"]);
}

#[tokio::test]
async fn a_panic_that_unwinds_through_the_layer_is_an_error() {
    let health = health();
    let app = Router::new()
        .route("/at-once", get(|| -> std::future::Ready<()> { panic!("before the future") }))
        .route(
            "/later",
            get(async || -> () {
                tokio::task::yield_now().await;
                panic!("in the future")
            }),
        )
        .layer(health.metrics_layer());
    for path in ["/at-once", "/later"] {
        let call = tokio::spawn(app.clone().oneshot(request("GET", path)));
        assert!(call.await.unwrap_err().is_panic());
    }
    assert_eq!(
        counted(&health).await,
        [
            r#"requests_total{method="GET",route="/at-once",status="5xx"} 1"#,
            r#"requests_total{method="GET",route="/later",status="5xx"} 1"#,
            r#"errors_total{method="GET",route="/at-once"} 1"#,
            r#"errors_total{method="GET",route="/later"} 1"#,
        ]
    );
}

#[tokio::test]
async fn an_aborted_request_is_no_panic_although_its_thread_panics() {
    let health = health();
    let app = Router::new().route("/hangs", get(async || pending::<()>().await)).layer(health.metrics_layer());
    let task = tokio::spawn(async move {
        let mut call = Box::pin(app.oneshot(request("GET", "/hangs")));
        poll_fn(|cx| {
            assert!(call.as_mut().poll(cx).is_pending());
            panic!("beside it");
            #[expect(unreachable_code, reason = "the type of the future")]
            Poll::Ready(())
        })
        .await;
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(counted(&health).await, [r#"requests_total{method="GET",route="/hangs",status="aborted"} 1"#]);
}

#[tokio::test]
async fn an_error_of_a_service_is_an_error() {
    let health = health();
    let service = tower::service_fn(async |_: Request| Err::<Response, _>("broken"));
    assert_eq!(health.metrics_layer().layer(service).oneshot(request("GET", "/")).await.unwrap_err(), "broken");
    assert_eq!(totals(&health).await["errors_total"], 1);
}

#[tokio::test]
async fn a_connection_that_is_upgraded_still_works_and_is_not_in_flight() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let health = health();
    let (send, received) = oneshot::channel();
    let send = Arc::new(std::sync::Mutex::new(Some(send)));
    let app = Router::new()
        .route(
            "/upgrade",
            get(move |mut request: Request| async move {
                tokio::spawn(async move {
                    let upgraded = hyper::upgrade::on(&mut request).await.unwrap();
                    let mut io = hyper_util::rt::TokioIo::new(upgraded);
                    let mut byte = [0];
                    io.read_exact(&mut byte).await.unwrap();
                    send.lock().unwrap().take().unwrap().send(byte).unwrap();
                });
                let head = Response::builder().status(101).header("connection", "upgrade").header("upgrade", "x");
                head.body(Body::empty()).unwrap()
            }),
        )
        .layer(health.metrics_layer());
    let server = Server::start(app).await;
    let mut connection = server.connect().await;
    let head = "GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
    until(&health, "http_requests_in_flight 0").await;
    connection.write_all(b"!").await.unwrap();
    assert_eq!(&received.await.unwrap(), b"!");
    assert_eq!(counted(&health).await, [r#"requests_total{method="GET",route="/upgrade",status="1xx"} 1"#]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counters_are_exact_under_eight_clients() {
    let health = health();
    let app = Router::new()
        .route("/ok", get(async || "ok"))
        .route("/fails", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .merge(health.router())
        .layer(health.metrics_layer());
    let clients = (0..8).map(|_| {
        let app = app.clone();
        tokio::spawn(async move {
            for number in 0..1000 {
                send(&app, "GET", ["/ok", "/fails", "/nothing", "/health"][number % 4]).await;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    let totals = totals(&health).await;
    assert_eq!((&totals["requests_total"], &totals["errors_total"]), (&8000.into(), &2000.into()));
    let metrics = scrape(&health).await;
    for line in [
        r#"http_requests_total{method="GET",route="/ok",status="2xx"} 2000"#,
        r#"http_requests_total{method="GET",route="/health",status="2xx"} 2000"#,
        r#"http_requests_total{method="GET",route="unmatched",status="4xx"} 2000"#,
        r#"http_errors_total{method="GET",route="/fails"} 2000"#,
        r#"http_request_duration_seconds_count{method="GET",route="/ok"} 2000"#,
        r#"http_request_duration_seconds_count{method="GET",route="/health"} 0"#,
        "http_requests_in_flight 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
async fn health_routes_are_counted_and_sampled_only_if_they_fail_or_are_slow() {
    let wake = Arc::new(Notify::new());
    let (fails, slow) = (CheckMeta::new("fails"), Arc::clone(&wake));
    let slow = Check::new(CheckMeta::new("slow").with_probes(&[Probe::Live]), move |_| {
        let slow = Arc::clone(&slow);
        async move { slow.notified().await }
    });
    let health = builder().add(Check::new(fails, async |_| Outcome::<()>::error("down"))).add(slow).build().unwrap();
    // At its own path, and at another one.
    let app = Router::new()
        .merge(health.router())
        .nest("/{tenant}/ops", health.router())
        .route("/orders/ready", get(async || "the application's own"))
        .layer(health.metrics_layer());
    for path in ["/startup", "/x/ops/startup", "/ready", "/nothing", "/orders/ready", "/status", "/ready/nothing"] {
        send(&app, "GET", path).await;
    }
    send(&app, "POST", "/startup").await;
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { send(&app, "GET", "/health").await }
    });
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    wake.notify_one();
    waiting.await.unwrap();

    let metrics = scrape(&health).await;
    let sampled = samples(&metrics, "http_request_duration_seconds_count").into_iter();
    let sampled: Vec<_> = sampled.filter(|line| !line.ends_with(" 0")).collect();
    assert_eq!(
        sampled,
        [
            r#"http_request_duration_seconds_count{method="GET",route="/health"} 1"#,
            r#"http_request_duration_seconds_count{method="GET",route="/orders/ready"} 1"#,
            r#"http_request_duration_seconds_count{method="GET",route="/ready"} 1"#,
            r#"http_request_duration_seconds_count{method="GET",route="unmatched"} 1"#,
        ]
    );
    let totals = totals(&health).await;
    assert_eq!((&totals["requests_total"], &totals["errors_total"]), (&9.into(), &1.into()));
    assert!(totals["avg_latency_seconds"].as_f64().unwrap() > 0.1, "{totals}");
}

#[tokio::test]
async fn health_routes_can_be_left_out() {
    let health =
        builder().add(Check::new(CheckMeta::new("db"), async |_| Outcome::<()>::error("down"))).build().unwrap();
    let app = Router::new()
        .route("/orders", get(async || "orders"))
        .nest("/ops", health.router())
        .layer(health.metrics_layer().count_health_routes(false));
    for path in ["/ops/ready", "/ops/ready", "/ops/ready/db", "/ops/metrics", "/orders"] {
        assert!(send(&app, "GET", path).await.headers().contains_key("x-response-time"), "{path}");
    }
    send(&app, "POST", "/ops/health").await;
    let metrics = scrape(&health).await;
    assert_eq!(samples(&metrics, "http_requests_total").len(), 6);
    assert!(!metrics.contains("/ops/"), "{metrics}");
    assert_eq!(totals(&health).await["requests_total"], 1);
}

#[tokio::test]
async fn buckets_can_be_set() {
    let health = health();
    let app = Router::new().route("/", get(async || "")).layer(health.metrics_layer().buckets([60.0, 0.5]));
    send(&app, "GET", "/").await;
    let metrics = scrape(&health).await;
    let buckets = samples(&metrics, "http_request_duration_seconds_bucket");
    let start = r#"http_request_duration_seconds_bucket{method="GET",route="/",le="#;
    assert_eq!(buckets, ["\"0.5\"} 1", "\"60\"} 1", "\"+Inf\"} 1"].map(|end| format!("{start}{end}")));
}

#[tokio::test]
async fn a_scrape_is_always_200_in_the_format_that_it_asks_for() {
    let health =
        builder().add(Check::new(CheckMeta::new("db"), async |_| Outcome::<()>::error("down"))).build().unwrap();
    let server = Server::start(Router::new().merge(health.router()).layer(health.metrics_layer())).await;
    assert_eq!(server.get("/ready").await.status, 503);
    let text = "text/plain; version=0.0.4; charset=utf-8";
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    for (accept, content_type) in [
        ("*/*", text),
        ("image/png", text),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3",
            openmetrics,
        ),
        ("application/json", "application/json"),
    ] {
        let answer = server.send("GET", "/metrics", &[("Accept", accept)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)), "{accept}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("vary"), Some("accept"));
        assert_eq!(answer.body.ends_with("# EOF\n"), content_type == openmetrics);
    }
    let answer = server.send("HEAD", "/metrics", &[]).await;
    assert_eq!((answer.status, answer.header("content-type"), &*answer.body), (200, Some(text), ""));
    assert_eq!(server.send("POST", "/metrics", &[("Content-Length", "0")]).await.status, 405);
}

#[tokio::test]
async fn the_totals_begin_at_zero_and_have_four_decimals() {
    let health = health();
    let server = Server::start(health.router()).await;
    let json = server.send("GET", "/metrics", &[("Accept", "application/json")]).await;
    assert_eq!(json.body, r#"{"requests_total":0,"errors_total":0,"avg_latency_seconds":0.0000}"#);
}

#[tokio::test]
async fn the_document_has_all_formats_of_the_metrics() {
    let health = builder().path(Endpoint::Metrics, "/internal-metrics").build().unwrap();
    let server = Server::start(health.router()).await;
    let api = server.get("/openapi.json").await.json();
    let content = api["paths"]["/internal-metrics"]["get"]["responses"]["200"]["content"].clone();
    let types: Vec<_> = content.as_object().unwrap().keys().collect();
    assert_eq!(types, ["application/json", "application/openmetrics-text", "text/plain"]);
    let answer = server.send("GET", "/internal-metrics", &[("Accept", "application/json")]).await;
    let contract = health_tests::Contract::new(api);
    assert_eq!(contract.invalid(&content["application/json"]["schema"], &answer.json()), [""; 0]);
    assert_eq!(contract.invalid(&content["application/json"]["schema"], &json!({"requests_total": -1})).len(), 3);
}

#[tokio::test]
async fn the_route_of_the_metrics_can_be_left_out() {
    let health = builder().without_endpoint(Endpoint::Metrics).build().unwrap();
    let server = Server::start(health.router()).await;
    assert_eq!(server.get("/metrics").await.status, 404);
    assert!(server.get("/openapi.json").await.json()["paths"].get("/metrics").is_none());
}

#[tokio::test(start_paused = true)]
async fn every_run_is_counted_by_what_it_came_to_whatever_clients_see() {
    let steps = [
        Step::from(Outcome::ok(())),
        Step::from(Outcome::ok(())).after(Duration::from_millis(20)),
        Step::fail("refused"),
        Step::panic("worse"),
        Step::hang(),
        Outcome::degraded("nearly").into(),
        Step::from(Outcome::ok(())).after(Duration::from_secs(2)),
    ];
    let meta = CheckMeta::new("db").with_slow(Duration::from_secs(1)).with_failure_threshold(100);
    let health = builder().default_cache(Duration::ZERO).add(Script::new(steps).check(meta)).build().unwrap();
    let before = SystemTime::now();
    for _ in 0..7 {
        let _ = health.probe(Probe::Ready).await;
    }
    tokio::time::advance(Duration::from_secs(3)).await;
    let metrics = scrape(&health).await;
    for line in [
        r#"health_check_runs_total{check="db",reason="ok"} 2"#,
        r#"health_check_runs_total{check="db",reason="degraded"} 1"#,
        r#"health_check_runs_total{check="db",reason="slow"} 1"#,
        r#"health_check_runs_total{check="db",reason="failed"} 1"#,
        r#"health_check_runs_total{check="db",reason="timeout"} 1"#,
        r#"health_check_runs_total{check="db",reason="panicked"} 1"#,
        r#"health_check_runs_total{check="db",reason="cancelled"} 0"#,
        r#"health_check_duration_seconds_bucket{check="db",le="0.01"} 4"#,
        r#"health_check_duration_seconds_bucket{check="db",le="0.025"} 5"#,
        r#"health_check_duration_seconds_bucket{check="db",le="2.5"} 6"#,
        r#"health_check_duration_seconds_bucket{check="db",le="5"} 7"#,
        r#"health_check_duration_seconds_count{check="db"} 7"#,
        r#"health_check_last_duration_seconds{check="db"} 2.0"#,
        r#"health_check_observation_age_seconds{check="db"} 3.0"#,
        // Failures were held back, so they were no changes.
        r#"health_check_transitions_total{check="db"} 3"#,
        r#"health_check_state{check="db",state="ok"} 0"#,
        r#"health_check_state{check="db",state="degraded"} 1"#,
        r#"health_check_state{check="db",state="error"} 0"#,
        r#"health_report_state{probe="live",state="healthy"} 1"#,
        r#"health_report_state{probe="ready",state="healthy"} 0"#,
        r#"health_report_state{probe="ready",state="degraded"} 1"#,
        r#"health_report_state{probe="ready",state="unhealthy"} 0"#,
        r#"build_info{version="1.4.0"} 1"#,
        "tokio_workers 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in {metrics}");
    }
    let [success] = samples(&metrics, "health_check_last_success_timestamp_seconds")[..] else { panic!("{metrics}") };
    let success: f64 = success.split_once("} ").unwrap().1.parse().unwrap();
    let unix = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((unix(before) - 0.001..=unix(SystemTime::now())).contains(&success), "{success}");
}

#[tokio::test(start_paused = true)]
async fn a_scrape_runs_no_check_and_tells_what_was_last_published() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let check = Check::new(CheckMeta::new("db"), move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async {}
    });
    let hangs = Script::<()>::new([Step::hang()]).check(CheckMeta::new("hangs").with_timeout(Duration::from_secs(60)));
    let health = builder().default_cache(Duration::ZERO).add(check).add(hangs).build().unwrap();
    let ready = |metrics: &str, state: &str| {
        metrics.contains(&format!("health_report_state{{probe=\"ready\",state=\"{state}\"}} 1\n"))
    };
    tokio::time::sleep(Duration::from_millis(1)).await;
    for _ in 0..10 {
        let metrics = scrape(&health).await;
        assert!(ready(&metrics, "unhealthy"), "the first run of a check has not finished");
        assert_eq!(
            samples(&metrics, r#"health_check_state{check="hangs""#).iter().filter(|line| line.ends_with('1')).count(),
            0
        );
        assert_eq!(samples(&metrics, "health_check_observation_age_seconds").len(), 1);
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    health.force("hangs", Outcome::ok(())).unwrap();
    assert!(ready(&scrape(&health).await, "healthy"));
    // On demand, a check that nobody asks for is as it was: only its age says more.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(ready(&scrape(&health).await, "healthy"));
    health.force("db", Outcome::error("by hand")).unwrap();
    assert!(ready(&scrape(&health).await, "unhealthy"));
    health.remove("hangs").unwrap();
    assert!(!scrape(&health).await.contains("hangs"));
}

#[tokio::test(start_paused = true)]
async fn scheduled_checks_say_from_which_age_on_they_are_stale() {
    let meta = CheckMeta::new("often").with_interval(Duration::from_secs(10)).with_timeout(Duration::from_secs(5));
    let health = builder()
        .add(Check::new(meta, async |_| {}))
        .add(Check::new(CheckMeta::new("asked"), async |_| {}))
        .build()
        .unwrap();
    let metrics = scrape(&health).await;
    assert_eq!(
        samples(&metrics, "health_check_stale_after_seconds"),
        [r#"health_check_stale_after_seconds{check="often"} 25.0"#]
    );
}

#[tokio::test]
async fn an_application_has_the_same_families_in_its_own_registry() {
    let health = builder().add(Check::new(CheckMeta::new("db"), async |_| {})).build().unwrap();
    let app = Router::new().route("/", get(async || "")).layer(health.metrics_layer());
    send(&app, "GET", "/").await;
    let _ = health.probe(Probe::Ready).await;
    let mut registry = Registry::with_prefix_and_labels("shop", [("zone".into(), "eu".into())].into_iter());
    registry.register_collector(Box::new(health.metrics_collector()));
    let text = || {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    };
    let before = text();
    let line = r#"shop_http_requests_total{zone="eu",method="GET",route="/",status="2xx"} 1"#;
    assert!(before.lines().any(|found| found == line), "{before}");
    assert!(before.contains(r#"shop_health_check_state{zone="eu",check="db",state="ok"} 1"#), "{before}");
    send(&app, "GET", "/").await;
    assert!(text().contains(&line.replace("} 1", "} 2")));

    drop((app, health));
    assert_eq!(text(), "# EOF\n", "it does not keep the health alive");
}

#[tokio::test]
async fn names_can_have_a_prefix() {
    let health = builder().metrics_prefix("shop").build().unwrap();
    let metrics = scrape(&health).await;
    let is_prefixed =
        |line: &str| line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ").starts_with("shop_");
    assert!(metrics.lines().all(is_prefixed), "{metrics}");
}

/// Counts the spans and lines of everything.
#[derive(Clone, Default)]
struct Logged(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Logged {
    fn on_new_span(
        &self,
        _: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        // What is logged of the checks themselves comes whenever it comes.
        if event.metadata().target() != "health_runtime" {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test]
async fn ten_thousand_good_and_fast_probes_make_no_span_no_line_and_no_sample_and_are_counted() {
    let logged = Logged::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(logged.clone()));
    let health = builder().add(Check::new(CheckMeta::new("db"), async |_| {})).build().unwrap();
    let _ = health.probe(Probe::Ready).await;
    let app = Router::new()
        .route("/orders/{id}", get(async || "order"))
        .merge(health.router())
        .layer(health.except_health_routes(TraceLayer::new_for_http()))
        .layer(health.metrics_layer())
        .with_state(());
    for _ in 0..5_000 {
        for path in ["/ready", "/ready/db"] {
            assert_eq!(send(&app, "GET", path).await.status(), StatusCode::OK);
        }
    }
    assert_eq!(logged.0.load(Ordering::SeqCst), 0);
    assert_eq!(totals(&health).await["requests_total"], 10_000);
    assert!(
        !samples(&scrape(&health).await, "http_request_duration_seconds_count")
            .iter()
            .any(|line| !line.ends_with(" 0"))
    );

    send(&app, "GET", "/orders/7").await;
    assert!(logged.0.load(Ordering::SeqCst) >= 3, "a span, and lines of the request and the response");
}

#[tokio::test]
async fn spans_are_made_of_the_applications_own_routes() {
    let logged = Logged::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(logged.clone()));
    let health = health();
    let make_span = health.make_span(|request: &Request| tracing::info_span!("request", method = %request.method()));
    let app = Router::new()
        .route("/orders", get(async || "orders"))
        .merge(health.router())
        .layer(TraceLayer::new_for_http().make_span_with(make_span).on_request(()).on_response(()));
    send(&app, "GET", "/ready").await;
    assert_eq!(logged.0.load(Ordering::SeqCst), 0);
    send(&app, "GET", "/orders").await;
    assert_eq!(logged.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn layers_inside_see_which_requests_are_for_health_routes() {
    let health = builder().base_path("/ops").add(Check::new(CheckMeta::new("db"), async |_| {})).build().unwrap();
    let tell = |health: &Health| {
        let health = health.clone();
        axum::middleware::from_fn(move |request: Request, next: axum::middleware::Next| {
            let known = (health.is_health_route(&request), request.extensions().get::<HealthRoute>().is_some());
            async move { (axum::response::AppendHeaders([("known", format!("{known:?}"))]), next.run(request).await) }
        })
    };
    let app = Router::new()
        .route("/ready", get(async || "the application's own"))
        .merge(health.router())
        .nest("/nested", health.router())
        .layer(tell(&health))
        .layer(health.metrics_layer());
    for (path, known) in [
        ("/ops/ready", "(true, true)"),
        ("/ops/ready/db", "(true, true)"),
        ("/ops/metrics", "(true, true)"),
        ("/ready", "(false, false)"),
        ("/ops/ready/db/x", "(false, false)"),
        // Known from its first answer on.
        ("/nested/ops/ready", "(false, false)"),
        ("/nested/ops/ready", "(true, true)"),
    ] {
        assert_eq!(send(&app, "GET", path).await.headers()["known"], known, "{path}");
    }
    assert!(health.is_health_route(&request("GET", "/ops/ready/db")), "before a router has seen it");
    assert!(!health.is_health_route(&request("GET", "/ops/readyness")));
}

async fn totals(health: &Health) -> serde_json::Value {
    let router: Router = health.router();
    let request = Request::get("/metrics").header("accept", "application/json").body(Body::empty()).unwrap();
    let body = router.oneshot(request).await.unwrap().into_body();
    serde_json::from_slice(&axum::body::to_bytes(body, usize::MAX).await.unwrap()).unwrap()
}

/// Waits for a line of a scrape.
async fn until(health: &Health, line: &str) {
    let found = async {
        while !scrape(health).await.lines().any(|found| found == line) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect(line);
}

/// A body that never ends.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_health_route_that_a_layer_rejects_is_still_a_health_route() {
    let health = health();
    let reject = axum::middleware::map_request(async |_: Request| Err::<Request, _>(StatusCode::UNAUTHORIZED));
    let app = Router::new().merge(health.router()).layer(reject).layer(health.metrics_layer());
    for _ in 0..3 {
        assert_eq!(send(&app, "GET", "/status").await.status(), StatusCode::UNAUTHORIZED);
    }
    let metrics = scrape(&health).await;
    assert!(metrics.contains(r#"http_requests_total{method="GET",route="/status",status="4xx"} 3"#), "{metrics}");
    assert!(metrics.contains(r#"http_request_duration_seconds_count{method="GET",route="/status"} 0"#), "{metrics}");
}

#[tokio::test]
async fn a_route_of_the_application_at_a_path_of_ours_is_the_applications() {
    let health = health();
    let own = get(async |request: Request| request.extensions().get::<HealthRoute>().is_some().to_string());
    let app = Router::new().route("/status", own).nest("/ops", health.router()).layer(health.metrics_layer());
    // The path is all that is known before the first answer.
    let silenced = async || {
        let body = send(&app, "GET", "/status").await.into_body();
        String::from_utf8(axum::body::to_bytes(body, 16).await.unwrap().to_vec()).unwrap()
    };
    assert_eq!(silenced().await, "true");
    assert_eq!(silenced().await, "false");
    send(&app, "GET", "/ops/status").await;
    let metrics = scrape(&health).await;
    assert!(metrics.contains(r#"http_request_duration_seconds_count{method="GET",route="/status"} 2"#), "{metrics}");
    assert!(
        metrics.contains(r#"http_request_duration_seconds_count{method="GET",route="/ops/status"} 0"#),
        "{metrics}"
    );
}

#[test]
fn a_prefix_that_would_make_no_name_is_reported() {
    for prefix in ["", "my-shop", "1st", "a b"] {
        let error = builder().metrics_prefix(prefix).build().unwrap_err();
        assert!(error.to_string().contains("cannot be the prefix of metrics"), "{error}");
    }
    assert!(builder().metrics_prefix("my_shop2").build().is_ok());
}

#[test]
fn a_registry_that_knows_its_process_takes_the_rest() {
    let health = health();
    let written = |collector| {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(collector));
        let mut written = String::new();
        prometheus_client::encoding::text::encode(&mut written, &registry).unwrap();
        written
    };
    assert!(written(health.metrics_collector()).contains("process_"));
    let without = written(health.metrics_collector().without_process());
    assert!(
        without.contains("build_info") && !without.contains("process_") && !without.contains("tokio_"),
        "{without}"
    );
}

#[test]
fn a_scrape_of_many_checks_is_answered_although_no_thread_is_free() {
    let runtime = tokio::runtime::Builder::new_multi_thread().max_blocking_threads(1).enable_all().build().unwrap();
    let (gate, keeper) = Gate::new();
    runtime.block_on(async {
        tokio::task::spawn_blocking(move || gate.wait());
        let add = |builder: HealthBuilder, number| {
            builder.add(Check::new(CheckMeta::new(format!("check-{number}")), async |_| Outcome::ok(())))
        };
        let health = (0..150).fold(builder(), add).build().unwrap();
        assert!(scrape(&health).await.contains(r#"check="check-149""#));
    });
    drop(keeper);
}

#[tokio::test]
async fn only_the_service_that_gets_a_request_has_to_be_ready() {
    use tower::ServiceBuilder;
    use tower::limit::GlobalConcurrencyLimitLayer;

    let health = health();
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (arrived, left) = (Arc::clone(&entered), Arc::clone(&leave));
    let slow = get(async move || {
        arrived.notify_one();
        left.notified().await;
    });
    let app = Router::new().route("/slow", slow).merge(health.router());
    // A limit inside that would be taken twice, and one that only the application's routes wait for.
    let limited = ServiceBuilder::new()
        .layer(health.except_health_routes(GlobalConcurrencyLimitLayer::new(1)))
        .layer(GlobalConcurrencyLimitLayer::new(2));
    let app = app.layer(limited);
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { send(&app, "GET", "/slow").await }
    });
    entered.notified().await;
    assert_eq!(send(&app, "GET", "/ready").await.status(), StatusCode::OK);
    leave.notify_one();
    assert_eq!(waiting.await.unwrap().status(), StatusCode::OK);
}
