//! A load balancer takes an instance out whose database was killed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use health_runtime::checks::sqlx_0_9::{self, Connections};
use health_runtime::{Health, Outcome, health_check};
use server_tests::{HaProxy, Postgres, Server as _};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;

#[health_check]
async fn database(State(pool): State<PgPool>) -> Outcome<Connections> {
    sqlx_0_9::ping(&pool).await
}

/// An instance with every setting at its default.
async fn start(name: &'static str, database: &Postgres) -> String {
    let pool = PgPoolOptions::new().connect_lazy_with(database.options());
    let health = Health::builder().version("1.0.0").state(pool).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = Router::new().route("/", get(move || async move { name })).merge(health.router());
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server and HAProxy; tests/servers/run.sh"]
async fn haproxy_takes_an_instance_with_a_killed_database_out_within_two_seconds() {
    let (mut killed, kept) = (Postgres::new().await, Postgres::new().await);
    let servers = [("a", start("a", &killed).await), ("b", start("b", &kept).await)];
    let proxy = HaProxy::balancing("inter 500ms fall 1 rise 1", &servers);
    let client = reqwest::Client::new();
    let ask = async || {
        let answer = client.get(format!("http://{}/", proxy.address())).send().await.unwrap();
        answer.text().await.unwrap()
    };
    // Whatever the moment between two of HAProxy's questions, and between two runs of the check.
    for moment in [0, 400, 800].map(Duration::from_millis) {
        let started = Instant::now();
        let mut answers = HashSet::new();
        while answers.len() < 2 || started.elapsed() < Duration::from_secs(2) + moment {
            answers.insert(ask().await);
            assert!(started.elapsed() < Duration::from_secs(30), "{answers:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }

        let started = Instant::now();
        killed.kill();
        let mut last = Duration::ZERO;
        while started.elapsed() < Duration::from_secs(3) {
            match ask().await.as_str() {
                "a" => last = started.elapsed(),
                answer => assert_eq!(answer, "b"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        println!("out after {last:?}");
        assert!(last < Duration::from_secs(2), "{last:?}");
        killed.start();
    }
}
