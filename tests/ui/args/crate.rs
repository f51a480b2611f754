use health_runtime::{health_check, health_details};

#[health_check(crate)]
async fn without_a_value() {}

#[health_check(crate = "my::health")]
async fn quoted() {}

#[health_check(crate = my::health<u32>)]
async fn generic() {}

#[health_details(crate = "my::health")]
struct Quoted;

fn main() {}
