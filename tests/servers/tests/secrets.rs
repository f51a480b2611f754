//! No password of a connection string is in an answer or in the log, whatever happens to the servers.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use health_runtime::checks::{deadpool_redis_0_23, redis_1, reqwest_0_13, sea_orm_2, sqlx_0_9, tcp};
use health_runtime::{Check, Expose, Health, HealthCheck, Outcome, health_check};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use reqwest::StatusCode;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use server_tests::{DatabaseServer as _, HaProxy, PASSWORD, Peer, Postgres, Redis, Server};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

#[health_check]
async fn sqlx_pool(State(pool): State<PgPool>) -> Outcome<sqlx_0_9::Connections> {
    sqlx_0_9::ping(&pool).await
}

#[health_check]
async fn sea_orm_connection(State(database): State<DatabaseConnection>) -> Outcome<sea_orm_2::Connections> {
    sea_orm_2::ping(&database).await
}

#[health_check]
async fn manager(State((client, manager)): State<(redis::Client, ConnectionManager)>) -> Outcome<redis_1::Replication> {
    redis_1::ping(&client, &manager).await
}

#[health_check]
async fn multiplexed(
    State((client, connection)): State<(redis::Client, MultiplexedConnection)>,
) -> Outcome<redis_1::Replication> {
    redis_1::ping(&client, &connection).await
}

#[health_check]
async fn deadpool(State(pool): State<deadpool_redis::Pool>) -> Outcome<deadpool_redis_0_23::Connections> {
    deadpool_redis_0_23::ping(&pool).await
}

#[health_check]
async fn upstream(State((client, url)): State<(reqwest::Client, String)>) -> Outcome<reqwest_0_13::Answer> {
    reqwest_0_13::send(client.get(url)).await
}

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Asks a service for everything that a client can ask for; every answer with its headers.
async fn answers(services: &[Service]) -> String {
    let client = reqwest::Client::new();
    let mut answers = String::new();
    for service in services {
        for path in [
            "/ready",
            "/ready/sqlx_pool",
            "/ready/malformed_url",
            "/health",
            "/startup",
            "/status",
            "/metrics",
            "/openapi.json",
            "/schemas/ReadyReport.json",
            "/docs",
        ] {
            let response = client.get(format!("http://{}{path}", service.address)).send().await.unwrap();
            assert_ne!(response.status(), StatusCode::NOT_FOUND, "{path}");
            writeln!(answers, "{path} {} {:?}", response.status(), response.headers()).unwrap();
            answers.push_str(&response.text().await.unwrap());
        }
    }
    answers
}

/// A service with all ready-made checks, and its pools.
struct Service {
    address: String,
    sqlx: PgPool,
    sea_orm: DatabaseConnection,
    deadpool: deadpool_redis::Pool,
}

impl Service {
    /// Serves, with the servers at these addresses.
    async fn start(postgres: &str, redis: &str, http: &str, expose: Expose) -> Self {
        let client = redis::Client::open(format!("redis://app:{PASSWORD}@{redis}")).unwrap();
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), ConnectionManagerConfig::new()).unwrap();
        let connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut deadpool = deadpool_redis::Config::from_url(format!("redis://app:{PASSWORD}@{redis}"));
        deadpool.pool = Some(deadpool_redis::PoolConfig::new(1));
        let deadpool = deadpool.create_pool(Some(deadpool_redis::Runtime::Tokio1)).unwrap();
        let database = format!("postgres://app:{PASSWORD}@{postgres}/postgres");
        let mut options = ConnectOptions::new(&database);
        let sea_orm = Database::connect(options.max_connections(1).connect_lazy(true).to_owned()).await.unwrap();
        let sqlx = PgPoolOptions::new().max_connections(1).connect_lazy(&database).unwrap();
        let malformed = format!("http://app:{PASSWORD}@no host:x/");
        let health = Health::builder()
            .version("1.0.0")
            .default_cache(Duration::ZERO)
            .default_timeout(Duration::from_secs(2))
            .expose_errors(expose)
            .docs()
            .state(sqlx.clone())
            .state(sea_orm.clone())
            .state((client.clone(), manager))
            .state((client, connection))
            .state(deadpool.clone())
            .state((reqwest::Client::new(), format!("http://app:{PASSWORD}@{http}/")))
            .add(tcp::Connect::new("peer", http))
            .add(not_critical(tcp::Connect::new("malformed_address", format!("app:{PASSWORD}@nowhere:80"))))
            .add(not_critical(reqwest_0_13::Upstream::new("malformed_url", reqwest::Client::new(), malformed)))
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let app = Router::new().merge(health.router()).layer(health.metrics_layer());
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { address, sqlx, sea_orm, deadpool }
    }
}

fn not_critical(check: impl HealthCheck) -> Check {
    Check::of(check).configure(|meta| meta.with_critical(false))
}

/// What the values print of themselves.
fn printed(postgres: &Postgres, redis: &Redis, http: &HaProxy, service: &Service) -> String {
    let (client, url) = (redis.client(), format!("http://app:{PASSWORD}@{}/", http.address()));
    let manager = ConnectionManager::new_lazy_with_config(client.clone(), ConnectionManagerConfig::new()).unwrap();
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        sqlx_0_9::Ping::new("a", PgPoolOptions::new().connect_lazy_with(postgres.options())),
        sea_orm_2::Ping::new("b", service.sea_orm.clone()),
        redis_1::Ping::new("c", client, manager),
        deadpool_redis_0_23::Ping::new("d", service.deadpool.clone()),
        reqwest_0_13::Upstream::new("e", reqwest::Client::new(), url),
    )
}

#[tokio::test]
#[ignore = "needs all servers; tests/servers/run.sh"]
async fn no_password_is_in_an_answer_or_in_the_log_in_any_state() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();
    let (mut postgres, mut redis, mut http) = (Postgres::new().await, Redis::new(), HaProxy::answering());
    let mut services = Vec::new();
    for expose in [Expose::default(), Expose::when(|_| true)] {
        services.push(Service::start(&postgres.address(), &redis.address(), &http.address(), expose).await);
    }
    let mut seen = printed(&postgres, &redis, &http, &services[0]);
    seen.push_str(&answers(&services).await);
    assert!(seen.contains(r#""status":"degraded""#), "{seen}");

    let mut held = Vec::new();
    for service in &services {
        let sea_orm = service.sea_orm.get_postgres_connection_pool();
        held.push((
            service.sqlx.acquire().await.unwrap(),
            sea_orm.acquire().await.unwrap(),
            service.deadpool.get().await.unwrap(),
        ));
    }
    seen.push_str(&answers(&services).await);
    drop(held);

    let peers = [postgres.address(), redis.address(), http.address()];
    let peers = [&peers[0], &peers[1], &peers[2]].map(|address| Peer::forwarding(address.clone()));
    let [to_postgres, to_redis, to_http] = peers;
    let peers = [to_postgres.await, to_redis.await, to_http.await];
    let [to_postgres, to_redis, to_http] = [&peers[0], &peers[1], &peers[2]].map(|peer| peer.address().to_string());
    let behind = [Service::start(&to_postgres, &to_redis, &to_http, Expose::when(|_| true)).await];
    seen.push_str(&answers(&behind).await);
    for peer in &peers {
        peer.silence();
    }
    seen.push_str(&answers(&behind).await);
    drop(peers);

    for server in [&mut postgres as &mut dyn Breakable, &mut redis, &mut http] {
        server.restart();
    }
    seen.push_str(&answers(&services).await);
    postgres.refuse_logins().await;
    redis.refuse_logins().await;
    seen.push_str(&answers(&services).await);
    postgres.allow_logins().await;
    redis.allow_logins().await;
    postgres.fill().await;
    redis.fill().await;
    seen.push_str(&answers(&services).await);
    postgres.empty().await;
    redis.empty().await;
    for server in [&mut postgres as &mut dyn Breakable, &mut redis, &mut http] {
        server.stop();
    }
    seen.push_str(&answers(&services).await);
    for server in [&mut postgres as &mut dyn Breakable, &mut redis, &mut http] {
        server.go_on();
        server.kill();
    }
    seen.push_str(&answers(&services).await);

    for message in [
        "the request is invalid",
        "all connections of the pool are in use",
        "the server answers, but the application's connection is broken",
        "the database refused the login",
        "the server refused the login",
        "the database has reached its connection limit",
        "the server has reached its connection limit",
        "no answer within 2s",
        "the server did not answer",
        "the server refused the connection",
        // Of a driver, where they are exposed.
        "password authentication failed for user",
    ] {
        // As JSON and as HTML.
        let is_seen = seen.contains(message) || seen.contains(&message.replace('\'', "&#39;"));
        assert!(is_seen, "{message} is in no answer: {seen}");
    }
    assert!(!seen.contains(PASSWORD), "{}", around(&seen));
    let log = log.text();
    for source in ["TRACE", "health_runtime: check failed", "sqlx", "hyper", "reqwest"] {
        assert!(log.contains(source), "{source} is not in the log");
    }
    assert!(!log.contains(PASSWORD), "{}", around(&log));
}

/// The lines with the password.
fn around(text: &str) -> String {
    text.lines().filter(|line| line.contains(PASSWORD)).collect::<Vec<_>>().join("\n")
}

/// What can be done to any server without waiting.
trait Breakable {
    fn restart(&mut self);
    fn stop(&mut self);
    fn go_on(&mut self);
    fn kill(&mut self);
}

impl<S: Server> Breakable for S {
    fn restart(&mut self) {
        self.shut_down();
        self.start();
    }

    fn stop(&mut self) {
        Server::stop(self);
    }

    fn go_on(&mut self) {
        Server::go_on(self);
    }

    fn kill(&mut self) {
        Server::kill(self);
    }
}
