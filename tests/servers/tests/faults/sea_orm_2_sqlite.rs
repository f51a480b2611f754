//! A SeaORM connection to SQLite.

use axum::extract::State;
use health_runtime::checks::sea_orm_2::{self, Connections};
use health_runtime::{Health, Outcome, health_check};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
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
async fn database(State(database): State<DatabaseConnection>) -> Outcome<Connections> {
    sea_orm_2::ping(&database).await
}

fn health(database: &DatabaseConnection) -> Health {
    let value = sea_orm_2::Ping::new(scenarios::VALUE, database.clone());
    service(|builder| builder.state(database.clone()).check::<database>().add(value))
}

/// At its defaults, but for the pool's size, over a file that exists.
async fn start() -> (TempDir, DatabaseConnection) {
    let directory = tempfile::tempdir().unwrap();
    file(&directory)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap()
        .execute("CREATE TABLE orders (id)")
        .await
        .unwrap();
    let database = connect(&directory).await;
    (directory, database)
}

fn file(directory: &TempDir) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(directory.path().join("orders.db"))
}

async fn connect(directory: &TempDir) -> DatabaseConnection {
    let mut options = ConnectOptions::new(format!("sqlite://{}", directory.path().join("orders.db").display()));
    Database::connect(options.max_connections(3).connect_lazy(true).to_owned()).await.unwrap()
}

#[tokio::test]
async fn healthy() {
    let (_directory, database) = start().await;
    let health = health(&database);
    for _ in 0..20 {
        run(&health).await.is_ok();
    }
    assert!(database.get_sqlite_connection_pool().size() <= 2);
}

#[tokio::test]
async fn hung() {
    let (directory, database) = start().await;
    let health = health(&database);
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
    let (_directory, database) = start().await;
    let health = health(&database);
    let mut held = Vec::new();
    while held.len() < 3 {
        held.push(database.get_sqlite_connection_pool().acquire().await.unwrap());
    }
    run(&health).await.fails("all connections of the pool are in use");
    held.pop();
    run(&health).await.is_ok();
}

#[tokio::test]
async fn reset() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("orders.db"), [b'x'; 8192]).unwrap();
    run(&health(&connect(&directory).await)).await.fails_at_once("the database file is damaged");
}

#[tokio::test]
async fn never_started() {
    let directory = tempfile::tempdir().unwrap();
    run(&health(&connect(&directory).await)).await.fails_at_once("the database file cannot be opened");
}
