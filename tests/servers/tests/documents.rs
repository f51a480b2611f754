//! The details of ready-made checks in the OpenAPI document.

use health_runtime::Health;
use health_runtime::checks::{deadpool_redis_0_23, reqwest_0_13, sqlx_0_9};

#[tokio::test]
async fn details_are_one_model_for_all_checks_of_a_kind_under_a_name_that_applications_do_not_use() {
    let postgres = sqlx::PgPool::connect_lazy("postgres://database").unwrap();
    let sqlite = sqlx::SqlitePool::connect_lazy("sqlite::memory:").unwrap();
    let redis = deadpool_redis::Config::from_url("redis://cache").create_pool(None).unwrap();
    let health = Health::builder()
        .version("1.0.0")
        .without_registered()
        .add(sqlx_0_9::Ping::new("postgres", postgres))
        // Cloned: the databases of sqlx themselves are not `Clone`.
        .add(Clone::clone(&sqlx_0_9::Ping::new("sqlite", sqlite)))
        .add(deadpool_redis_0_23::Ping::new("redis", redis))
        .add(reqwest_0_13::Upstream::new("prices", reqwest::Client::new(), "http://prices"))
        .build()
        .unwrap();
    let document = health.openapi().to_json().unwrap();
    for model in ["DatabasePool", "RedisPool", "RedisReplication", "RedisRole", "UpstreamAnswer"] {
        assert_eq!(document.matches(&format!("\"{model}\":{{")).count(), 1, "{model}");
    }
}
