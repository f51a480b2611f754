use health_runtime::{Outcome, health_check};

#[health_check]
async fn boolean() -> bool {
    true
}

#[health_check]
async fn option() -> Option<u32> {
    None
}

#[health_check]
async fn result_of_boolean() -> Result<bool, String> {
    Ok(false)
}

#[health_check]
async fn result_of_option() -> Result<Option<u32>, String> {
    Ok(None)
}

#[health_check]
async fn result_of_result() -> Result<Result<u32, String>, String> {
    Ok(Err(String::new()))
}

#[health_check]
async fn outcome_of_boolean() -> Outcome<bool> {
    Outcome::ok(false)
}

#[health_check]
async fn outcome_of_option() -> Result<Outcome<Option<u32>>, String> {
    Ok(Outcome::ok(None))
}

fn main() {}
