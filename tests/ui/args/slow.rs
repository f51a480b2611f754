use health_runtime::health_check;

#[health_check(slow)]
async fn without_a_value() {}

#[health_check(slow = "0ms")]
async fn zero() {}

#[health_check(slow = "200")]
async fn without_a_unit() {}

fn main() {}
