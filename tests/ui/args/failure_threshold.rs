use health_runtime::health_check;

#[health_check(failure_threshold)]
async fn without_a_value() {}

#[health_check(failure_threshold = "3")]
async fn string() {}

#[health_check(failure_threshold = 0)]
async fn zero() {}

#[health_check(failure_threshold = -1)]
async fn negative() {}

#[health_check(failure_threshold = 4294967296)]
async fn overflow() {}

fn main() {}
