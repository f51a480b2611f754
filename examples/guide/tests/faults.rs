//! The guide while its servers are killed, hung, restarted, and refuse its login.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use health_tests::{Answer, Contract, Service};
use serde_json::{Value, json};
use server_tests::{DatabaseServer as _, PASSWORD, Peer, Postgres, Redis, Server as _};
use tokio::time::{sleep, timeout};

use crate::support::guide;

/// What a check says: nothing if it is `ok`, else the reason and the message.
type Finding = Option<(&'static str, &'static str)>;

const OK: Finding = None;
const REFUSED: Finding = Some(("failed", "the server refused the connection"));
const TIMEOUT: Finding = Some(("timeout", "no answer within 5s"));
const NO_ANSWER: Finding = Some(("failed", "the server did not answer"));

/// How long an answer may take where a cause is known at once, where Redis hangs, and where the database does.
const AT_ONCE: (f64, f64) = (0.0, 1.0);
const REDIS_HANGS: (f64, f64) = (0.5, 2.5);
const ONE_TIMEOUT: (f64, f64) = (5.0, 6.5);

/// How long an answer whose code is known waits for the other checks.
const PATIENCE: f64 = 0.5;

/// The service, its servers, and all that it has answered.
struct World {
    postgres: Postgres,
    redis: Redis,
    service: Service,
    seen: String,
}

impl World {
    async fn new() -> Self {
        let (postgres, redis) = (Postgres::new().await, Redis::new());
        let service = Service::start(guide(&postgres.url(), &redis.url()).env("RUST_LOG", "trace"));
        Self { postgres, redis, service, seen: String::new() }
    }

    async fn get(&mut self, path: &str) -> Answer {
        let answer = self.service.get(path).await;
        writeln!(self.seen, "{path} {answer:?}").unwrap();
        answer
    }

    /// The code of the next answer for which checks run, how long it took, and what all of them found.
    async fn report(&mut self) -> (u16, f64, Answer) {
        // A result is reused for a second; that of a run in flight comes after what a test has done to a server.
        sleep(Duration::from_millis(1_500)).await;
        let since = self.get("/health").await.json()["timestamp"].as_str().unwrap().to_owned();
        let asked = Instant::now();
        let Answer { status, .. } = self.get("/ready").await;
        let took = asked.elapsed().as_secs_f64();
        // The first failure decides the answer; other runs may end later, but all within one timeout.
        loop {
            let answer = self.get("/ready").await;
            let report = answer.json();
            let mut checks = report["checks"].as_object().unwrap().values();
            if checks.all(|check| check["observed_at"].as_str() >= Some(&since)) {
                eprintln!("all found after {:.3} s", asked.elapsed().as_secs_f64());
                return (status, took, answer);
            }
            assert!(asked.elapsed().as_secs_f64() < ONE_TIMEOUT.1 + PATIENCE, "{report} is older than {since}");
        }
    }

    /// The next report says this.
    async fn finds(&mut self, state: &str, database: Finding, redis: Finding, time: (f64, f64)) {
        let (answered, took, answer) = self.report().await;
        eprintln!("{state}: {answered} after {took:.3} s");
        let report = answer.json();
        assert!((time.0..time.1).contains(&took), "{state}: {took} s, {report}");
        let is_well = (database, redis) == (OK, OK);
        let (code, status) = if is_well { (200, "healthy") } else { (503, "unhealthy") };
        assert_eq!((answered, answer.status, &report["status"]), (code, code, &status.into()), "{state}: {report}");
        for (name, finding) in [("database", database), ("orm", database), ("redis", redis)] {
            assert_eq!(found(&report["checks"][name]), expected(finding), "{state}: {name} of {report}");
        }
        let works = json!({"database": database == OK, "redis": redis == OK, "all_healthy": is_well});
        assert_eq!(report["checks"]["services"]["details"], works, "{state}");
        // Times have the shape that they should have.
        answer.shape();
        self.answers(state, database, redis).await;
    }

    /// What the other routes answer in this state.
    async fn answers(&mut self, state: &str, database: Finding, redis: Finding) {
        let is_well = (database, redis) == (OK, OK);
        let word = |finding| if finding == OK { "ok" } else { "error" };
        let (code, status) = if is_well { (200, "healthy") } else { (503, "unhealthy") };
        let services = self.get("/services").await;
        let body = json!({"status": status, "checks": {"database": word(database), "redis": word(redis)}});
        assert_eq!((services.status, services.json()), (code, body), "{state}");
        for (path, code) in [
            ("/time", if database == OK { 200 } else { 503 }),
            ("/visits", if redis == OK { 200 } else { 503 }),
            ("/health", 200),
            ("/ready/database", if database == OK { 200 } else { 503 }),
            ("/ready/redis", if redis == OK { 200 } else { 503 }),
            ("/ready?exclude=services", if is_well { 200 } else { 503 }),
            ("/startup", 200),
            ("/metrics", 200),
            ("/status", 200),
            ("/docs", 200),
            ("/openapi.json", 200),
            ("/schemas/ReadyReport.json", 200),
        ] {
            assert_eq!(self.get(path).await.status, code, "{state}: {path}");
        }
    }
}

fn found(check: &Value) -> [Value; 3] {
    ["status", "reason", "message"].map(|member| check[member].clone())
}

fn expected(finding: Finding) -> [Value; 3] {
    match finding {
        OK => ["ok".into(), Value::Null, Value::Null],
        Some((reason, message)) => ["error".into(), reason.into(), message.into()],
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis; tests/servers/run.sh"]
async fn every_fault_is_found_and_healed_and_no_password_leaves() {
    let mut world = World::new().await;
    world.finds("healthy", OK, OK, AT_ONCE).await;

    world.postgres.kill();
    world.finds("database killed", REFUSED, OK, AT_ONCE).await;
    world.postgres.start();
    world.finds("database healed", OK, OK, AT_ONCE).await;

    world.postgres.stop();
    world.finds("database hung", TIMEOUT, OK, ONE_TIMEOUT).await;
    world.postgres.go_on();
    world.finds("database healed", OK, OK, AT_ONCE).await;

    world.postgres.refuse_logins().await;
    let refused = Some(("failed", "the database refused the login"));
    world.finds("database refuses the login", refused, OK, AT_ONCE).await;
    world.postgres.allow_logins().await;
    world.finds("database healed", OK, OK, AT_ONCE).await;

    world.postgres.shut_down();
    world.postgres.start();
    world.finds("database restarted while idle", OK, OK, AT_ONCE).await;

    world.redis.kill();
    world.finds("Redis killed", OK, REFUSED, AT_ONCE).await;
    world.redis.start();
    world.finds("Redis healed", OK, OK, AT_ONCE).await;

    world.redis.stop();
    world.finds("Redis hung", OK, NO_ANSWER, REDIS_HANGS).await;
    world.redis.go_on();
    world.finds("Redis healed", OK, OK, AT_ONCE).await;

    world.redis.refuse_logins().await;
    let refused = Some(("failed", "the server refused the login"));
    world.finds("Redis refuses the login", OK, refused, AT_ONCE).await;
    world.redis.allow_logins().await;
    world.finds("Redis healed", OK, OK, AT_ONCE).await;

    world.redis.shut_down();
    world.redis.start();
    world.finds("Redis restarted while idle", OK, OK, AT_ONCE).await;

    world.postgres.kill();
    world.redis.kill();
    world.finds("both killed", REFUSED, REFUSED, AT_ONCE).await;
    world.postgres.start();
    world.redis.start();
    world.finds("both healed", OK, OK, AT_ONCE).await;

    world.postgres.stop();
    world.redis.stop();
    world.finds("both hung", TIMEOUT, NO_ANSWER, REDIS_HANGS).await;
    world.postgres.go_on();
    world.redis.go_on();
    world.finds("both healed", OK, OK, AT_ONCE).await;

    let World { seen, service, .. } = world;
    for (text, place) in [(&seen, "an answer"), (&service.output(), "the log")] {
        let with_password: Vec<_> = text.lines().filter(|line| line.contains(PASSWORD)).collect();
        assert!(with_password.is_empty(), "in {place}: {with_password:#?}");
    }
    for source in ["DEBUG sqlx", "health_runtime: check failed", "guide::routes: request failed"] {
        assert!(service.output().contains(source), "{source} is not in the log");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis; tests/servers/run.sh"]
async fn it_starts_while_both_are_down_and_is_ready_once_they_are_there() {
    let (mut postgres, mut redis) = (Postgres::new().await, Redis::new());
    postgres.kill();
    redis.kill();
    let service = Service::start(&mut guide(&postgres.url(), &redis.url()));
    assert_eq!(service.get("/ready").await.status, 503);
    postgres.start();
    redis.start();
    service.ready_until(|answer| answer.status == 200).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis; tests/servers/run.sh"]
async fn probes_open_no_connection() {
    let mut world = World::new().await;
    world.report().await;
    let before = (world.postgres.accepted().await, world.redis.accepted().await);
    for _ in 0..5 {
        world.report().await;
    }
    assert_eq!((world.postgres.accepted().await, world.redis.accepted().await), before);
    assert!(world.postgres.connections().await <= 2 && world.redis.connections().await <= 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis; tests/servers/run.sh"]
async fn it_ends_in_time_while_both_hang_and_a_request_waits_for_the_database() {
    let mut world = World::new().await;
    world.report().await;
    world.postgres.stop();
    world.redis.stop();
    let client = *world.service;
    let waiting = tokio::spawn(async move { client.get("/time").await.status });
    let is_waiting = async {
        while !client.get("/metrics").await.body.contains("\nhttp_requests_in_flight 2\n") {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(4), is_waiting).await.expect("a request that waits");
    world.service.signal("-TERM");
    let started = Instant::now();
    let report = world.service.ready_until(|answer| answer.status == 503).await.json();
    assert_eq!(report["phase"], "draining");
    assert!(world.service.ended(Duration::from_secs(20)).await.success());
    eprintln!("ended after {:?}", started.elapsed());
    assert_eq!(waiting.await.unwrap(), 503);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis; tests/servers/run.sh"]
async fn a_network_that_swallows_queries_costs_the_pool_no_connection() {
    let (postgres, redis) = (Postgres::new().await, Redis::new());
    let url = postgres.url();
    let address = url.rsplit('@').next().unwrap().split('/').next().unwrap();
    let network = Peer::swallowing(address.to_owned(), "now()").await;
    let service = Service::start(&mut guide(&url.replace(address, &network.address().to_string()), &redis.url()));
    service.ready_until(|answer| answer.status == 200).await;
    network.silence();
    // As many as the pool has connections. The clients give up before the service does.
    let client = *service;
    let asked = (0..5).map(|_| tokio::spawn(async move { timeout(Duration::from_secs(2), client.get("/time")).await }));
    for answer in asked.collect::<Vec<_>>() {
        assert!(answer.await.unwrap().is_err());
    }
    network.resume();
    let works = async {
        for _ in 0..20 {
            while client.get("/time").await.status != 200 {
                sleep(Duration::from_millis(100)).await;
            }
        }
    };
    timeout(Duration::from_secs(15), works).await.expect("connections that come back");
    let report = service.ready_until(|answer| answer.status == 200).await.json();
    let connections = |state: &str| report["checks"]["database"]["details"][state].as_u64().unwrap();
    // Each of the two checks may have one.
    assert!(connections("open") - connections("idle") <= 2, "{report}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis; tests/servers/run.sh"]
async fn its_answers_are_as_its_document_says_and_its_requests_are_counted() {
    let world = World::new().await;
    let service = &world.service;
    let contract = Contract::new(service.get("/openapi.json").await.json());
    for path in ["/health", "/ready", "/services", "/time", "/visits"] {
        let answer = service.get(path).await;
        assert_eq!((answer.status, contract.violations(path, &answer)), (200, Vec::new()), "{path}");
        let time = answer.header("x-response-time").unwrap();
        let (seconds, decimals) = time.split_once('.').unwrap();
        assert!(decimals.len() == 4 && (seconds.to_owned() + decimals).bytes().all(|c| c.is_ascii_digit()), "{time}");
    }
    let totals = service.send("GET", "/metrics", &[("Accept", "application/json")]).await.json();
    assert_eq!((&totals["requests_total"], &totals["errors_total"]), (&6.into(), &0.into()));
    assert!(totals["avg_latency_seconds"].as_f64().unwrap() > 0.0, "{totals}");
}
