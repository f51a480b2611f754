use health_runtime::health_check;

#[health_check(type)]
async fn without_a_value() {}

#[health_check(type = "RedisCheck")]
async fn quoted() {}

#[health_check(type = checks::RedisCheck)]
async fn path() {}

mod redis {
    pub(crate) async fn ping() {}
}

/// The path says it, the crate of that name does not matter.
#[health_check]
async fn redis() {
    redis::ping().await;
}

fn main() {}
