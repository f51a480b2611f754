pub async fn database() -> Result<PoolStats, sqlx::Error> {
    Ok(())
}
::health_runtime::__private::check! {
    pub enum database = nothing((), fn () -> ()); { type Details = PoolStats; }
    __rt::CheckMeta::new("")
}
::core::compile_error! {
    "unknown argument `timout`\nhelp: did you mean `timeout`?"
}
::core::compile_error! {
    "unknown argument `nmae`\nhelp: did you mean `name`?"
}
