pub async fn database() -> Result<PoolStats, sqlx::Error> {
    Ok(())
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
pub enum database {}
::health_runtime::__private::check! {
    database = nothing((), fn () -> ()); { type Details = PoolStats; }
    __rt::CheckMeta::new("")
}
::core::compile_error! {
    "unknown argument `timout`\nhelp: did you mean `timeout`?"
}
::core::compile_error! {
    "unknown argument `nmae`\nhelp: did you mean `name`?"
}
