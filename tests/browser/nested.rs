//! A service that puts its health endpoints under `/ops`, for browsers to look at.

use std::error::Error;

use axum::Router;
use health_runtime::{Health, Outcome, health_check, health_details};
use tokio::net::TcpListener;

/// What the queue looks like right now.
#[health_details]
struct Queue {
    /// Jobs that wait.
    waiting: u32,
}

/// Jobs are taken as fast as they come.
#[health_check]
async fn queue() -> Outcome<Queue> {
    Outcome::degraded("jobs pile up").with_details(Queue { waiting: 12 })
}

/// The mail server takes mail.
#[health_check(critical = false)]
async fn mail() -> Result<(), &'static str> {
    Err("refused")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let health = Health::builder().version("1.4.0").service("nested").build()?;
    println!("http://{}/ops", listener.local_addr()?);
    let app = Router::new().nest("/ops", health.router());
    Ok(health.serve(listener, app).await?)
}
