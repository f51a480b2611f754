//! A sqlx pool of SQLite.

use std::time::Duration;

use axum::extract::State;
use health_runtime::checks::sqlx_0_9::{self, Connections};
use health_runtime::{Health, Outcome, health_check};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqlitePool};
use tempfile::TempDir;

use crate::scenarios::{self, run, service};

/// The faults that cannot happen to it.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[
    ("killed", "no process is behind a file"),
    ("login_refused", "a file has no login"),
    ("full", "a file has no limit of connections"),
    ("restarted", "no process is behind a file"),
    ("black_hole", "no network is in between"),
    ("no_such_host", "a file has no host"),
];

#[health_check(name = "checked")]
async fn database(State(pool): State<SqlitePool>) -> Outcome<Connections> {
    sqlx_0_9::ping(&pool).await
}

fn health(pool: &SqlitePool) -> Health {
    let value = sqlx_0_9::Ping::new(scenarios::VALUE, pool.clone());
    service(|builder| builder.state(pool.clone()).check::<database>().add(value))
}

/// A pool at its defaults, but for its size, over a file that exists.
async fn start() -> (TempDir, SqlitePool) {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = file(&directory).create_if_missing(true).connect().await.unwrap();
    connection.execute("CREATE TABLE orders (id)").await.unwrap();
    connection.close().await.unwrap();
    let pool = pool(&directory);
    (directory, pool)
}

fn file(directory: &TempDir) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(directory.path().join("orders.db"))
}

fn pool(directory: &TempDir) -> SqlitePool {
    SqlitePoolOptions::new().max_connections(3).connect_lazy_with(file(directory))
}

#[tokio::test]
async fn healthy() {
    let (_directory, pool) = start().await;
    let health = health(&pool);
    for _ in 0..20 {
        run(&health).await.is_ok();
    }
    assert!(pool.size() <= 2);
}

#[tokio::test]
async fn hung() {
    let (directory, pool) = start().await;
    let health = health(&pool);
    run(&health).await.is_ok();
    // Another process that keeps the file to itself.
    let mut other = file(&directory).connect().await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    run(&health).await.times_out();
    other.execute("COMMIT").await.unwrap();
    run(&health).await.is_ok();
}

#[tokio::test]
async fn exhausted() {
    let (_directory, pool) = start().await;
    let health = health(&pool);
    let mut held = Vec::new();
    while held.len() < 3 {
        held.push(pool.acquire().await.unwrap());
    }
    run(&health).await.fails("all connections of the pool are in use");
    held.pop();
    run(&health).await.is_ok();
}

#[tokio::test]
async fn reset() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("orders.db"), [b'x'; 8192]).unwrap();
    run(&health(&pool(&directory))).await.fails_at_once("the database file is damaged");
}

#[tokio::test]
async fn never_started() {
    let directory = tempfile::tempdir().unwrap();
    run(&health(&pool(&directory))).await.fails_at_once("the database file cannot be opened");
}

#[tokio::test]
async fn locked_for_longer_than_the_busy_timeout() {
    let (directory, _) = start().await;
    let options = file(&directory).busy_timeout(Duration::from_millis(50));
    let health = health(&SqlitePoolOptions::new().connect_lazy_with(options));
    run(&health).await.is_ok();
    let mut other = file(&directory).connect().await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    run(&health).await.fails_at_once("the database is locked");
    other.execute("COMMIT").await.unwrap();
    run(&health).await.is_ok();
}

#[tokio::test]
async fn a_directory_instead_of_a_file() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("orders.db")).unwrap();
    run(&health(&pool(&directory))).await.fails_at_once("the database file cannot be opened");
}
