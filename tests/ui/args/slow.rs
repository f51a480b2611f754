use health_runtime::health_check;

#[health_check(slow)]
async fn without_a_value() {}

#[health_check(slow = "0ms")]
async fn zero() {}

#[health_check(slow = "200")]
async fn without_a_unit() {}

#[health_check(slow = "6s", timeout = "5s")]
async fn longer_than_the_timeout() {}

#[health_check(timeout = "5s", slow = "5s")]
async fn as_long_as_the_timeout() {}

fn main() {}
