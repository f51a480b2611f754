use health_runtime::health_check;

#[health_check("db")]
async fn without_a_key() {}

#[health_check(timeout = "5s", timeout = "6s")]
async fn twice() {}

#[health_check(timeout = 5, timeout = "6s")]
async fn twice_and_wrong() {}

#[health_check(name = "db" timeout = "5s")]
async fn missing_comma() {}

#[health_check(name = "lonely", , timeout = "5s")]
async fn surplus_comma() {}

fn main() {}
