//! A way to block the runtime, to see what the health endpoints make of it.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use tokio::runtime::Handle;

/// Anyone who can reach this route can stop the service: not for production.
pub(crate) fn router() -> Router {
    Router::new().route("/debug/block", post(block))
}

#[derive(Deserialize)]
struct Block {
    seconds: u64,
}

/// Blocks every worker thread for so many seconds.
async fn block(Query(Block { seconds }): Query<Block>) -> StatusCode {
    let workers = Handle::current().metrics().num_workers();
    let all_blocked = Arc::new(Barrier::new(workers));
    for _ in 0..workers {
        let all_blocked = Arc::clone(&all_blocked);
        tokio::spawn(async move {
            // A worker that has one of these tasks takes no other one.
            all_blocked.wait();
            thread::sleep(Duration::from_secs(seconds));
        });
    }
    StatusCode::ACCEPTED
}
