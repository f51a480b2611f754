//! The smallest service with a health check: `cargo run -p minimal`, then `curl -i localhost:8080/ready`.

use std::{env, io};

use axum::{Router, routing::get};
use health_runtime::{Health, health_check};
use tokio::net::TcpListener;

/// Temporary files can be written.
#[health_check(timeout = "1s")]
async fn scratch() -> io::Result<()> {
    tokio::fs::write(env::temp_dir().join("minimal.probe"), "").await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let health = Health::builder().version(env!("CARGO_PKG_VERSION")).build()?;
    let app = Router::new().route("/", get(async || "Hello")).merge(health.router());
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("http://{}/status", listener.local_addr()?);
    health.serve(listener, app).await?;
    Ok(())
}
