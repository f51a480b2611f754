use health_runtime::health_check;

#[health_check(cache)]
async fn without_a_value() {}

#[health_check(cache = 2)]
async fn number() {}

#[health_check(cache = "2x")]
async fn unknown_unit() {}

fn main() {}
