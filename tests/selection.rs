//! `?tag=` and `?exclude=`.

use health_runtime::testing::{Script, Step};
use health_runtime::{CheckMeta, Health, Outcome};
use health_tests::Server;
use serde_json::json;

async fn serve() -> (Server, Script, Script) {
    let (db, cache) = (Script::new([Step::from(Outcome::ok(()))]), Script::new([Step::from(Outcome::error("cold"))]));
    let health = Health::builder()
        .version("1.0.0")
        .without_registered()
        .default_cache(std::time::Duration::ZERO)
        .add(db.check(CheckMeta::new("db").with_tags(["storage", "eu"])))
        .add(cache.check(CheckMeta::new("cache").with_tags(["memory", "eu"])))
        .build()
        .unwrap();
    let server = Server::start(health.router()).await;
    server.get("/ready").await;
    (server, db, cache)
}

#[tokio::test]
async fn what_is_not_selected_is_not_run_does_not_count_and_stays_in_the_report() {
    let (server, db, cache) = serve().await;
    for query in
        ["?tag=storage", "?exclude=cache", "?tag=eu&exclude=cache", "?tag=storage&tag=storage", "?exclude=cache&x=y"]
    {
        let (db_runs, cache_runs) = (db.runs(), cache.runs());
        let answer = server.get(&format!("/ready{query}")).await;
        assert_eq!((answer.status, answer.header("health-ignored")), (200, None), "{query}");
        assert_eq!(
            answer.shape()["checks"],
            json!({
                "cache": {"status": "error", "reason": "failed", "message": "cold", "response_time_ms": "<ms>",
                          "observed_at": "<time>", "consecutive_failures": cache_runs, "excluded": true},
                "db": {"status": "ok", "response_time_ms": "<ms>", "observed_at": "<time>"},
            }),
            "{query}"
        );
        assert_eq!((db.runs(), cache.runs()), (db_runs + 1, cache_runs), "{query}");
    }
    assert_eq!(server.get("/ready?tag=storage&tag=memory").await.status, 503);
}

#[tokio::test]
async fn an_unknown_tag_is_a_problem_that_repeats_nothing() {
    let (server, ..) = serve().await;
    for path in [
        "/ready?tag=nope",
        "/ready?tag=eu&tag=nope",
        "/ready?tag=",
        "/startup?tag=eu",
        "/health?tag=eu",
        "/ready?tag=%3Cb%3E",
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, Some("application/problem+json")), "{path}");
        assert_eq!(
            answer.json(),
            json!({"type": "about:blank", "title": "Bad Request", "status": 400,
                   "detail": "at least one of these tags belongs to no check of this probe"}),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_header_names_what_is_excluded_in_vain_and_repeats_nothing_that_cannot_be_a_name() {
    let (server, ..) = serve().await;
    let answer = server.get("/ready?exclude=cache&exclude=queue&exclude=audit").await;
    assert_eq!((answer.status, answer.header("health-ignored")), (200, Some("audit, queue")));
    let answer = server.get("/ready?exclude=cache&exclude=%0d%0aX:%20y&exclude=&exclude=UP").await;
    assert_eq!((answer.status, answer.header("health-ignored")), (200, Some("(invalid)")));
    let answer = server.get("/ready?exclude=cache,db&exclude=audit").await;
    assert_eq!((answer.status, answer.header("health-ignored")), (503, Some("(invalid), audit")));
}

#[tokio::test]
async fn the_header_stays_short_however_many_names_are_excluded() {
    let (server, ..) = serve().await;
    let names: Vec<_> = (0..500).map(|number| format!("exclude=unknown-{number:03}")).collect();
    let answer = server.get(&format!("/ready?{}", names.join("&"))).await;
    let header = answer.header("health-ignored").unwrap();
    assert!(header.starts_with("unknown-000, unknown-001, ") && header.ends_with(", ..."), "{header}");
    assert!((1000..=1024).contains(&header.len()), "{}", header.len());
}
