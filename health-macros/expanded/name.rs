async fn database(State(pool): State<PgPool>) -> Result<PoolStats, sqlx::Error> {
    Ok(PoolStats::of(&pool))
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
enum database {}
::health_runtime::__private::check! {
    database = call(database, fn (State < PgPool >) -> Result < PoolStats, sqlx::Error
    >); { type Details = PoolStats; } __rt::CheckMeta::new("db")
}
