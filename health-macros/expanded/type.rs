pub async fn redis(State(client): State<redis::Client>) -> redis::RedisResult<()> {
    redis::cmd("PING").exec_async(&mut client.connection().await?).await
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
pub enum RedisCheck {}
::health_runtime::__private::check! {
    RedisCheck = call(redis, fn (State < redis::Client >) -> redis::RedisResult < () >);
    { type Details = (); } __rt::CheckMeta::new("redis")
}
