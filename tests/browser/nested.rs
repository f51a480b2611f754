//! A service whose health endpoints are nested, for a browser to look at: some checks are fine, and some have much to say.

#![expect(clippy::print_stdout, reason = "the address is for whoever started it")]

use std::error::Error;

use axum::Router;
use health_runtime::{Health, Outcome, health_check, health_details};
use tokio::net::TcpListener;

/// The cache answers.
#[health_check]
async fn cache() {}

/// One of the places where copies are kept.
#[health_details]
struct Replica {
    /// Where it is.
    region: String,
    /// How far it is behind.
    lag_ms: u64,
    /// What it holds.
    partitions: Vec<u32>,
}

/// What is known of the copies.
#[health_details]
struct Replicas {
    /// Who takes what is written.
    primary_of_the_whole_cluster: String,
    /// Those that answer.
    replicas: Vec<Replica>,
}

/// Every replica keeps up with the primary, whatever is written to it, and wherever in the world it happens to be.
#[health_check(name = "replication-between-continents.of-the-order-archive", probes(live, ready))]
async fn replication() -> Outcome<Replicas> {
    let replica = |region: &str, lag_ms| Replica { region: region.to_owned(), lag_ms, partitions: vec![1, 4, 7] };
    Outcome::degraded("one replica is 84 s behind: eu-central-1-b.replica.archive.orders.internal.example.com:5432")
        .with_details(Replicas {
            primary_of_the_whole_cluster: "us-east-2-a.primary.archive.orders.internal.example.com:5432".to_owned(),
            replicas: vec![replica("us-west-1-c", 12), replica("eu-central-1-b", 84_210)],
        })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let health = Health::builder().version("1.4.0").service("nested").docs().build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/ops", listener.local_addr()?);
    let app = Router::new().nest("/ops", health.router());
    Ok(health.serve(listener, app).await?)
}
