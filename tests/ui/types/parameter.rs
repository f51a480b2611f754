use axum::extract::State;
use health_runtime::health_check;

#[health_check]
async fn text(_: String) {}

#[health_check]
async fn second(State(_): State<u32>, _: String) {}

#[health_check]
async fn reference(_: &str) {}

#[derive(Debug)]
struct NotClone;

#[health_check]
async fn state_that_is_not_clone(State(_): State<NotClone>) {}

fn main() {}
