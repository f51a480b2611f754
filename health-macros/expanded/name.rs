async fn database(State(pool): State<PgPool>) -> Result<PoolStats, sqlx::Error> {
    Ok(PoolStats::of(&pool))
}
::health_runtime::__private::check! {
    enum database = call(database, fn (State < PgPool >) -> Result < PoolStats,
    sqlx::Error >); { type Details = PoolStats; } __rt::CheckMeta::new("db")
}
