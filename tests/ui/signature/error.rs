use std::error::Error;

use health_runtime::{Outcome, health_check};

#[health_check]
async fn in_a_box() -> Result<(), Box<dyn Error>> {
    Ok(())
}

#[health_check]
async fn with_a_path() -> Result<Outcome<()>, Box<dyn std::error::Error + Send>> {
    Ok(Outcome::ok(()))
}

// Right, with the traits in any order.
#[health_check]
async fn sendable() -> Result<(), Box<dyn Send + Error + Sync>> {
    Ok(())
}

fn main() {}
