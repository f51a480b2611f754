use health_runtime::health_check;

#[health_check(interval)]
async fn without_a_value() {}

#[health_check(interval = "0s")]
async fn zero() {}

#[health_check(interval = "15s", cache = "2s")]
async fn with_a_cache() {}

#[health_check(cache = "0s", interval = "15s")]
async fn with_no_cache_at_all() {}

fn main() {}
