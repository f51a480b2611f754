use health_runtime::{Outcome, health_check};

#[health_check]
async fn number() -> u32 {
    1
}

#[health_check]
async fn error_that_is_no_error() -> Result<(), u32> {
    Ok(())
}

#[health_check]
async fn outcome_of_outcome() -> Outcome<Outcome> {
    Outcome::ok(Outcome::ok(()))
}

fn main() {}
