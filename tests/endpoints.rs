//! What a client sees of the probes: whole answers.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use health_runtime::{
    Check, CheckMeta, Endpoint, Expose, Health, HealthBuilder, Outcome, health_check, health_details,
};
use health_tests::Server;
use serde_json::json;

/// What the connection pool looks like right now.
#[health_details]
struct PoolStats {
    open: u32,
    idle: usize,
}

#[health_check(name = "db")]
async fn database() -> Result<PoolStats, std::io::Error> {
    Ok(PoolStats { open: 4, idle: 3 })
}

#[health_check]
async fn redis() -> Result<(), String> {
    Err("refused by redis://user:secret@10.0.0.7".to_owned())
}

#[health_check]
async fn queue() -> Outcome {
    Outcome::degraded("12 jobs wait")
}

#[health_check]
async fn switched(State(on): State<tokio::sync::watch::Receiver<bool>>) -> Outcome {
    if *on.borrow() { Outcome::ok(()) } else { Outcome::error("switched off") }
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.4.0").without_registered()
}

async fn serve(builder: HealthBuilder) -> Server {
    Server::start(builder.build().unwrap().router()).await
}

#[tokio::test]
async fn liveness_without_checks_is_status_timestamp_and_version() {
    let server = serve(builder().check::<redis>()).await;
    let answer = server.get("/health").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.shape(), json!({"status": "healthy", "timestamp": "<time>", "version": "1.4.0"}));
}

#[tokio::test]
async fn the_name_of_the_service_appears_if_it_is_given() {
    let server = serve(builder().service("orders")).await;
    assert_eq!(
        server.get("/health").await.shape(),
        json!({"status": "healthy", "timestamp": "<time>", "version": "1.4.0", "service": "orders"})
    );
}

#[tokio::test]
async fn readiness_reports_every_check_with_its_details() {
    let server = serve(builder().check::<database>().check::<queue>()).await;
    let answer = server.get("/ready").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.shape(),
        json!({
            "status": "degraded", "phase": "running", "timestamp": "<time>", "version": "1.4.0",
            "checks": {
                "db": {"status": "ok", "response_time_ms": "<ms>", "observed_at": "<time>", "details": {"open": 4, "idle": 3}},
                "queue": {"status": "degraded", "reason": "degraded", "message": "12 jobs wait",
                          "response_time_ms": "<ms>", "observed_at": "<time>"},
            }
        })
    );
}

#[tokio::test]
async fn members_come_in_the_order_of_the_documents() {
    let server = serve(builder().check::<redis>().check::<database>()).await;
    let body = server.get("/ready").await.body;
    let places = ["\"status\"", "\"phase\"", "\"timestamp\"", "\"version\"", "\"checks\"", "\"db\"", "\"redis\""]
        .map(|member| body.find(member).unwrap_or_else(|| panic!("no {member} in {body}")));
    assert!(places.is_sorted(), "{body}");
}

#[tokio::test]
async fn a_failing_check_is_503_beside_its_complete_neighbours_and_keeps_its_cause() {
    let server = serve(builder().check::<database>().check::<redis>()).await;
    let answer = server.get("/ready").await;
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.shape()["checks"],
        json!({
            "db": {"status": "ok", "response_time_ms": "<ms>", "observed_at": "<time>", "details": {"open": 4, "idle": 3}},
            "redis": {"status": "error", "reason": "failed", "message": "check failed, the cause is in the log",
                      "response_time_ms": "<ms>", "observed_at": "<time>", "consecutive_failures": 1},
        })
    );
    assert_eq!(answer.json()["status"], "unhealthy");
}

#[tokio::test]
async fn recovery_is_200_with_the_first_run_after_it() {
    let (switch, on) = tokio::sync::watch::channel(false);
    let server = serve(builder().check::<switched>().state(on).default_cache(std::time::Duration::ZERO)).await;
    assert_eq!(server.get("/ready").await.status, 503);
    switch.send(true).unwrap();
    let answer = server.get("/ready").await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("healthy")));
}

#[tokio::test]
async fn a_probe_without_checks_is_healthy() {
    let server = serve(builder()).await;
    let answer = server.get("/ready").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.shape(),
        json!({"status": "healthy", "phase": "running", "timestamp": "<time>", "version": "1.4.0", "checks": {}})
    );
    assert_eq!(server.get("/startup").await.shape(), answer.shape());
}

#[tokio::test]
async fn one_check_is_a_report_of_its_own() {
    let server = serve(builder().check::<database>().check::<redis>()).await;
    let answer = server.get("/ready/db").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.shape(),
        json!({
            "status": "healthy", "phase": "running", "timestamp": "<time>", "version": "1.4.0",
            "checks": {
                "db": {"status": "ok", "response_time_ms": "<ms>", "observed_at": "<time>", "details": {"open": 4, "idle": 3}},
            }
        })
    );
    assert_eq!(server.get("/ready/redis").await.status, 503);
}

#[tokio::test]
async fn a_check_that_the_probe_does_not_count_is_404_and_the_request_is_not_repeated() {
    let server = serve(builder().check::<database>()).await;
    for path in
        ["/ready/redis", "/ready/%3Cscript%3E", "/ready/%ff", "/ready/DB", "/ready/db%20", "/startup/db", "/health/db"]
    {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        assert_eq!(
            answer.json(),
            json!({"type": "about:blank", "title": "Not Found", "status": 404,
                   "detail": "this probe has no check of that name"}),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_answer_forbids_caching_and_sniffing() {
    let server = serve(builder().check::<redis>()).await;
    for (method, path) in
        [("GET", "/health"), ("GET", "/ready"), ("GET", "/ready/x"), ("POST", "/ready"), ("OPTIONS", "/ready")]
    {
        let answer = server.send(method, path, &[]).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
        assert_eq!(answer.header("vary"), None, "{method} {path}: nothing depends on a header of the request");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {path}");
    }
    assert_eq!(server.get("/ready").await.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = serve(builder().check::<database>()).await;
    let get = server.get("/ready").await;
    let head = server.send("HEAD", "/ready", &[]).await;
    let lasting = |headers: &[(String, String)]| -> Vec<_> {
        headers.iter().filter(|(name, _)| name != "date").cloned().collect()
    };
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(lasting(&head.headers), lasting(&get.headers));
}

#[tokio::test]
async fn options_tells_what_get_would_without_a_body() {
    let server = serve(builder().check::<redis>()).await;
    let answer = server.send("OPTIONS", "/ready", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (503, ""));
    assert_eq!(answer.header("allow"), Some("GET,HEAD,OPTIONS"));
    assert_eq!(answer.header("content-length"), Some("0"));
}

#[tokio::test]
async fn other_methods_are_405_and_told_which_are_allowed() {
    let server = serve(builder().check::<database>()).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        for path in ["/health", "/ready", "/ready/db"] {
            let answer = server.send(method, path, &[("Content-Length", "0")]).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some("GET,HEAD,OPTIONS"), "{method} {path}");
            assert_eq!(answer.json()["status"], 405, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn http_1_0_without_host_is_answered() {
    let server = serve(builder().check::<database>()).await;
    for request in ["GET /ready HTTP/1.0\r\n\r\n", "OPTIONS /ready HTTP/1.0\r\n\r\n"] {
        assert_eq!(server.send_raw(request.as_bytes()).await.status, 200, "{request}");
    }
}

#[tokio::test]
async fn what_a_request_brings_along_does_not_matter() {
    let server = serve(builder().check::<database>()).await;
    for path in ["/ready?", "/ready?x", "/ready?x=%ff&&==", "/ready?verbose=1&verbose=2", "/ready/db?a=b"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    for accept in ["text/html,application/xhtml+xml,*/*;q=0.8", "image/*", ";;;", "\u{ff}"] {
        let answer = server.send("GET", "/ready", &[("Accept", accept)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{accept}");
    }
}

#[tokio::test]
async fn routes_can_be_moved_and_switched_off() {
    let server = serve(
        builder()
            .check::<database>()
            .base_path("/internal")
            .path(Endpoint::Ready, "/readyz")
            .without_endpoint(Endpoint::Startup),
    )
    .await;
    for (path, status) in [
        ("/internal/health", 200),
        ("/internal/readyz", 200),
        ("/internal/readyz/db", 200),
        ("/ready", 404),
        ("/internal/startup", 404),
    ] {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn routes_work_nested_under_a_path_with_parameters_of_its_own() {
    let health = builder().check::<database>().build().unwrap();
    let app = Router::new().route("/", get(async || "home")).nest("/{tenant}/ops", health.router());
    let server = Server::start(app).await;
    assert_eq!(server.get("/redis/ops/ready/db").await.status, 200);
    assert_eq!(server.get("/db/ops/ready/redis").await.status, 404);
}

#[tokio::test]
async fn details_that_are_too_long_are_an_error_of_their_check() {
    let long = |length: usize| {
        Check::new(
            CheckMeta::new(format!("long-{length}")),
            move |_| async move { Outcome::ok("x".repeat(length - 2)) },
        )
    };
    let limit = 64 * 1024;
    let server = serve(builder().add(long(limit)).add(long(limit + 1))).await;
    let checks = &server.get("/ready").await.json()["checks"];
    assert_eq!(checks[format!("long-{limit}")]["status"], "ok");
    let too_long = &checks[format!("long-{}", limit + 1)];
    assert_eq!((&too_long["reason"], too_long.get("details")), (&"failed".into(), None));
    assert_eq!(too_long["message"], "the details are 65537 bytes of JSON; at most 65536 bytes are allowed");
    let server = serve(builder().details_limit(10).add(long(11))).await;
    assert_eq!(server.get("/ready").await.status, 503);
}

#[tokio::test]
async fn a_condition_that_panics_exposes_nothing() {
    let builder = builder().expose_errors(Expose::when(|_| panic!("in a condition")));
    let server = serve(builder.add(Check::new(CheckMeta::new("db"), |_| async { Err::<(), _>("secret") }))).await;
    for path in ["/ready", "/ready/db", "/status"] {
        let answer = server.get(path).await;
        assert!(answer.body.contains("check failed, the cause is in the log"), "{answer:?}");
    }
}
