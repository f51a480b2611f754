pub async fn redis(State(client): State<redis::Client>) -> redis::RedisResult<()> {
    redis::cmd("PING").exec_async(&mut client.connection().await?).await
}
::health_runtime::__private::check! {
    pub enum RedisCheck = call(redis, fn (State < redis::Client >) -> redis::RedisResult
    < () >); { type Details = (); } __rt::CheckMeta::new("redis")
}
