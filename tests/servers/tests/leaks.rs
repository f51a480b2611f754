//! Ten thousand probes leave nothing behind. In a program of its own: it looks at the whole process.

use std::fs;
use std::time::Duration;

use axum::extract::State;
use health_runtime::checks::{deadpool_redis_0_23, redis_1, reqwest_0_13, sea_orm_2, sqlx_0_9, tcp};
use health_runtime::{CheckStatus, Health, Outcome, Probe, health_check};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use server_tests::{DatabaseServer as _, HaProxy, Postgres, Redis, Server as _};
use sqlx::PgPool;
use tokio::runtime::Handle;

const PROBES: usize = 10_000;

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

/// Where an HTTP server listens.
#[derive(Clone)]
struct Upstream(String);

#[health_check]
async fn upstream(
    State((client, Upstream(address))): State<(reqwest::Client, Upstream)>,
) -> Outcome<reqwest_0_13::Answer> {
    reqwest_0_13::send(client.get(format!("http://{address}/"))).await
}

#[health_check]
async fn peer(State(Upstream(address)): State<Upstream>) -> Outcome {
    tcp::connect(address).await
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Counts {
    postgres: usize,
    postgres_accepted: usize,
    redis: usize,
    redis_accepted: usize,
    sockets: usize,
    tasks: usize,
    threads: usize,
}

async fn counts(postgres: &mut Postgres, redis: &mut Redis) -> Counts {
    // What the last runs have dropped is closed by tasks.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let files = fs::read_dir("/proc/self/fd").unwrap();
    let is_socket = |file: &fs::DirEntry| {
        fs::read_link(file.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    Counts {
        postgres: postgres.connections().await,
        postgres_accepted: postgres.accepted().await,
        redis: redis.connections().await,
        redis_accepted: redis.accepted().await,
        sockets: files.filter(|file| matches!(file, Ok(file) if is_socket(file))).count(),
        tasks: Handle::current().metrics().num_alive_tasks(),
        threads: fs::read_dir("/proc/self/task").unwrap().count(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs all servers; tests/servers/run.sh"]
async fn ten_thousand_probes_leave_connections_sockets_tasks_and_threads_as_they_were() {
    let (mut postgres, mut redis, http) = (Postgres::new().await, Redis::new(), HaProxy::answering());
    let client = redis.client();
    let manager = ConnectionManager::new_lazy_with_config(client.clone(), ConnectionManagerConfig::new()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let pool = deadpool_redis::Config::from_url(redis.url());
    let mut options = ConnectOptions::new(postgres.url());
    let health = Health::builder()
        .version("1.0.0")
        .default_cache(Duration::ZERO)
        .state(sqlx::postgres::PgPoolOptions::new().max_connections(3).connect_lazy_with(postgres.options()))
        .state(Database::connect(options.max_connections(3).connect_lazy(true).to_owned()).await.unwrap())
        .state((client.clone(), manager))
        .state((client, connection))
        .state(pool.create_pool(Some(deadpool_redis::Runtime::Tokio1)).unwrap())
        .state((reqwest::Client::new(), Upstream(http.address())))
        .state(Upstream(http.address()))
        .build()
        .unwrap();
    for _ in 0..10 {
        let _ = health.probe(Probe::Ready).await;
    }
    let before = counts(&mut postgres, &mut redis).await;
    for _ in 0..PROBES {
        let report = health.probe(Probe::Ready).await;
        assert!(report.checks().all(|(_, check)| check.status() == CheckStatus::Ok), "{report:?}");
    }
    let after = counts(&mut postgres, &mut redis).await;
    println!("{before:?}\n{after:?}");
    assert_eq!((before.postgres, before.redis), (2, 3));
    assert_eq!(before, after);
}
