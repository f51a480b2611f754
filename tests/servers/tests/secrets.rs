//! No password of a connection string is in an answer or in the log, whatever happens to the servers.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use health_runtime::checks::{deadpool_redis_0_23, redis_1, reqwest_0_13, sea_orm_2, sqlx_0_9};
use health_runtime::{Expose, Health, Outcome, health_check};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use server_tests::{HaProxy, PASSWORD, Postgres, Redis, Server};
use sqlx::PgPool;
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

/// Asks for everything that a client can ask for; every answer with its headers.
async fn answers(addresses: &[String]) -> String {
    let client = reqwest::Client::new();
    let mut answers = String::new();
    for address in addresses {
        for path in ["/ready", "/ready/sqlx_pool", "/health", "/startup", "/status", "/openapi.json"] {
            let response = client.get(format!("http://{address}{path}")).send().await.unwrap();
            writeln!(answers, "{path} {} {:?}", response.status(), response.headers()).unwrap();
            answers.push_str(&response.text().await.unwrap());
        }
    }
    answers
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
    let client = redis.client();
    let manager = ConnectionManager::new_lazy_with_config(client.clone(), ConnectionManagerConfig::new()).unwrap();
    let pool = deadpool_redis::Config::from_url(redis.url());
    let mut options = ConnectOptions::new(postgres.url());
    let database = Database::connect(options.max_connections(3).connect_lazy(true).to_owned()).await.unwrap();
    let mut seen = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        sqlx_0_9::Ping::new("a", sqlx::postgres::PgPoolOptions::new().connect_lazy_with(postgres.options())),
        sea_orm_2::Ping::new("b", database.clone()),
        redis_1::Ping::new("c", client.clone(), manager.clone()),
        deadpool_redis_0_23::Ping::new("d", pool.create_pool(None).unwrap()),
        reqwest_0_13::Upstream::new("e", reqwest::Client::new(), format!("http://app:{PASSWORD}@{}/", http.address())),
    );
    let mut addresses = Vec::new();
    for expose in [Expose::default(), Expose::when(|_| true)] {
        let health = Health::builder()
            .version("1.0.0")
            .default_cache(Duration::ZERO)
            .default_timeout(Duration::from_secs(2))
            .expose_errors(expose)
            .state(sqlx::postgres::PgPoolOptions::new().max_connections(3).connect_lazy_with(postgres.options()))
            .state(database.clone())
            .state((client.clone(), manager.clone()))
            .state(pool.create_pool(Some(deadpool_redis::Runtime::Tokio1)).unwrap())
            .state((reqwest::Client::new(), format!("http://app:{PASSWORD}@{}/", http.address())))
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        addresses.push(listener.local_addr().unwrap().to_string());
        let app = Router::new().merge(health.router());
        tokio::spawn(async { axum::serve(listener, app).await });
    }
    seen.push_str(&answers(&addresses).await);
    assert!(seen.contains(r#""status":"healthy""#), "{seen}");

    postgres.refuse_logins().await;
    redis.refuse_logins().await;
    seen.push_str(&answers(&addresses).await);
    postgres.allow_logins().await;
    redis.allow_logins().await;
    postgres.fill().await;
    redis.fill().await;
    seen.push_str(&answers(&addresses).await);
    postgres.empty().await;
    redis.empty().await;
    for server in [&mut postgres as &mut dyn Breakable, &mut redis, &mut http] {
        server.stop();
    }
    seen.push_str(&answers(&addresses).await);
    for server in [&mut postgres as &mut dyn Breakable, &mut redis, &mut http] {
        server.go_on();
        server.kill();
    }
    seen.push_str(&answers(&addresses).await);

    for message in [
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
        assert!(seen.contains(message), "{message} is in no answer: {seen}");
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
    fn stop(&mut self);
    fn go_on(&mut self);
    fn kill(&mut self);
}

impl<S: Server> Breakable for S {
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
